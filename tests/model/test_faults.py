"""Whatever fails on the way to the model: an answer in time, the same verdict, marked as such."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from tests.conftest import Ask
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.advisor import Past
from hiring_advisor.bootstrap import Parts
from hiring_advisor.understanding.chat import ChatModel

from .conftest import AskModel, work
from .honest import ALSO_GOOD, GOOD, PROJECT, PROS
from .rows import advisor_with, nobody_picks_up

SAID = r.Text(f"{GOOD} {ALSO_GOOD} They also")

FAULTS: dict[str, r.Reply] = {
    "dropped": r.Drop(),
    "reset": r.Drop(reset=True),
    "hangs": r.Hang(),
    "headers, then hangs": r.HeadersThenHang(),
    "late headers": r.SlowHeaders(5.0),
    "stalls": r.StallAfter(2, answer=SAID),
    "stalls with pings": r.StallAfter(2, pings=True, answer=SAID),
    "cut off": r.CutAfter(2, answer=SAID),
    "cut off hard": r.CutAfter(2, reset=True, answer=SAID),
    "an error in the stream": r.ErrorMidStream(2, answer=SAID),
    "broken events": r.MalformedSSE(1, answer=SAID),
    "a web page": r.HtmlPage(200),
    "a proxy's web page": r.HtmlPage(502),
    "broken JSON": r.InvalidJSONBody(),
    "a redirect": r.Status(307, body="", content_type="text/plain"),
    "400": r.Status(400),
    "401": r.Status(401),
    "403": r.Status(403),
    "404": r.Status(404),
    "429": r.Status(429),
    "429 for two minutes": r.Status(429, retry_after=120),
    "quota used up": r.Status(429, error_code="insufficient_quota"),
    "500": r.Status(500),
    "502": r.Status(502),
    "503": r.Status(503),
    "529": r.Status(529),
    "context too long": r.ContextTooLong(),
    "empty": r.EmptyContent(),
    "white space": r.WhitespaceContent(),
    "only reasoning": r.ReasoningOnly(),
    "refuses": r.Refusal(),
    "filtered": r.ContentFilter(),
    "cut at the limit": r.LengthCut(),
    "trickles": r.Trickle(0.3),
    "no choices": r.Status(200, body={"id": "x", "choices": []}),
    "null choices": r.Status(200, body={"id": "x", "choices": None}),
    "an empty object": r.Status(200, body={}),
    "a list": r.Status(200, body="[]"),
    "nothing at all": r.Status(200, body=b""),
    "no content": r.Status(204, body=b""),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_question_is_answered_all_the_same(
    ask_in_time: AskModel, server: OpenAIServer, fault: r.Reply
) -> None:
    server.always(fault)
    turn = ask_in_time(PROS)
    assert (turn.kind, turn.mode, turn.degraded) == ("answer", "openai", True)
    assert turn.trace["model_failures"]
    assert turn.sentences
    for sentence in turn.sentences:
        assert sentence.citations
        assert sentence.text[-1] in ".!?”"


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_project_gets_the_same_verdict(
    ask: Ask, ask_in_time: AskModel, server: OpenAIServer, fault: r.Reply
) -> None:
    server.always(fault)
    turn = ask_in_time(PROJECT)
    plain = ask(PROJECT)
    assert turn.kind == "recommendation"
    assert turn.degraded
    assert turn.recommendation == plain.recommendation
    assert turn.sentences[0].text == plain.sentences[0].text
    assert turn.next_question == plain.next_question


@pytest.mark.parametrize(
    "reply",
    [
        r.NoDone(SAID), r.TrailingGarbage(answer=SAID), r.UsageMissing(SAID.content),
        r.Fragmented(3, SAID), r.WrongContentType(answer=SAID),
        r.SlowHeaders(0.1, SAID), r.Text(SAID.content, chunk_size=1),
    ],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_oddities_that_lose_nothing_are_no_faults(
    ask_model: AskModel, server: OpenAIServer, reply: r.Reply
) -> None:
    server.script = [reply]
    turn = ask_model(PROS)
    assert turn.text == f"{GOOD} {ALSO_GOOD}"
    assert not turn.degraded


def test_a_server_that_is_down_is_survived(ask_in_time: AskModel, server: OpenAIServer) -> None:
    with server.down():
        turn = ask_in_time(PROS)
    assert turn.degraded
    assert turn.sentences
    assert turn.trace["model_failures"] == ["connection"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("hangs", "timeout"), ("dropped", "connection"), ("cut off", "connection"),
        ("401", "status_401"), ("503", "status_503"), ("context too long", "context_too_long"),
        ("refuses", "refusal"), ("filtered", "content_filter"), ("empty", "empty"),
        ("white space", "empty"), ("only reasoning", "empty"), ("cut at the limit", "length"),
        ("a web page", "malformed"), ("broken events", "malformed"), ("trickles", "timeout"),
        ("no choices", "malformed"), ("null choices", "malformed"),
        ("stalls with pings", "timeout"), ("an error in the stream", "provider"),
    ],
)  # fmt: skip
def test_the_record_says_what_failed(
    ask_in_time: AskModel, server: OpenAIServer, fault: str, reason: str
) -> None:
    server.always(FAULTS[fault])
    assert ask_in_time(PROS).trace["model_failures"] == [reason]


@pytest.mark.parametrize(
    "fault",
    [r.StallAfter, r.CutAfter, r.ErrorMidStream, r.MalformedSSE],
    ids=lambda one: one.__name__,
)
def test_what_was_shown_before_the_stream_broke_stays_and_is_completed(
    ask: Ask, ask_in_time: AskModel, server: OpenAIServer, fault: Any
) -> None:
    answer = r.Text([f"{GOOD} ", "That makes it easier for star"])
    server.script = [fault(2, answer=answer)]
    turn = ask_in_time(PROS)
    said = [sentence.text for sentence in turn.sentences]
    assert said[0] == GOOD.removesuffix(" [1]")
    assert set(said[1:]) & {sentence.text for sentence in ask(PROS).sentences}
    assert turn.degraded
    assert len(said) == len(set(said)) <= 5
    assert len(server.requests) == 1  # what was shown cannot be begun again


def test_an_answer_cut_at_the_token_limit_keeps_its_whole_sentences(
    ask_in_time: AskModel, server: OpenAIServer
) -> None:
    server.script = [r.LengthCut(f"{GOOD} {ALSO_GOOD} Freelancers are")]
    turn = ask_in_time(PROS)
    assert turn.sentences[0].text == GOOD.removesuffix(" [1]")
    assert all(sentence.text[:15] != "Freelancers are" for sentence in turn.sentences[:2])
    assert turn.degraded


def test_a_key_never_leaves_for_another_address(
    ask_in_time: AskModel, server: OpenAIServer, model_parts: Parts
) -> None:
    from tests.stand_ins.openai_server import OpenAIServer as Other

    with Other() as elsewhere:
        server.always(r.Status(307, location=f"{elsewhere.base_url}/chat/completions"))
        assert ask_in_time(PROS).degraded
        assert (elsewhere.requests, elsewhere.refused) == ([], [])


def test_a_connection_that_nobody_takes_is_given_up_at_a_deadline_of_its_own(
    shared_parts: Parts,
) -> None:
    with nobody_picks_up() as silent:
        chat = ChatModel("nobody", api_key="any", base_url=silent)
        begun = time.monotonic()
        turn = asyncio.run(work(advisor_with(shared_parts, chat), PROS, Past()))
        took = time.monotonic() - begun
    assert turn.trace["model_failures"] == ["timeout"]
    assert turn.usage.llm_calls == 1
    # Three seconds; the first content would have had eight.
    assert 2.5 < took < 6.5
