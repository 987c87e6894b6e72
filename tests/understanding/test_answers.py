"""Answers to the question that the advisor asked last."""

from __future__ import annotations

import pytest

from hiring_advisor.understanding.facts import is_witnessed
from hiring_advisor.understanding.local import LocalReader
from hiring_advisor.understanding.messages import Message


def answer(reader: LocalReader, asked: str, text: str) -> str | None:
    message = Message("m1", "visitor", text)
    fact = reader.read_answer(message, reader.rubric.fact(asked))
    if fact is None:
        return None
    assert fact.quote == text[fact.start : fact.end]
    assert is_witnessed(fact, {"m1": message})
    return fact.value


def test_every_label_of_every_question_answers_it(reader: LocalReader) -> None:
    for fact in reader.rubric.facts:
        for value in fact.values:
            for said in (value.label, value.label.upper(), f"{value.label}.", value.value):
                assert answer(reader, fact.name, said) == value.value, (fact.name, said)


@pytest.mark.parametrize(
    ("asked", "said", "value"),
    [
        ("lifespan", "yes", "long_term"),
        ("lifespan", "Yes.", "long_term"),
        ("lifespan", "yeah, sure", "long_term"),
        ("lifespan", "no", "one_time"),
        ("lifespan", "nope", "one_time"),
        ("data", "Yes, it does", "sensitive"),
        ("data", "no!", "harmless"),
        ("control", "definitely", "in_house"),
        ("control", "no, not really", "open"),
    ],
)
def test_yes_and_no_answer_where_the_options_say_so(
    reader: LocalReader, asked: str, said: str, value: str
) -> None:
    assert answer(reader, asked, said) == value


@pytest.mark.parametrize(
    ("asked", "said", "value"),
    [
        ("stage", "just a quick demo", "prototype"),
        ("stage", "it goes live", "production"),
        ("stage", "a pilot first, then the real thing", "staged"),
        ("budget", "a tight budget", "tight"),
        ("budget", "8,000 euros", "tight"),
        ("budget", "money is no problem", "comfortable"),
        ("deadline", "in two weeks", "urgent"),
        ("deadline", "no rush", "relaxed"),
        ("data", "patient records", "sensitive"),
        ("data", "nothing sensitive", "harmless"),
        ("scale", "ten colleagues", "small"),
        ("scale", "about 50,000 users", "large"),
        ("complexity", "pretty complex", "complex"),
        ("role", "internal tool", "internal"),
        ("failure", "it has to work", "costly"),
        ("failure", "it is an experiment", "acceptable"),
        ("lifespan", "nobody will maintain it", "one_time"),
        ("team", "on their own", "standalone"),
    ],
)
def test_own_words_answer_too(reader: LocalReader, asked: str, said: str, value: str) -> None:
    assert answer(reader, asked, said) == value


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("stage", "yes"),
        ("budget", "no"),
        ("budget", "what do you mean?"),
        ("budget", "Can freelancers build production-grade AI?"),
        ("budget", "thanks"),
        ("budget", "I don't know"),
        ("deadline", "patient records"),
        ("data", "our budget is tight"),
        ("scale", "no idea"),
        ("lifespan", ""),
        ("lifespan", "   "),
        ("lifespan", "yes and no, it depends on what the board says next week"),
        ("data", "not sure"),
        ("control", "I am not sure"),
        ("data", "no idea"),
        ("control", "no clue"),
        ("lifespan", "not decided yet"),
    ],
)
def test_what_does_not_answer_is_no_answer(reader: LocalReader, asked: str, said: str) -> None:
    assert answer(reader, asked, said) is None


def test_a_yes_with_white_space_around_keeps_its_place(reader: LocalReader) -> None:
    assert answer(reader, "data", "  yes  \n") == "sensitive"


def test_a_long_answer_is_quoted_in_part(reader: LocalReader) -> None:
    assert answer(reader, "data", "no " + "x" * 300) == "harmless"
