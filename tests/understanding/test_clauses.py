"""A message is cut into clauses that stay verbatim, and each says how far it may be believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hiring_advisor.understanding.clauses import is_negated, lower_same_length, split

pieces = st.sampled_from(
    ["we need it", " but ", ", ", ". ", "? ", "\n", "> old", "-- ", "Best regards", "İ", "ß", "…",
     " and we ", "• ", " – ", ": ", "e.g. ", "3.5", "“", "”", "From: x", "\u00a0", "😀", ";"]
)  # fmt: skip
messages = st.one_of(st.text(max_size=120), st.lists(pieces, max_size=14).map("".join))


@given(messages)
def test_clauses_are_verbatim_in_order_and_apart(text: str) -> None:
    place = 0
    sentence = 0
    for clause in split(text):
        assert place <= clause.start < clause.end <= len(text)
        assert text[clause.start : clause.end] == clause.text
        assert clause.text == clause.text.strip() != ""
        assert len(clause.low) == len(clause.text)
        assert clause.sentence >= sentence
        place, sentence = clause.end, clause.sentence


@given(st.text(max_size=80))
def test_lower_case_keeps_every_offset(text: str) -> None:
    low = lower_same_length(text)
    assert len(low) == len(text)
    assert lower_same_length(low) == low


@given(messages, st.integers(0, 60))
def test_negation_can_be_asked_anywhere(text: str, place: int) -> None:
    assert is_negated(lower_same_length(text), place) in {True, False}


def counted(text: str) -> str:
    """What of a message may state facts, clauses parted by bars."""
    return " | ".join(clause.text for clause in split(text) if clause.counts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("We need a demo. It must be ready by May.", ["We need a demo", "It must be ready by May"]),
        ("It is small, but the data is secret", ["It is small", "but the data is secret"]),
        ("The bot works and it has users", ["The bot works", "and it has users"]),
        ("Costs approx. 40.000 euros, i.e. little", ["Costs approx. 40.000 euros", "i.e. little"]),
        ("About 3.5 months, e.g. until June.", ["About 3.5 months", "e.g. until June"]),
        ("- cheap\n- fast\n- safe", ["cheap", "fast", "safe"]),
        ("Wishes: speed; quality", ["Wishes", "speed", "quality"]),
        ("“We want it now.” Says he.", ["We want it now", "Says he"]),
        ("", []),
        (" \n\t ", []),
        ("...", []),
    ],
)  # fmt: skip
def test_messages_fall_into_sentences_and_clauses(text: str, parts: list[str]) -> None:
    assert [clause.text for clause in split(text)] == parts


@pytest.mark.parametrize(
    "signature",
    [
        "Best regards\nKim Doe\nHead of Data, Example Bank",
        "Kind regards,\nKim Doe\nVP Production",
        "--\nKim\nThe urgent prototype company",
        "Sent from my phone",
        "Mit freundlichen Grüßen\nKim Muster\nSicherheit und Datenschutz",
        "Cheers,\nKim",
        "Tel.: 0123 456789",
        "This e-mail is confidential and may contain sensitive data.",
        "Confidentiality notice: regulated data inside",
    ],
)
def test_signatures_are_left_out(signature: str) -> None:
    assert counted(f"We build a chat tool.\n\n{signature}") == "We build a chat tool"


@pytest.mark.parametrize(
    "quoted",
    [
        "> We need it for millions of patients.",
        ">> it must be ready on Friday",
        "From: kim@example.org\nTo: lee@example.org\nSubject: urgent prototype",
        "On Tuesday, Lee Roe wrote:\n> we have a huge budget",
        "-----Original Message-----",
    ],
)
def test_quoted_mail_and_its_headers_are_left_out(quoted: str) -> None:
    assert counted(f"It is a small internal tool.\n{quoted}") == "It is a small internal tool"


def test_what_follows_a_signature_in_a_thread_counts_again() -> None:
    text = (
        "We have no money.\nRegards\nKim\nAnd by the way the whole thing has to run for many years."
    )
    assert "has to run for many years" in counted(text)


@pytest.mark.parametrize(
    "supposed",
    [
        "What if we had a million users?",
        "If we had more money it would be different",
        "Suppose the data were secret",
        "Imagine it had to run for ten years",
        "Let's say our budget is huge",
        "In theory it might process patient data",
        "Hypothetically, we build a core product",
        "We could have built a prototype",
        "In an ideal world we would maintain it for years",
        "Say we had patients' records in it",
        "Assuming we were regulated",
        "I wish we had a big budget",
    ],
)
def test_what_is_only_supposed_does_not_count(supposed: str) -> None:
    assert counted(supposed) == ""


@pytest.mark.parametrize(
    "past",
    [
        "Last year we built a prototype",
        "We already ran a pilot in 2019",
        "Two years ago our budget was tight",
        "We used to have an urgent deadline",
        "Back then it was an experiment",
        "They once tried a demo",
        "Previously the data was harmless",
        "We built a proof of concept in the spring of 2023",
    ],
)
def test_what_is_past_does_not_count(past: str) -> None:
    assert counted(past) == ""


@pytest.mark.parametrize(
    "others",
    [
        "Our competitors run a regulated platform",
        "A friend of mine has a tight budget",
        "My former employer needed a prototype",
        "Most companies need it for years",
        "Some startups have no money",
        "Another team handles patient data",
        "My brother wants a demo by Friday",
        "Our sister company has millions of users",
        "My ex-boss had an urgent deadline",
    ],
)
def test_what_is_said_of_others_does_not_count(others: str) -> None:
    assert counted(others) == ""


@pytest.mark.parametrize(
    "opinion",
    [
        "Freelancers are cheap and fast",
        "I think freelancers are risky",
        "We believe that full-time engineers cost a lot",
        "Contractors disappear after delivery",
        "I heard the good freelancers are booked for months",
        "Full-time staff stay for years",
    ],
)
def test_opinions_about_the_options_are_no_facts_of_the_project(opinion: str) -> None:
    assert counted(opinion) == ""


@pytest.mark.parametrize(
    "question",
    [
        "Can freelancers handle sensitive data?",
        "What does a prototype cost?",
        "Is a tight deadline a problem",
        "Do production systems need monitoring?",
        "Which one is better for long-term maintenance?",
    ],
)
def test_general_questions_state_nothing(question: str) -> None:
    assert counted(question) == ""


@pytest.mark.parametrize(
    "question",
    [
        "Should we hire freelancers for our prototype?",
        "Can I keep the code of my tool in house?",
        "Is our deadline of three weeks too short?",
    ],
)
def test_questions_about_the_own_project_may_state_facts(question: str) -> None:
    assert counted(question) != ""


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Last year we ran a pilot, now we need the real system", "now we need the real system"),
        ("Our competitors are big, but we are small", "but we are small"),
        ("We want a demo. What if we had users?", "We want a demo"),
        ("Is it cheap? Our data is secret.", "Our data is secret"),
    ],
)
def test_one_clause_that_does_not_count_leaves_the_others(text: str, counts: str) -> None:
    assert counted(text) == counts


@pytest.mark.parametrize(
    "clause",
    [
        "no *sensitive", "we don't handle *sensitive", "without any *sensitive",
        "never *production",
        "it isn't *production", "nothing that is *sensitive", "we have neither *budget",
        "there is no *deadline", "it won't be *maintained", "nobody *maintains", "lack of *budget",
        "instead of *production", "hardly any *users", "it is far from *complex",
        "not really *urgent",
        "we cannot *scale", "none of it is *sensitive", "it's anything but *simple",
    ],
)  # fmt: skip
def test_a_negation_reaches_what_follows_it(clause: str) -> None:
    place = clause.index("*")
    assert is_negated(clause.replace("*", ""), place)


@pytest.mark.parametrize(
    "clause",
    [
        "we need *production", "not only a demo but *production", "no doubt it is *sensitive",
        "no matter what it must be *secure", "not just *internal",
        "not sure who else would sit in *production",
        "we can't wait for *production", "no question that it is *urgent", "why not a *prototype",
        "nothing but a *prototype", "no less than *production", "not to mention the *compliance",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_negation_is_none(clause: str) -> None:
    place = clause.index("*")
    assert not is_negated(clause.replace("*", ""), place)
