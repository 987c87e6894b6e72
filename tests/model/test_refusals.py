"""A model that refuses, or a provider that filters: the visitor reads nothing of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conftest import Ask
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_server import OpenAIServer

from .conftest import AskModel
from .honest import GOOD, PROJECT, PROS, UNCLEAR

SORRY = "I'm sorry, I can't help with that request. It goes against my guidelines."
APOLOGIES = (
    "As an AI language model, I cannot give hiring advice. Please consult a professional.",
    "I must decline. Is there anything else that I can help you with?",
    f"{SORRY} [1]",
    "The response was filtered due to our content management policy. [1]",
)
HALF = "Freelancers are a poor"
FILTERED = {"error": {"message": SORRY, "type": None, "param": "prompt", "code": "content_filter"}}

REFUSALS: dict[str, tuple[r.Reply, list[str]]] = {
    "in its own field": (r.Refusal(SORRY), ["refusal"]),
    "in pieces": (r.Refusal([SORRY[:9], SORRY[9:30], SORRY[30:]]), ["refusal"]),
    "the answer is filtered": (r.ContentFilter(HALF), ["content_filter"]),
    "nothing but the filter": (r.ContentFilter(""), ["content_filter"]),
    "the question is filtered": (r.Status(400, body=FILTERED), ["content_filter"]),
    **{f"as an answer: {text[:12]}": (r.Text(text), []) for text in APOLOGIES},
}
WORDS = (
    "sorry", "guideline", "language model", "cannot give", "decline", "help you with", "policy",
    "filtered", "professional", HALF.lower(),
)  # fmt: skip


def shown(view: dict[str, Any]) -> str:
    """All of a turn that a visitor may come to read: everything but its technical record."""
    return json.dumps({name: part for name, part in view.items() if name != "trace"}).lower()


@pytest.mark.parametrize("message", [PROJECT, UNCLEAR, PROS])
@pytest.mark.parametrize("how", REFUSALS)
def test_the_embedded_answer_stands_in_whole_with_the_verdict_that_is_due(
    ask: Ask, ask_model: AskModel, server: OpenAIServer, how: str, message: str
) -> None:
    reply, reasons = REFUSALS[how]
    server.on_text = lambda _: reply
    turn, plain = ask_model(message), ask(message)
    assert (turn.degraded, turn.cut_short) == (True, False)
    assert turn.trace.get("model_failures", []) == reasons
    assert (turn.kind, turn.recommendation) == (plain.kind, plain.recommendation)
    assert turn.sentences == plain.sentences
    assert (turn.next_question, turn.suggestions) == (plain.next_question, plain.suggestions)
    assert turn.citations == plain.citations


@pytest.mark.parametrize("message", [PROJECT, UNCLEAR, PROS])
@pytest.mark.parametrize("how", REFUSALS)
def test_no_word_of_the_refusal_is_shown(
    ask: Ask, ask_model: AskModel, server: OpenAIServer, how: str, message: str
) -> None:
    server.always(REFUSALS[how][0])  # the form is refused, too
    turn = ask_model(message)
    said, plain = shown(turn.view()), shown(ask(message).view())
    assert [word for word in WORDS if word in said and word not in plain] == []
    assert SORRY[:20].lower() not in json.dumps(turn.view()).lower()
    assert turn.degraded


@pytest.mark.parametrize(
    "reply",
    [
        r.ContentFilter([f"{GOOD} ", HALF]),
        r.ContentFilter(f"{GOOD} {HALF}", chunk_size=1),
    ],
    ids=["at once", "letter by letter"],
)
def test_a_filter_in_the_middle_leaves_whole_sentences_and_no_half_one(
    ask: Ask, ask_model: AskModel, server: OpenAIServer, reply: r.Reply
) -> None:
    server.script = [reply]
    turn = ask_model(PROS)
    said = [sentence.text for sentence in turn.sentences]
    assert said[0] == GOOD.removesuffix(" [1]")
    assert said[1:]
    assert set(said[1:]) <= {sentence.text for sentence in ask(PROS).sentences}
    assert (turn.degraded, turn.cut_short) == (True, True)
    assert turn.trace["model_failures"] == ["content_filter"]


@pytest.mark.parametrize("before", [True, False])
def test_an_apology_beside_a_true_sentence_is_left_out(
    ask_model: AskModel, server: OpenAIServer, before: bool
) -> None:
    server.on_text = lambda _: r.Text(f"{SORRY} {GOOD}" if before else f"{GOOD} {SORRY}")
    turn = ask_model(PROS)
    assert turn.text == GOOD
    assert not turn.degraded


@pytest.mark.parametrize("reply", [r.Refusal(SORRY), r.ContentFilter(HALF)])
def test_refusals_open_no_breaker(
    ask_model: AskModel, server: OpenAIServer, reply: r.Reply
) -> None:
    server.on_text = lambda _: reply
    for _ in range(4):
        assert ask_model(PROS).degraded
    server.on_text = lambda _: r.Text(GOOD)
    assert not ask_model(PROS).degraded
