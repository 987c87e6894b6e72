"""Every reply of the stand-in, as the real clients meet it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import openai
import pytest
from langchain_openai import ChatOpenAI

from . import openai_replies as r
from .openai_clients import ASK, chat_model, read
from .openai_server import OpenAIServer

SCORE: Any = {
    "title": "score_hiring",
    "description": "Score the facts.",
    "type": "object",
    "properties": {"budget": {"type": "string"}, "weeks": {"type": "integer"}},
    "required": ["budget", "weeks"],
}
FORCED: Any = {"tool_choice": "score_hiring", "strict": True, "parallel_tool_calls": False}


def name(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else type(value).__name__


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture
def client(server: OpenAIServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.base_url, api_key="any", max_retries=0) as running:
        yield running


@pytest.fixture
async def model(server: OpenAIServer) -> AsyncIterator[ChatOpenAI]:
    async with chat_model(server) as running:
        yield running


COMPLETE: list[r.Reply] = [
    r.Text(),
    r.Text(["This is a fixed sentence", " of the stand-in."], delay_first_s=0.02),
    r.NoDone(),
    r.TrailingGarbage(),
    r.WrongContentType(),
    r.SlowHeaders(0.02),
    r.Fragmented(1),
    r.UsageLying(),
    r.UsageMissing(),
]
UNANSWERED: list[tuple[r.Reply, type[Exception]]] = [
    (r.Status(400), openai.BadRequestError),
    (r.Status(401), openai.AuthenticationError),
    (r.Status(403), openai.PermissionDeniedError),
    (r.Status(404), openai.NotFoundError),
    (r.Status(429), openai.RateLimitError),
    (r.Status(429, error_code="insufficient_quota"), openai.RateLimitError),
    (r.Status(500), openai.InternalServerError),
    (r.Status(529), openai.InternalServerError),
    (r.HtmlPage(502), openai.InternalServerError),
    (r.HtmlPage(), ValueError),
    (r.InvalidJSONBody(), ValueError),
    (r.MalformedSSE(), json.JSONDecodeError),
    (r.ContextTooLong(), openai.BadRequestError),
    (r.Drop(), openai.APIConnectionError),
    (r.Drop(reset=True), openai.APIConnectionError),
    (r.Hang(), openai.APITimeoutError),
    (r.HeadersThenHang(), openai.APITimeoutError),
]
BROKEN_OFF: list[tuple[r.Reply, type[Exception]]] = [
    (r.StallAfter(2), openai.APITimeoutError),
    (r.StallAfter(2, pings=True), TimeoutError),
    (r.CutAfter(2), openai.APIConnectionError),
    (r.CutAfter(2, reset=True), openai.APIConnectionError),
    (r.ErrorMidStream(2), openai.APIError),
    (r.MalformedSSE(2), json.JSONDecodeError),
]
ODD: list[tuple[r.Reply, str, str]] = [
    (r.EmptyContent(), "", "stop"),
    (r.WhitespaceContent(), " \n\t\u00a0 ", "stop"),
    (r.ReasoningOnly(), "", "stop"),
    (r.Refusal(), "", "stop"),
    (r.LengthCut(), "Full-time engineers stay. They know the sys", "length"),
    (r.ContentFilter(), "Freelancers are", "content_filter"),
    (r.Fragmented(1, r.Text("größer 🙂 €")), "größer 🙂 €", "stop"),
]


@pytest.mark.parametrize("reply", COMPLETE, ids=name)
async def test_a_complete_answer_is_read_whole(
    server: OpenAIServer, model: ChatOpenAI, reply: r.Reply
) -> None:
    server.always(reply)
    whole, error = await read(model)
    assert (whole.content, error) == (r.SENTENCE, None)
    assert (await model.ainvoke(ASK)).content == r.SENTENCE


@pytest.mark.parametrize(
    ("reply", "oddity"),
    [
        (r.Text(), []),
        (r.NoDone(), ["not done"]),
        (r.TrailingGarbage(), ["goes on after the end"]),
        (r.WrongContentType(), ["is called something else"]),
        (r.Fragmented(3), ["in tiny pieces"]),
        (r.SlowHeaders(0.2), ["late"]),
    ],
    ids=name,
)
def test_what_clients_forgive_is_on_the_wire_all_the_same(
    server: OpenAIServer, reply: r.Reply, oddity: list[str]
) -> None:
    server.script = [reply]
    body = {"model": "stand-in", "messages": ASK, "stream": True}
    url, key = f"{server.base_url}/chat/completions", {"authorization": "Bearer any"}
    with httpx.stream("POST", url, json=body, headers=key, verify=False) as answer:
        pieces = list(answer.iter_raw())
    _, done, rest = b"".join(pieces).partition(b"data: [DONE]\n\n")
    oddities = {
        "not done": not done,
        "goes on after the end": bool(rest),
        "is called something else": "event-stream" not in answer.headers["content-type"],
        "in tiny pieces": max(map(len, pieces)) <= 3,
        "late": answer.elapsed.total_seconds() > 0.15,
    }
    assert [what for what, seen in oddities.items() if seen] == oddity


@pytest.mark.parametrize(("reply", "error"), UNANSWERED, ids=name)
async def test_a_reply_that_is_no_answer_raises(
    server: OpenAIServer, model: ChatOpenAI, reply: r.Reply, error: type[Exception]
) -> None:
    server.always(reply)
    whole, raised = await read(model)
    assert isinstance(raised, error)
    assert whole.content == ""
    with pytest.raises(error):
        await model.ainvoke(ASK)


@pytest.mark.parametrize(("reply", "error"), BROKEN_OFF, ids=name)
async def test_what_came_before_a_fault_was_read(
    server: OpenAIServer, model: ChatOpenAI, reply: r.Reply, error: type[Exception]
) -> None:
    server.script = [reply]
    whole, raised = await read(model)
    assert isinstance(raised, error)
    assert whole.content == "This is a fixed sentence of the "


@pytest.mark.parametrize(("reply", "content", "finish"), ODD, ids=name)
async def test_what_the_model_does_wrong_arrives_as_it_is(
    server: OpenAIServer, model: ChatOpenAI, reply: r.Reply, content: str, finish: str
) -> None:
    server.always(reply)
    whole, _ = await read(model)
    message = await model.ainvoke(ASK)
    for got in (whole, message):
        assert (got.content, got.response_metadata["finish_reason"]) == (content, finish)


async def test_a_body_that_never_ends_outlives_every_timeout_of_the_client(
    server: OpenAIServer, model: ChatOpenAI
) -> None:
    server.script = [r.StallAfter(pings=True)]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(model.ainvoke(ASK), timeout=1.0)
    assert server.wait_for_disconnect(1.0)


async def test_usage_comes_with_streams_and_can_lie_or_be_missing(
    server: OpenAIServer, model: ChatOpenAI
) -> None:
    server.script = [r.Text(), r.UsageLying(usage=r.Usage(7, 11)), r.UsageMissing()]
    totals = [(await read(model))[0].usage_metadata for _ in range(3)]
    sentence = r.count_tokens(r.SENTENCE)
    assert [usage and usage["output_tokens"] for usage in totals] == [sentence, 11, None]


@pytest.mark.parametrize(
    ("reply", "calls", "invalid"),
    [
        (r.ToolCall(), [("score_hiring", {})], 0),
        (
            r.ToolCall(arguments={"budget": "low", "weeks": 2}, ids=("call_a",)),
            [("score_hiring", {"budget": "low", "weeks": 2})],
            0,
        ),
        (r.ToolCall(arguments='{"budget": '), [], 1),
        (r.ToolCall(count=2), [("score_hiring", {})] * 2, 0),
        (
            r.TwoTools({"weeks": 2}, {"weeks": 9}),
            [("score_hiring", {"weeks": 2}), ("score_hiring", {"weeks": 9})],
            0,
        ),
        (r.UnknownTool(), [("hire_everyone", {})], 0),
        (r.Text(), [], 0),
    ],
    ids=name,
)
async def test_a_forced_tool_call_arrives_as_programmed(
    server: OpenAIServer, model: ChatOpenAI, reply: r.Reply, calls: list[Any], invalid: int
) -> None:
    server.on_tool = lambda _: reply
    bound = model.bind_tools([SCORE], **FORCED)
    message = await bound.ainvoke(ASK)
    assert [(call["name"], call["args"]) for call in message.tool_calls] == calls
    assert len(message.invalid_tool_calls) == invalid
    if not invalid:
        whole, _ = await read(bound)
        assert [(call["name"], call["args"]) for call in whole.tool_calls] == calls
    assert (server.requests[0].forced_tool, server.refused) == ("score_hiring", [])


async def test_a_trickle_keeps_every_gap_short(server: OpenAIServer, model: ChatOpenAI) -> None:
    server.script = [r.Trickle(0.05)]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(read(model), timeout=1.0)


def test_a_huge_answer_is_as_huge_as_wanted(server: OpenAIServer, client: openai.OpenAI) -> None:
    server.script = [r.HugeAnswer(300_000)]
    stream = client.chat.completions.create(model="stand-in", messages=ASK, stream=True)
    pieces = [event.choices[0].delta.content or "" for event in stream]
    assert sum(map(len, pieces)) == 300_000


def test_refusal_and_reasoning_have_fields_of_their_own(
    server: OpenAIServer, client: openai.OpenAI
) -> None:
    server.script = [r.Refusal("No."), r.ReasoningOnly("Hm.")]
    refused, thought = (
        client.chat.completions.create(model="stand-in", messages=ASK).choices[0].message
        for _ in range(2)
    )
    assert (refused.refusal, refused.content) == ("No.", None)
    assert (thought.content, (thought.model_extra or {})["reasoning_content"]) == ("", "Hm.")
