"""Whatever becomes of the index folder, a question gets its passage, and the next start repairs.

Each folder is damaged before anybody opened it: Chroma keeps what it has opened in memory.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import CORPUS
from tests.retrieval.conftest import ANSWER, QUESTION, Start, database_in, index_in, sections
from tests.stand_ins.openai_embeddings import embed

from hiring_advisor.bootstrap import Parts
from hiring_advisor.retrieval.embeddings import Vectors

Damage = Callable[[Path], object]


def hnsw_in(data_dir: Path) -> Path:
    (folder,) = (one for one in database_in(data_dir).parent.iterdir() if one.is_dir())
    return folder


def current(data_dir: Path) -> Path:
    return data_dir / "index" / "CURRENT"


def truncate(data_dir: Path) -> None:
    os.truncate(database_in(data_dir), 20_000)


def overwrite(data_dir: Path) -> None:
    with database_in(data_dir).open("r+b") as file:
        file.write(b"no database " * 100)


def lose_rows(data_dir: Path) -> None:
    with sqlite3.connect(database_in(data_dir)) as database:
        database.execute("DELETE FROM embeddings_queue WHERE rowid % 2")
        database.execute("DELETE FROM embeddings WHERE rowid % 2")
    database.close()


DAMAGES: dict[str, Damage] = {
    "folder gone": lambda data: shutil.rmtree(data / "index"),
    "folder empty": lambda data: [shutil.rmtree(data / "index"), (data / "index").mkdir()],
    "database overwritten": overwrite,
    "database truncated": truncate,
    "database emptied": lambda data: os.truncate(database_in(data), 0),
    "database removed": lambda data: database_in(data).unlink(),
    "half the rows gone": lose_rows,
    "vectors' folder removed": lambda data: shutil.rmtree(hnsw_in(data)),
    "vectors overwritten": lambda data: (hnsw_in(data) / "data_level0.bin").write_bytes(
        b"\xff" * 99
    ),
    "CURRENT pointing nowhere": lambda data: current(data).write_text("nowhere"),
    "CURRENT pointing outside": lambda data: current(data).write_text("../../elsewhere"),
    "CURRENT empty": lambda data: os.truncate(current(data), 0),
    "CURRENT no text": lambda data: current(data).write_bytes(b"\xff\x00"),
    "no CURRENT": lambda data: current(data).unlink(),
    "no manifest": lambda data: (index_in(data) / "manifest.json").unlink(),
    "manifest cut": lambda data: os.truncate(index_in(data) / "manifest.json", 9),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_index_is_repaired_and_questions_are_answered_meanwhile(
    data_dir: Path, start: Start, damage: Damage
) -> None:
    damage(data_dir)
    parts = start(data_dir)
    meanwhile = parts.retriever.retrieve(QUESTION)
    assert meanwhile.lexical_only
    assert ANSWER in sections(meanwhile)
    assert parts.attach_index()
    found = parts.retriever.retrieve(QUESTION)
    assert not found.lexical_only
    assert sections(found)[0] == ANSWER


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_an_index_that_is_damaged_while_it_is_open_still_finds_the_passage(
    data_dir: Path, start: Start, damage: Damage
) -> None:
    parts = start(data_dir)
    assert parts.attach_index()
    damage(data_dir)
    assert ANSWER in sections(parts.retriever.retrieve(QUESTION))


def test_a_folder_that_cannot_be_made_leaves_words_alone_to_answer(
    tmp_path: Path, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    data_dir = tmp_path / "data"
    data_dir.write_text("a file where the folder should be")
    parts = start(data_dir)
    assert not parts.attach_index()
    found = parts.retriever.retrieve(QUESTION)
    assert found.lexical_only
    assert ANSWER in sections(found)
    assert "rights" in caplog.text
    assert str(tmp_path) not in caplog.text


class Hashed:
    """An embedder of hashes: fast enough for a corpus that Chroma keeps in vector files."""

    name = "hashed"
    dimensions = 32

    def embed(self, texts: list[str] | tuple[str, ...]) -> Vectors:
        return np.stack([embed(text, self.dimensions) for text in texts])


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A corpus of so many bullets that Chroma moves them from its database to vector files."""
    folder = tmp_path / "large"
    shutil.copytree(CORPUS, folder)
    bullets = "\n".join(f"- Note {n} on topic {n * 7919}. {{#notes/{n}}}" for n in range(1500))
    (folder / "notes.md").write_text(f"# Notes {{#notes}}\n\n{bullets}\n", "utf-8")
    sources = (folder / "sources.toml").read_text("utf-8")
    listed = sources.replace('"faq.md"]', '"faq.md", "notes.md"]')
    assert listed != sources
    (folder / "sources.toml").write_text(listed, "utf-8")
    return folder


def test_vectors_that_are_lost_without_an_error_are_noticed(
    tmp_path: Path, large: Path, start: Start
) -> None:
    """Chroma opens such an index and counts its rows as if nothing had happened."""

    def started(data_dir: Path) -> Parts:
        parts = start(data_dir, ADVISOR_CORPUS_DIR=str(large))
        parts.embedder = Hashed()
        assert parts.attach_index()
        return parts

    started(tmp_path / "data")
    whole = tmp_path / "whole"
    shutil.copytree(tmp_path / "data", whole)
    before = index_in(whole)
    started(whole)
    assert index_in(whole) == before

    for number, damage in enumerate((shutil.rmtree, _zero_vectors)):
        harmed = tmp_path / f"harmed-{number}"
        shutil.copytree(tmp_path / "data", harmed)
        before = index_in(harmed)
        damage(hnsw_in(harmed))
        parts = started(harmed)
        assert index_in(harmed) != before
        found = parts.retriever.retrieve("Note 700 on topic 5543300")
        assert not found.lexical_only
        assert sections(found)[0] == "notes/700"


def _zero_vectors(folder: Path) -> None:
    vectors = folder / "data_level0.bin"
    vectors.write_bytes(bytes(vectors.stat().st_size))
