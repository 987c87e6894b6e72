"""The index in Chroma: built, reopened, never mixed with one of another corpus or embedder."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import CORPUS, make_settings
from tests.retrieval.conftest import ANSWER, QUESTION, Start, index_in, sections
from tests.stand_ins.openai_embeddings import embed

from hiring_advisor.bootstrap import Parts
from hiring_advisor.corpus.library import Library
from hiring_advisor.retrieval.embeddings import Vectors


def answers_by_vectors(parts: Parts) -> bool:
    found = parts.retriever.retrieve(QUESTION)
    return not found.lexical_only and sections(found)[0] == ANSWER


def has_vectors(parts: Parts) -> bool:
    return parts.retriever.has_vectors


def test_the_first_start_builds_and_answers(tmp_path: Path, start: Start) -> None:
    parts = start(tmp_path / "data")
    assert not has_vectors(parts)
    assert parts.attach_index()
    assert has_vectors(parts)
    assert answers_by_vectors(parts)


def test_the_next_start_opens_what_is_there(data_dir: Path, start: Start) -> None:
    before = index_in(data_dir)
    parts = start(data_dir)
    assert parts.attach_index()
    assert answers_by_vectors(parts)
    assert index_in(data_dir) == before


def test_a_start_with_an_embedder_of_its_own_opens_it_too(shipped_data_dir: Path) -> None:
    """What the embedder remembers of the build must not be what lets the canaries pass."""
    before = index_in(shipped_data_dir)
    parts = Parts(make_settings(shipped_data_dir))
    assert parts.attach_index()
    assert index_in(shipped_data_dir) == before


class Changed:
    """A model that gives other vectors under the name it always had."""

    dimensions = 384

    def __init__(self, name: str) -> None:
        self.name = name

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.stack([embed(text, self.dimensions) for text in texts])


def test_an_embedder_that_changed_behind_its_name_is_noticed(
    data_dir: Path, start: Start, parts: Parts
) -> None:
    """Only the canaries can tell: fingerprint, files and counts are all as they were."""
    before = index_in(data_dir)
    fresh = start(data_dir)
    fresh.embedder = Changed(parts.embedder.name)
    assert fresh.attach_index()
    assert index_in(data_dir) != before


def test_questions_are_answered_by_words_until_the_index_is_there(
    tmp_path: Path, start: Start
) -> None:
    parts = start(tmp_path / "data")
    before = parts.retriever.retrieve(QUESTION)
    done: list[bool] = []
    thread = parts.attach_index_soon(lambda: done.append(parts.retriever.has_vectors))
    thread.join(60)
    assert before.lexical_only
    assert ANSWER in sections(before)
    assert done == [True]
    assert answers_by_vectors(parts)


def test_a_rebuild_on_request_replaces_the_index_while_it_is_in_use(
    data_dir: Path, start: Start
) -> None:
    parts = start(data_dir)
    assert parts.attach_index()
    before = index_in(data_dir)
    assert parts.attach_index(rebuild=True)
    assert index_in(data_dir) != before
    assert not before.exists()
    assert answers_by_vectors(parts)


def edited(folder: Path, name: str, old: str, new: str) -> Library:
    shutil.copytree(CORPUS, folder)
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    return Library(folder)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("article.md", "Fast Turnaround", "Quick Turnaround"),
        ("faq.md", "Absolutely.", "Certainly."),
        ("questions.toml", "What is this article about?", "What is the article about?"),
        ("sources.toml", 'author = "', 'author = "Dr. '),
    ],
)
def test_the_fingerprint_changes_with_the_content(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    changed = edited(tmp_path / "corpus", name, old, new)
    assert changed.mark("minilm") != Library(CORPUS).mark("minilm")


def test_the_fingerprint_changes_with_the_embedder() -> None:
    library = Library(CORPUS)
    marks = {library.mark(name) for name in ("minilm", "minilm-2", "openai:text-embedding-3-small")}
    assert len(marks) == 3


def test_the_fingerprint_is_the_same_for_a_copy_of_the_content(tmp_path: Path) -> None:
    shutil.copytree(CORPUS, tmp_path / "corpus")
    assert Library(tmp_path / "corpus").mark("minilm") == Library(CORPUS).mark("minilm")


def test_an_edit_of_the_corpus_is_found_after_the_next_start(
    data_dir: Path, tmp_path: Path, start: Start
) -> None:
    before = index_in(data_dir)
    corpus = tmp_path / "corpus"
    edited(corpus, "faq.md", "Absolutely.", "Zanzibar welcomes both.")
    parts = start(data_dir, ADVISOR_CORPUS_DIR=str(corpus))
    assert parts.attach_index()
    assert index_in(data_dir) != before
    (passage, *_) = parts.retriever.retrieve(
        "Can I use both freelancers and full-time engineers together?"
    ).passages
    assert "Zanzibar" in passage.text


@pytest.mark.parametrize("leftover", ["half-built", "manifest of another fingerprint"])
def test_an_index_that_was_not_finished_is_ignored(
    data_dir: Path, start: Start, leftover: str
) -> None:
    """It lies in the way under the name that CURRENT gives, without a manifest that fits."""
    index = index_in(data_dir)
    manifest = index / "manifest.json"
    if leftover == "half-built":
        manifest.unlink()
        (index / "chroma" / "chroma.sqlite3").write_bytes(b"SQLite format 3\x00")
    else:
        mark = index.name.partition("-")[0]
        manifest.write_text(manifest.read_text("utf-8").replace(mark, "0" * len(mark)), "utf-8")
    parts = start(data_dir)
    assert parts.attach_index()
    assert answers_by_vectors(parts)
    assert index_in(data_dir) != index


def test_half_built_folders_beside_the_index_change_nothing(data_dir: Path, start: Start) -> None:
    before = index_in(data_dir)
    litter = before.with_name(before.name.partition("-")[0] + "-00000000")
    (litter / "chroma").mkdir(parents=True)
    (litter / "chroma" / "chroma.sqlite3").write_bytes(b"half")
    parts = start(data_dir)
    assert parts.attach_index()
    assert answers_by_vectors(parts)
    assert index_in(data_dir) == before
    assert parts.attach_index(rebuild=True)
    assert not litter.exists()
