"""Embedded answers to the questions of the development set: whole, sourced, the same each time."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.conftest import CORPUS, ROOT, Ask

from hiring_advisor.answering.turn import Turn

WHOLE = re.compile(r"^[A-Z0-9“\"].*[.!?]”?$", re.DOTALL)


def dev(name: str) -> list[dict[str, Any]]:
    lines = (ROOT / "evals" / "datasets" / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [one for one in map(json.loads, lines) if one["split"] == "dev"]


QUESTIONS = [one["question"] for one in dev("questions")]


@pytest.fixture(scope="module")
def turns(ask: Ask) -> list[Turn]:
    return [ask(question) for question in QUESTIONS]


@pytest.fixture(scope="module")
def answers(turns: list[Turn]) -> list[Turn]:
    return [turn for turn in turns if turn.kind == "answer"]


@pytest.fixture(scope="module")
def source() -> str:
    """The texts as they stand, without section ids and with plain white space."""
    texts = [(CORPUS / name).read_text("utf-8") for name in ("article.md", "faq.md")]
    return " ".join(re.sub(r"\s*\{#[\w/-]+\}", "", " ".join(texts)).split())


def test_nearly_every_question_of_the_article_is_answered(
    turns: list[Turn], answers: list[Turn]
) -> None:
    assert len(turns) > 100
    # Some tell of a project as well: those get a recommendation with the answer beside it.
    assert len(answers) >= 0.8 * len(turns), [one.user_text for one in turns if one not in answers]
    declined = [turn.user_text for turn in turns if turn.kind == "declined"]
    assert len(declined) <= 0.08 * len(turns), declined


def test_an_answer_has_one_to_five_sentences(answers: list[Turn]) -> None:
    for turn in answers:
        assert 1 <= len(turn.sentences) <= 5, turn.user_text


def test_every_sentence_cites_and_every_citation_is_used(answers: list[Turn]) -> None:
    for turn in answers:
        known = [citation.n for citation in turn.citations]
        used = {number for sentence in turn.sentences for number in sentence.citations}
        assert all(sentence.citations for sentence in turn.sentences), turn.user_text
        assert used == set(known), turn.user_text
        assert len(known) == len(set(known))


def test_every_quote_is_verbatim_in_the_text(answers: list[Turn], source: str) -> None:
    for turn in answers:
        for citation in turn.citations:
            assert " ".join(citation.quote.split()) in source, citation


def test_no_sentence_is_said_twice(answers: list[Turn]) -> None:
    for turn in answers:
        said = [sentence.text for sentence in turn.sentences]
        assert len(said) == len(set(said)), turn.user_text


def test_no_sentence_is_a_fragment(answers: list[Turn]) -> None:
    for turn in answers:
        for sentence in turn.sentences:
            assert WHOLE.match(sentence.text), sentence.text
            assert "  " not in sentence.text
            assert len(sentence.text.split()) >= 3, sentence.text


def test_the_text_is_the_sentences_with_their_markers(answers: list[Turn]) -> None:
    for turn in answers:
        said = [
            one.text + "".join(f" [{number}]" for number in one.citations) for one in turn.sentences
        ]
        assert turn.text == " ".join(said)


def test_an_answer_makes_no_verdict_and_asks_nobody(answers: list[Turn]) -> None:
    for turn in answers:
        assert turn.recommendation is None
        assert (turn.mode, turn.degraded, turn.usage.llm_calls) == ("embedded", False, 0)


def test_the_same_question_gets_the_same_answer(ask: Ask, answers: list[Turn]) -> None:
    for turn in answers[::10]:
        again = ask(turn.user_text)
        assert (again.text, again.citations) == (turn.text, turn.citations)


def test_questions_that_the_article_does_not_answer_get_no_figures_and_no_source(ask: Ask) -> None:
    declined = [
        turn for one in dev("unanswerable") if (turn := ask(one["question"])).kind == "declined"
    ]
    assert len(declined) > 60
    for turn in declined:
        assert turn.citations == ()
        assert not re.search(r"\d|%|[€$£]", turn.text), turn.text
        assert turn.recommendation is None
        assert turn.suggestions


@pytest.mark.parametrize("one", dev("small_talk"), ids=lambda one: one["text"])
def test_small_talk_is_answered_in_kind_and_cites_nothing(ask: Ask, one: dict[str, Any]) -> None:
    turn = ask(one["text"])
    assert turn.kind == "small_talk"
    assert turn.citations == ()
    assert turn.facts == {}
    assert len(turn.sentences) == 1
    if one["kind"] == "bot_question":
        assert "assistant" in turn.text
        assert "not a person" in turn.text


@pytest.mark.parametrize("text", ["???", "...", "!!", "👍", "—"])
def test_signs_alone_are_no_question(ask: Ask, text: str) -> None:
    turn = ask(text)
    assert turn.kind in {"declined", "small_talk"}
    assert turn.citations == ()
