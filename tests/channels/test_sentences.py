"""Seven things that people say, and what becomes of them with no model at all."""

from __future__ import annotations

import pytest
from tests.channels.schemas import Article, turn_of
from tests.conftest import Ask

ANSWERED = [
    "Can freelancers build production-grade AI?",
    "which one is cheaper in the long run",
]
RECOMMENDED = [
    (
        "we only want to try whether a model can sort our support mail, ten days, little money, "
        "nobody keeps it",
        "freelancers",
    ),
    (
        "it is the heart of our loan product, audited every quarter, and somebody has to look "
        "after it for good",
        "full_time",
    ),
    (
        "first a pilot to convince the partners, afterwards our own staff build and run the real "
        "thing",
        "hybrid",
    ),
]


@pytest.mark.parametrize("text", ANSWERED)
def test_a_question_is_answered_from_the_article(ask: Ask, article: Article, text: str) -> None:
    turn = turn_of(ask(text).view())
    assert (turn.kind, turn.recommendation) == ("answer", None)
    assert turn.citations
    assert article.misquoted(turn) == []


@pytest.mark.parametrize(("text", "verdict"), RECOMMENDED)
def test_a_project_gets_its_verdict_with_the_words_it_stands_on(
    ask: Ask, article: Article, text: str, verdict: str
) -> None:
    turn = turn_of(ask(text).view())
    assert turn.recommendation is not None
    assert turn.recommendation.verdict == verdict
    assert turn.facts
    assert all(fact.quote in text for fact in turn.facts.values())
    assert turn.recommendation.contributions
    assert article.misquoted(turn) == []


def test_too_little_said_leads_to_a_question_and_still_to_a_recommendation(ask: Ask) -> None:
    turn = turn_of(ask("so whom do I hire?").view())
    assert turn.recommendation is not None
    assert turn.recommendation.verdict == "need_more_info"
    assert turn.facts == {}
    assert turn.next_question is not None
    assert turn.next_question.fact in turn.recommendation.missing


def test_what_the_article_does_not_answer_is_declined_with_a_way_on(ask: Ask) -> None:
    turn = turn_of(ask("who won the cup final").view())
    assert (turn.kind, turn.recommendation, turn.citations) == ("declined", None, [])
    assert turn.text
    assert turn.suggestions


def test_the_same_words_always_become_the_same_turn(ask: Ask) -> None:
    for text in (*ANSWERED, *(text for text, _ in RECOMMENDED)):
        first, second = (ask(text).view() for _ in range(2))
        for field in ("text", "citations", "next_question", "suggestions", "kind"):
            assert first[field] == second[field]
        assert first["tool_calls"] == second["tool_calls"]
