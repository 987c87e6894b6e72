"""Facts of a project: only what the visitor said of it, each with the words that say so."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hiring_advisor.understanding.facts import Fact, is_witnessed
from hiring_advisor.understanding.local import MAX_QUOTE, LocalReader
from hiring_advisor.understanding.messages import Message

from .conftest import Read

STATEMENTS = [
    "we need a prototype", "our budget is tight", "it must go live in production", "no rush at all",
    "it handles patient records", "nobody has to maintain it", "20,000 users a day",
    "ready within three weeks", "we have 5,000 euros", "it is core to our product",
    "no sensitive data", "failure is not an option", "an internal tool", "many integrations",
    "first a pilot, then the real system", "İstanbul 😀", "> quoted", "\n", "Best regards\nKim",
]  # fmt: skip
texts = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.tuples(
            st.sampled_from(STATEMENTS), st.sampled_from([". ", ", ", " and ", "\n", " but "])
        ),
        max_size=8,
    ).map(lambda pairs: "".join(a + b for a, b in pairs)),
)


@settings(deadline=None, max_examples=50)
@given(texts)
@example("we need a prototype " * 40)
@example("ﬁrst a pilot, then the real system for İİİ users")
def test_every_fact_is_witnessed_by_the_words_that_state_it(reader: LocalReader, text: str) -> None:
    message = Message("m1", "visitor", text)
    for name, fact in reader.read(message).items():
        assert reader.rubric.knows(name, fact.value)
        assert fact.quote == text[fact.start : fact.end]
        assert 0 < len(fact.quote) <= MAX_QUOTE
        assert is_witnessed(fact, {"m1": message})


def test_a_fact_is_not_witnessed_by_the_advisor_or_by_other_words() -> None:
    fact = Fact("tight", "budget is tight", "m1", 4, 19)
    said = "our budget is tight"
    assert is_witnessed(fact, {"m1": Message("m1", "visitor", said)})
    assert not is_witnessed(fact, {"m1": Message("m1", "advisor", said)})
    assert not is_witnessed(fact, {"m1": Message("m1", "visitor", f" {said}")})
    assert not is_witnessed(fact, {"m2": Message("m2", "visitor", said)})


@pytest.mark.parametrize(
    ("value", "quote", "message_id"), [("", "q", "m"), ("v", " ", "m"), ("v", "q", "")]
)
def test_there_is_no_fact_without_value_words_and_message(
    value: str, quote: str, message_id: str
) -> None:
    with pytest.raises(ValueError, match="a fact needs"):
        Fact(value, quote, message_id)


@pytest.mark.parametrize(
    ("said", "fact", "value"),
    [
        ("We only want a quick prototype.", "stage", "prototype"),
        ("It is a demo for our investors.", "stage", "prototype"),
        ("We want to validate the idea first, nothing more", "stage", "prototype"),
        ("First a pilot, then the full system for everyone.", "stage", "staged"),
        ("It has to run in production from day one.", "stage", "production"),
        ("It's the core of our product.", "role", "core"),
        ("It is an internal tool for the back office", "role", "internal"),
        ("Somebody has to maintain it for years", "lifespan", "long_term"),
        ("It is a one-off job.", "lifespan", "one_time"),
        ("Patient records are processed.", "data", "sensitive"),
        ("The data is public anyway, nothing sensitive.", "data", "harmless"),
        ("It must scale to many thousands of users.", "scale", "large"),
        ("Only a handful of people will use it.", "scale", "small"),
        ("It ties in with many legacy systems.", "complexity", "complex"),
        ("It is a simple, self-contained script.", "complexity", "simple"),
        ("The source code has to stay in-house.", "control", "in_house"),
        ("We do not care who owns the code.", "control", "open"),
        ("It is an experiment that may fail.", "failure", "acceptable"),
        ("If it goes down we lose customers, failure is not an option.", "failure", "costly"),
        ("For a few months we need a computer vision specialist.", "expertise", "niche"),
        ("Our budget is tight.", "budget", "tight"),
        ("Money is no issue, we can invest up front.", "budget", "comfortable"),
        ("The deadline is urgent.", "deadline", "urgent"),
        ("We can take our time.", "deadline", "relaxed"),
        ("They would work closely with our product team every day.", "team", "embedded"),
        ("They can work on their own.", "team", "standalone"),
        ("We are patient.", "deadline", "relaxed"),
    ],
)
def test_plain_statements_are_read(read: Read, said: str, fact: str, value: str) -> None:
    assert read(said).get(fact) == value


@pytest.mark.parametrize(
    ("said", "fact", "value"),
    [
        ("We don't handle any sensitive data", "data", "harmless"),
        ("There is no sensitive data in it", "data", "harmless"),
        ("It never sees customer data", "data", "harmless"),
        ("It isn't regulated", "data", "harmless"),
        ("It isn't urgent", "deadline", "relaxed"),
        ("There is no deadline", "deadline", "relaxed"),
        ("We have no time pressure", "deadline", "relaxed"),
        ("It won't be maintained after delivery", "lifespan", "one_time"),
        ("Nobody has to maintain it", "lifespan", "one_time"),
        ("It is not a core product", "role", "internal"),
        ("It's not complex", "complexity", "simple"),
        ("It need not scale", "scale", "small"),
        ("We do not need to own the code", "control", "open"),
        ("They don't need to work with our team", "team", "standalone"),
        ("There is no budget left", "budget", "tight"),
        ("It isn't a prototype, it is the real system", "stage", "production"),
        ("It must not fail", "failure", "costly"),
        ("It isn't an experiment", "failure", "costly"),
        ("No doubt it handles sensitive data", "data", "sensitive"),
        ("Not only a demo, it has to go into production", "stage", "production"),
    ],
)
def test_a_negation_turns_a_statement_round(read: Read, said: str, fact: str, value: str) -> None:
    assert read(said).get(fact) == value


@pytest.mark.parametrize(
    ("said", "fact", "wrong"),
    [
        ("Our budget is not tight", "budget", "tight"),
        ("It will never go to production", "stage", "production"),
        ("It's anything but simple", "complexity", "simple"),
        ("It's far from simple", "complexity", "simple"),
        ("Our revenue is 5 million", "budget", "comfortable"),
        ("The fine could be 20,000 euros", "budget", "tight"),
        ("We are 40 people", "scale", "small"),
        ("We are a team of 12", "scale", "small"),
        ("We need it in six months", "deadline", "urgent"),
        ("Can freelancers handle sensitive data?", "data", "sensitive"),
        ("What if it had a million users?", "scale", "large"),
        ("Last year we built a prototype", "stage", "prototype"),
        ("A competitor handles patient records", "data", "sensitive"),
        ("Freelancers are good for prototypes", "stage", "prototype"),
        ("It works on patient data", "deadline", "relaxed"),
    ],
)
def test_what_was_not_said_of_the_project_is_not_read_into_it(
    read: Read, said: str, fact: str, wrong: str
) -> None:
    assert read(said).get(fact) != wrong


@pytest.mark.parametrize(
    ("said", "fact", "value"),
    [
        ("We have 5,000 euros", "budget", "tight"),
        ("We have $8k", "budget", "tight"),
        ("Budget: EUR 8k, no more", "budget", "tight"),
        ("We have a budget of at most 30k EUR", "budget", "tight"),
        ("maximum 15,000 USD", "budget", "tight"),
        ("Our budget is 2 million dollars", "budget", "comfortable"),
        ("We can spend half a million dollars on it", "budget", "comfortable"),
        ("It has to be ready in 3 weeks", "deadline", "urgent"),
        ("we need results within ten days", "deadline", "urgent"),
        ("It should be done by the end of next month", "deadline", "urgent"),
        ("It must run for five years", "lifespan", "long_term"),
        ("20,000 users a day", "scale", "large"),
        ("it must cope with 2 million requests a day", "scale", "large"),
        ("It's for ten colleagues", "scale", "small"),
        ("only 3 people will use it", "scale", "small"),
    ],
)
def test_amounts_and_durations_are_read(read: Read, said: str, fact: str, value: str) -> None:
    assert read(said).get(fact) == value


def test_signatures_and_quoted_mail_state_no_facts(read: Read) -> None:
    mail = (
        "Hello,\nwe want a small demo.\n\nBest regards\nKim Doe\nHead of Production\n"
        "> it handles patient records\n> and has to run for ten years"
    )
    assert read(mail) == {"stage": "prototype"}


def test_where_a_message_says_both_the_later_word_counts(read: Read) -> None:
    assert read("We have 5,000 euros. Sorry, we have 2 million euros.")["budget"] == "comfortable"
    assert read("We have 2 million euros. Sorry, we have 5,000 euros.")["budget"] == "tight"
