"""The stand-in as the real clients meet it."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import openai
import pytest
from langchain_core.messages import AIMessageChunk
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import SecretStr

from . import openai_replies as r
from .openai_server import OpenAIServer

ASK: Any = [{"role": "user", "content": "Freelancers or full-time?"}]
ANY_KEY = SecretStr("any")
SCORE: Any = {
    "title": "score_hiring",
    "description": "Score the facts.",
    "type": "object",
    "properties": {"budget": {"type": "string"}, "weeks": {"type": "integer"}},
    "required": ["budget", "weeks"],
}
FORCED: Any = {"tool_choice": "score_hiring", "strict": True, "parallel_tool_calls": False}


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
    # Clients of its own: those that ChatOpenAI makes are shared by the whole process.
    blocking, client = openai.DefaultHttpxClient(), openai.DefaultAsyncHttpxClient()
    yield ChatOpenAI(
        model="stand-in",
        base_url=server.base_url,
        api_key=ANY_KEY,
        timeout=0.4,
        max_retries=0,
        stream_usage=True,
        stream_chunk_timeout=0.5,
        use_responses_api=False,
        http_client=blocking,
        http_async_client=client,
    )
    blocking.close()
    await client.aclose()


async def read(model: Any) -> tuple[AIMessageChunk, Exception | None]:
    """All that came, and the error that ended it."""
    whole = AIMessageChunk(content="")
    try:
        async for chunk in model.astream(ASK):
            whole += chunk
    except Exception as error:
        return whole, error
    return whole, None


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
    (r.Status(502, body="<html>", content_type="text/html"), openai.InternalServerError),
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


@pytest.mark.parametrize("reply", COMPLETE, ids=repr)
async def test_a_complete_answer_is_read_whole(
    server: OpenAIServer, model: ChatOpenAI, reply: r.Reply
) -> None:
    server.always(reply)
    whole, error = await read(model)
    assert (whole.content, error) == (r.SENTENCE, None)
    assert (await model.ainvoke(ASK)).content == r.SENTENCE


@pytest.mark.parametrize(("reply", "error"), UNANSWERED, ids=repr)
async def test_a_reply_that_is_no_answer_raises(
    server: OpenAIServer, model: ChatOpenAI, reply: r.Reply, error: type[Exception]
) -> None:
    server.always(reply)
    whole, raised = await read(model)
    assert isinstance(raised, error)
    assert whole.content == ""
    with pytest.raises(error):
        await model.ainvoke(ASK)


@pytest.mark.parametrize(("reply", "error"), BROKEN_OFF, ids=repr)
async def test_what_came_before_a_fault_was_read(
    server: OpenAIServer, model: ChatOpenAI, reply: r.Reply, error: type[Exception]
) -> None:
    server.script = [reply]
    whole, raised = await read(model)
    assert isinstance(raised, error)
    assert whole.content == "This is a fixed sentence of the "


@pytest.mark.parametrize(("reply", "content", "finish"), ODD, ids=repr)
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
    ids=repr,
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


@pytest.mark.parametrize("reply", [r.Hang(), r.StallAfter(1, pings=True), r.Trickle(0.1)], ids=repr)
async def test_a_client_that_hangs_up_is_noticed(
    server: OpenAIServer, model: ChatOpenAI, reply: r.Reply
) -> None:
    server.script = [reply]
    reading = asyncio.create_task(read(model))
    # Both waits block, and the client needs its event loop meanwhile.
    assert await asyncio.to_thread(server.wait_for_requests, 1, 1.0)
    assert not await asyncio.to_thread(server.wait_for_disconnect, 0.1)
    reading.cancel()
    assert await asyncio.to_thread(server.wait_for_disconnect, 1.0)
    assert server.abandoned == server.requests
    with pytest.raises(asyncio.CancelledError):
        await reading


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


def test_retry_after_is_sent_and_the_error_names_its_code(
    server: OpenAIServer, client: openai.OpenAI
) -> None:
    server.script = [r.Status(429, retry_after=1.5, error_code="insufficient_quota")]
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model="stand-in", messages=ASK)
    assert caught.value.response.headers["retry-after"] == "1.5"
    assert caught.value.code == "insufficient_quota"


def test_a_client_that_retries_meets_the_script_in_order(server: OpenAIServer) -> None:
    server.script = [r.Status(503, retry_after=0.01), r.Drop(), r.Text("At last.")]
    with openai.OpenAI(base_url=server.base_url, api_key="any", max_retries=2) as patient:
        answer = patient.chat.completions.create(model="stand-in", messages=ASK)
    assert answer.choices[0].message.content == "At last."
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"messages": []}, "too short"),
        ({"messages": [{"role": "robot", "content": "hi"}]}, "Invalid value"),
        ({"messages": [{"role": "tool", "content": "7", "tool_call_id": "a"}]}, "preceding"),
        ({"tool_choice": "required"}, "only allowed when 'tools'"),
        ({"parallel_tool_calls": False}, "only allowed when 'tools'"),
        ({"stream_options": {"include_usage": True}}, "only allowed when 'stream'"),
        ({"tools": [{"type": "function", "function": {"name": "no spaces"}}]}, "name"),
        (
            {
                "tools": [
                    {
                        "type": "function",
                        "function": {"name": "f", "strict": True, "parameters": SCORE},
                    }
                ]
            },
            "additionalProperties",
        ),
    ],
)
def test_a_request_that_the_real_api_would_refuse_is_refused(
    server: OpenAIServer, client: openai.OpenAI, wrong: dict[str, Any], why: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=why):
        client.chat.completions.create(**({"model": "stand-in", "messages": ASK} | wrong))
    assert len(server.refused) == 1
    assert server.requests == []


def test_what_was_asked_is_recorded(server: OpenAIServer, client: openai.OpenAI) -> None:
    client.chat.completions.create(model="stand-in", messages=ASK, temperature=0)
    (request,) = server.requests
    assert request.last_user_text == "Freelancers or full-time?"
    assert (request.model, request.stream, request.body["temperature"]) == ("stand-in", False, 0)
    assert request.headers["authorization"] == "Bearer any"
    assert json.loads(request.raw) == request.body
    server.clear()
    assert server.requests == []


def test_while_it_is_down_connections_are_refused(
    server: OpenAIServer, client: openai.OpenAI
) -> None:
    assert client.models.list().data[0].id == "stand-in"
    with server.down(), pytest.raises(openai.APIConnectionError):
        client.models.list()
    assert client.models.list().data[0].id == "stand-in"


def test_there_is_no_tls_behind_the_tls_address(server: OpenAIServer) -> None:
    with (
        openai.OpenAI(base_url=server.tls_url, api_key="any", max_retries=0) as client,
        pytest.raises(openai.APIConnectionError),
    ):
        client.models.list()


def test_a_broken_programme_fails_the_test_that_wrote_it() -> None:
    def broken(_: Any) -> r.Reply:
        raise LookupError("no such answer")

    def ask() -> None:
        with OpenAIServer() as server:
            server.on_text = broken
            with openai.OpenAI(base_url=server.base_url, api_key="any", max_retries=0) as client:
                with pytest.raises(openai.APIConnectionError):
                    client.chat.completions.create(model="stand-in", messages=ASK)

    with pytest.raises(LookupError, match="no such answer"):
        ask()


def test_it_starts_and_stops_at_once_even_when_clients_hang() -> None:
    request = json.dumps({"model": "stand-in", "messages": ASK}).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer any\r\n"
    whole = f"{head}Content-Length: {len(request)}\r\n\r\n".encode() + request
    began = time.perf_counter()
    with OpenAIServer() as server:
        started = time.perf_counter()
        server.always(r.Hang())
        address = ("127.0.0.1", int(server.base_url.split(":")[2].removesuffix("/v1")))
        hanging = [socket.create_connection(address, timeout=1.0) for _ in range(20)]
        for number, client in enumerate(hanging):
            client.sendall(whole if number % 2 else whole[:-9])
        assert server.wait_for_requests(10, 1.0)
        stopping = time.perf_counter()
    stopped = time.perf_counter()
    # Closed, not left: whoever waits for a byte gets the end of the stream or a reset.
    for client in hanging:
        with client, suppress(ConnectionResetError):
            assert client.recv(1) == b""
    assert started - began < 0.1
    assert stopped - stopping < 0.5
    assert server.abandoned == []


@pytest.mark.parametrize("size", [None, 256])
async def test_embeddings_are_unit_vectors_that_know_shared_words(
    server: OpenAIServer, size: int | None
) -> None:
    with openai.DefaultHttpxClient() as http:
        embeddings = OpenAIEmbeddings(
            model="text-embedding-3-small",
            dimensions=size,
            base_url=server.base_url,
            api_key=ANY_KEY,
            check_embedding_ctx_length=False,
            http_client=http,
        )
        texts = ["Freelancers are flexible.", "flexible freelancers", "Servers hum at night."]
        near, same, far = np.array(embeddings.embed_documents(texts))
    assert near.shape == (size or 1536,)
    assert np.linalg.norm(near) == pytest.approx(1.0, abs=1e-5)
    assert near @ same > 0.7 > 0.3 > abs(near @ far)


def test_embeddings_are_the_same_in_both_formats(client: openai.OpenAI) -> None:
    def vector(encoding: Any) -> list[float]:
        made = client.embeddings.create(model="any", input="two words", encoding_format=encoding)
        embedding: Any = made.data[0].embedding
        if isinstance(embedding, str):
            embedding = np.frombuffer(base64.b64decode(embedding), dtype="<f4").tolist()
        return list(embedding)

    assert vector("float") == pytest.approx(vector("base64"))
