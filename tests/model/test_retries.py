"""One more try where it may help, none where it cannot, and peace for an endpoint that is down."""

from __future__ import annotations

import time

import pytest
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.bootstrap import Parts
from hiring_advisor.understanding.breaker import Breaker

from .conftest import AskModel
from .honest import GOOD, PROJECT, PROS, UNCLEAR


@pytest.mark.parametrize(
    "fault",
    [r.Status(500), r.Status(502), r.Status(503), r.Status(529), r.Drop(), r.Drop(reset=True),
     r.Status(429, retry_after=0.1), r.HtmlPage(200), r.InvalidJSONBody(), r.EmptyContent(),
     r.WhitespaceContent(), r.ReasoningOnly(), r.MalformedSSE(0), r.ContextTooLong()],
    ids=str,
)  # fmt: skip
def test_a_passing_fault_is_tried_once_more(
    ask_model: AskModel, server: OpenAIServer, fault: r.Reply
) -> None:
    server.script = [fault, r.Text(GOOD)]
    turn = ask_model(PROS)
    assert turn.text == GOOD
    assert not turn.degraded
    assert turn.usage.llm_calls == len(server.requests) == 2


def test_the_form_is_tried_once_more_too(ask_model: AskModel, server: OpenAIServer) -> None:
    server.script = [r.Status(503), r.ToolCall()]
    assert not ask_model(UNCLEAR).degraded
    assert [request.forced_tool for request in server.requests] == ["score_hiring_fit"] * 2 + [None]


def test_two_faults_in_a_row_are_enough(ask_model: AskModel, server: OpenAIServer) -> None:
    server.script = [r.Status(503), r.Status(503), r.Text(GOOD)]
    assert ask_model(PROS).degraded
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "fault",
    [r.Status(400), r.Status(401), r.Status(403), r.Status(404), r.Status(429, retry_after=120),
     r.Status(429), r.Refusal(), r.ContentFilter(), r.Status(429, error_code="insufficient_quota")],
    ids=str,
)  # fmt: skip
def test_what_a_second_try_cannot_mend_is_not_tried_again(
    ask_model: AskModel, server: OpenAIServer, fault: r.Reply
) -> None:
    server.script = [fault, r.Text(GOOD)]
    assert ask_model(PROS).degraded
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault", [r.Status(401), r.Status(403), r.Status(429, retry_after=60)], ids=str
)
def test_an_endpoint_that_says_no_for_long_is_not_asked_again(
    ask_model: AskModel, server: OpenAIServer, fault: r.Reply
) -> None:
    server.always(fault)
    ask_model(PROS)
    server.clear()
    begun = time.monotonic()
    turn = ask_model(PROJECT)
    assert time.monotonic() - begun < 1.0
    assert server.requests == []
    assert turn.degraded
    assert turn.usage.llm_calls == 0
    assert turn.trace["model_failures"] == ["breaker_open"]


def test_after_three_failures_nobody_waits_for_it_any_more(
    ask_in_time: AskModel, server: OpenAIServer
) -> None:
    server.always(r.Hang())
    for _ in range(3):
        assert ask_in_time(PROS).degraded
    begun = time.monotonic()
    assert ask_in_time(PROS).degraded
    assert time.monotonic() - begun < 0.5
    assert len(server.requests) == 3


def test_when_its_time_is_over_a_probe_brings_it_back(
    ask_model: AskModel, server: OpenAIServer, model_parts: Parts
) -> None:
    now = [0.0]
    model_parts.chat.breaker = Breaker(lambda: now[0])
    server.script = [r.Status(401)]
    assert ask_model(PROS).degraded
    now[0] = 301.0
    assert [ask_model(PROS).degraded for _ in range(2)] == [False, False]


def test_a_refusal_does_not_open_it(ask_model: AskModel, server: OpenAIServer) -> None:
    server.script = [r.Refusal()] * 5
    assert [ask_model(PROS).degraded for _ in range(6)] == [True] * 5 + [False]
