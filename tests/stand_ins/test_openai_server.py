"""The stand-in's own behaviour: what it records, refuses, and does when it starts and stops."""

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
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from . import openai_replies as r
from .openai_clients import ANY_KEY, ASK, chat_model, read
from .openai_server import OpenAIServer

OPEN_SCHEMA: Any = {"type": "object", "properties": {"budget": {"type": "string"}}}


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


@pytest.mark.parametrize("reply", [r.Hang(), r.StallAfter(1, pings=True), r.Trickle(0.1)], ids=name)
async def test_a_client_that_hangs_up_is_noticed(
    server: OpenAIServer, model: ChatOpenAI, reply: r.Reply
) -> None:
    # Up to Python 3.11 the limit on gaps may swallow a cancellation that meets a chunk.
    model.stream_chunk_timeout = None
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
                        "function": {"name": "f", "strict": True, "parameters": OPEN_SCHEMA},
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
            client = openai.OpenAI(base_url=server.base_url, api_key="any", max_retries=0)
            with client, pytest.raises(openai.APIConnectionError):
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
