"""What a message is for. Reading is heuristic: the bounds lie a little under what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from hiring_advisor.understanding.intent import Intent, read
from hiring_advisor.understanding.messages import Message


def intent(text: str) -> Intent:
    return read(Message("m1", "visitor", text))


def missed(texts: Sequence[str], is_read: Callable[[Intent], bool]) -> list[str]:
    return [text for text in texts if not is_read(intent(text))]


RECOMMEND = (
    "Whom should we hire?", "who should build this for us", "Which option fits our project?",
    "What would you recommend?", "Should we hire contractors or staff?", "freelancer or full-time?",
    "Can you advise us on whom to take?", "Please give me your recommendation.",
    "Do we need freelancers or employees for it?", "I need a second opinion on hiring",
    "Help me decide", "What do you suggest for our chatbot?", "what's your verdict",
    "so who do we pick", "Should I go with a freelancer?", "Which way to go?",
    "Would we be better off with contractors?", "who is the right one for us",
    "contractors or an in-house team?", "Your advice please",
)  # fmt: skip
QUESTIONS = (
    "Can freelancers build production-grade AI?", "What are the risks of contractors?",
    "Why do AI projects fail?", "How long does hiring take?", "Which one is cheaper?",
    "What does production-grade mean?", "pros of full-time engineers",
    "is the code of freelancers any good", "When do freelancers make sense?",
    "Who wrote the article?", "What is this article about?", "how good is their code?",
    "Do freelancers disappear after delivery?", "Is security a risk with freelancers?",
    "what is a good reason to employ full-time staff?", "Hi, can freelancers scale?",
    "thanks, and what about the cons?", "who maintains it after launch?",
)  # fmt: skip
SMALL_TALK = {
    "greeting": ("Hi", "hello there", "Good morning!", "hey, anyone here?", "Hallo"),
    "thanks": ("thank you very much", "Thanks!", "thx", "ok cheers, that helps", "many thanks"),
    "goodbye": ("bye bye", "See you later", "that's all, good night", "I have to go", "take care!"),
    "bot": ("are you human?", "Is this a bot?", "who are you", "am I talking to a machine"),
    "wellbeing": ("how are you today?", "How's it going?", "what's up", "hope you are well"),
    "praise": ("You are great!", "nice work", "that was super helpful", "well done", "how nice!"),
    "complaint": ("you don't understand me", "that was not helpful at all", "what a waste of time"),
    "help": ("help", "What can you do for me?", "how does this work", "what can I ask you"),
}
HANDOFF = {
    "quote": (
        "Can you send me a quote?", "I'd like a cost estimate", "please prepare a proposal for us",
        "We need a price offer", "What would you charge?",
    ),
    "meeting": (
        "Can we schedule a call?", "I want to book a meeting", "set up a demo please",
        "when can we meet?", "arrange a free consultation",
    ),
    "person": (
        "I want to talk to a human", "Can I speak with an expert?", "call me back please",
        "how do I contact you?", "connect me with your sales team", "get me a real person",
        "talk to someone from your team", "human please",
    ),
}  # fmt: skip
NEW_PROJECT = (
    "Now a different project: we build a chatbot", "Let's start over", "Forget everything I said",
    "New project", "I have another client with a new case", "reset", "ok, next project please",
)  # fmt: skip
WHY = (
    "Why?", "why is that?", "how come?", "Explain that", "But why freelancers?",
    "what are your reasons?", "what makes you say that?",
)  # fmt: skip
FLIPS = (
    "What would change your recommendation?", "when would you change your mind?",
    "What could flip the verdict?", "under which circumstances would it change?",
    "what would make you choose freelancers?", "What has to change for full-time?",
)  # fmt: skip


def test_requests_for_advice_are_recognised() -> None:
    assert len(missed(RECOMMEND, lambda one: one.recommend)) <= 1


def test_questions_about_the_article_are_questions_and_nothing_else() -> None:
    left = missed(
        QUESTIONS,
        lambda one: (
            bool(one.question)
            and not (
                one.recommend or one.describes or one.small_talk or one.handoff or one.new_project
            )
        ),
    )
    assert left == []


@pytest.mark.parametrize("kind", SMALL_TALK)
def test_small_talk_is_told_apart_by_kind(kind: str) -> None:
    assert missed(SMALL_TALK[kind], lambda one: one.small_talk == kind) == []


@pytest.mark.parametrize(("kind", "misses"), [("quote", 0), ("meeting", 0), ("person", 2)])
def test_wishes_for_a_person_are_told_apart_by_kind(kind: str, misses: int) -> None:
    assert len(missed(HANDOFF[kind], lambda one: one.handoff == kind)) <= misses


def test_a_new_project_is_announced() -> None:
    assert missed(NEW_PROJECT, lambda one: one.new_project) == []


def test_why_asks_for_the_reasons() -> None:
    assert missed(WHY, lambda one: one.asks_why) == []


def test_what_would_change_it_asks_for_flips() -> None:
    assert missed(FLIPS, lambda one: one.asks_flips) == []


@pytest.mark.parametrize(
    "text",
    [
        "We want to build a chatbot for our shop.", "Our client needs a prototype by May",
        "I'm planning an internal tool", "my boss wants to automate the invoices",
        "Our bot has to answer patients", "the company is building a new platform",
        "We are working on a recommendation engine", "It's a small tool of ours",
    ],
)  # fmt: skip
def test_descriptions_of_an_own_project_are_told(text: str) -> None:
    assert intent(text).describes
    assert not intent(text).small_talk


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("We build a bot. Can freelancers do it?", "Can freelancers do it"),
        ("Hello! What are the risks? Thanks.", "What are the risks"),
        ("Is it fast? And is it cheap?", "Is it fast And is it cheap"),
        ("We build a bot.", ""),
        ("", ""),
        ("We are a company of some size and have been thinking for a long time about a tool "
         "for our archive that reads letters, old and new.", ""),
    ],
)  # fmt: skip
def test_the_part_that_asks_is_taken_out(text: str, question: str) -> None:
    assert intent(text).question == question


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, and what are the cons of freelancers?", "hi, whom should we hire for a prototype?",
        "Good morning, we need full-time engineers for a core product",
        "ok bye bye budget, we have none",
        "great, but is full-time hiring slow?",
    ],
)  # fmt: skip
def test_politeness_around_a_matter_is_no_small_talk(text: str) -> None:
    assert intent(text).small_talk == ""
