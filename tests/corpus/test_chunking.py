"""Chunks: verbatim, whole sentences, within the budget, and the same from the cache."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import CORPUS
from tests.corpus.conftest import SOURCE

from hiring_advisor.bootstrap import MODELS, Parts
from hiring_advisor.corpus import documents
from hiring_advisor.corpus.asked import load_asked
from hiring_advisor.corpus.chunking import MAX_TOKENS, Chunk, split
from hiring_advisor.corpus.library import Library
from hiring_advisor.corpus.tokens import count_tokens
from hiring_advisor.settings import quiet_third_parties

BUDGETS = (1, 8, 20, 40, 80, MAX_TOKENS)


@pytest.fixture(scope="module", autouse=True)
def _vocabulary_from_the_package() -> None:
    quiet_third_parties(MODELS)


@pytest.fixture(scope="module")
def source_text() -> str:
    return " ".join(SOURCE.read_text("utf-8").split())


def cut(budget: int) -> list[Chunk]:
    return split(documents.load(CORPUS), count_tokens, budget)


def tokens_of(chunk: Chunk) -> int:
    return sum(count_tokens(one.text) for one in chunk.statements)


@pytest.mark.parametrize("budget", BUDGETS)
def test_every_statement_of_every_chunk_stands_verbatim_in_the_source(
    source_text: str, budget: int
) -> None:
    for chunk in cut(budget):
        assert chunk.statements
        for one in chunk.statements:
            assert (" ".join(one.cells) or one.text) in source_text


@pytest.mark.parametrize("budget", BUDGETS)
def test_a_chunk_shows_its_statements_and_nothing_else(budget: int) -> None:
    for chunk in cut(budget):
        if chunk.kind == "row":
            continue
        assert chunk.text == " ".join(one.text for one in chunk.statements)


@pytest.mark.parametrize("budget", BUDGETS)
def test_no_chunk_exceeds_the_budget_but_for_a_single_long_sentence(budget: int) -> None:
    for chunk in cut(budget):
        assert tokens_of(chunk) <= budget or len(chunk.statements) == 1


def test_the_shipped_chunks_are_all_within_the_budget(parts: Parts) -> None:
    assert max(tokens_of(chunk) for chunk in parts.library.chunks) <= MAX_TOKENS


@pytest.mark.parametrize("budget", BUDGETS)
def test_sentences_are_neither_cut_nor_lost_whatever_the_budget(budget: int) -> None:
    """Lead-ins such as “Choose freelancers if:” go with their bullets instead."""
    wanted = {
        one
        for document in documents.load(CORPUS)
        for section in document.sections
        for one in section.statements
        if section.kind == "faq" or not one.text.endswith(":")
    }
    assert {one for chunk in cut(budget) for one in chunk.statements} == wanted


def test_what_is_embedded_carries_its_heading(parts: Parts) -> None:
    for chunk in parts.library.chunks:
        assert chunk.text in chunk.embedded
        if len(chunk.path) > 1:
            assert chunk.path[-1] in chunk.embedded


def test_a_bullet_is_embedded_with_its_lead_in(parts: Parts) -> None:
    (chunk,) = (
        one
        for one in parts.library.chunks
        if one.section_id == "choose-freelancers/one-time-solution"
    )
    assert "Choose freelancers if" in chunk.embedded
    assert "Choose freelancers if" not in chunk.text


def test_a_row_is_embedded_with_its_column_heads(parts: Parts) -> None:
    for chunk in parts.library.chunks:
        if chunk.kind == "row":
            assert "Freelancers: " in chunk.text
            assert "Full-Time Engineers: " in chunk.text


def test_every_question_of_visitors_stands_with_its_section_once(parts: Parts) -> None:
    given_out = sorted(
        (chunk.section_id, question) for chunk in parts.library.chunks for question in chunk.asked
    )
    wanted = sorted(
        (section_id, question)
        for section_id, questions in load_asked(CORPUS).items()
        for question in questions
    )
    assert given_out == wanted
    assert len(set(wanted)) == len(wanted)


def test_marks_of_special_tokens_count_as_plain_text() -> None:
    assert count_tokens("a <|endoftext|> b") > 3


words = st.lists(st.sampled_from("ai team cost scales quickly costs".split()), min_size=1).map(
    lambda some: " ".join(some).capitalize() + "."
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(words, min_size=1, max_size=4), min_size=1, max_size=5), st.integers(1, 60)
)
def test_any_document_keeps_its_sentences_in_order(
    paragraphs: list[list[str]], budget: int
) -> None:
    text = "# Title {#t}\n\n## Part {#p}\n\n" + "\n\n".join(map(" ".join, paragraphs))
    chunks = split([documents.parse("notes.md", text)], count_tokens, budget)
    said = [one.text for chunk in chunks for one in chunk.statements]
    assert said == [sentence for paragraph in paragraphs for sentence in paragraph]
    assert all(tokens_of(one) <= budget or len(one.statements) == 1 for one in chunks)


def test_chunks_come_out_of_the_cache_as_they_went_in(tmp_path: Path) -> None:
    first = Library(CORPUS, tmp_path).chunks
    (cached,) = tmp_path.iterdir()
    written = cached.stat().st_mtime_ns
    assert Library(CORPUS, tmp_path).chunks == first
    assert cached.stat().st_mtime_ns == written


@pytest.mark.parametrize("damage", [b"", b"{", b"null", b'[{"chunk_id": "a"}]', b"\xff\x00"])
def test_a_damaged_cache_is_cut_anew(tmp_path: Path, damage: bytes) -> None:
    first = Library(CORPUS, tmp_path).chunks
    (cached,) = tmp_path.iterdir()
    cached.write_bytes(damage)
    assert Library(CORPUS, tmp_path).chunks == first


def test_a_folder_that_cannot_be_written_costs_no_chunk(tmp_path: Path) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("a file where the folder should be")
    assert Library(CORPUS, blocked / "deeper").chunks == Library(CORPUS).chunks


def test_a_changed_text_is_not_served_from_the_cache(content: Path, tmp_path: Path) -> None:
    before = Library(content, tmp_path / "cache").chunks
    path = content / "faq.md"
    path.write_text(path.read_text("utf-8").replace("Absolutely.", "Certainly."), "utf-8")
    after = Library(content, tmp_path / "cache").chunks
    assert [one.text for one in after] == [
        re.sub(r"^Absolutely\.", "Certainly.", one.text) for one in before
    ]
    assert after != before
