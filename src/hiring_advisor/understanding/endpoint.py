"""The wire to an OpenAI-compatible endpoint: the official client sends, the replies are read here.

The client makes the request, keys, pool and errors; it would also build an object for each token,
which costs more than all else of a turn. `bench/model_client.py` measures it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import orjson

from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.understanding.failures import in_stream

if TYPE_CHECKING:
    from httpx2 import Response
    from openai import AsyncOpenAI

MAX_BODY = 262_144
"""Bytes of one reply that is no stream, or of one event: no honest one has as many."""
_END_S = 0.05
_PATH = "/chat/completions"


@dataclass(slots=True)
class Delta:
    """What one event of a stream brings."""

    text: str = ""
    refusal: bool = False
    finish: str | None = None
    usage: Mapping[str, Any] | None = None
    model: str | None = None


class Endpoint:
    """Sends bodies to one address with one key. The client is loaded at the first call."""

    def __init__(self, *, api_key: str, base_url: str | None, connect_s: float) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._connect_s = connect_s
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, _Held] = WeakKeyDictionary()

    async def complete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send a body that asks for no stream; return the JSON object of the reply."""
        response = await self._send(body)
        try:
            data = bytearray()
            async with aclosing(response.aiter_bytes()) as pieces:
                async for piece in pieces:
                    data += piece
                    if len(data) > MAX_BODY:
                        raise ValueError("a reply beyond all bounds")
        finally:
            await response.aclose()
        reply = orjson.loads(data)
        if not isinstance(reply, dict):
            raise TypeError("a reply that is no object")
        return reply

    async def stream(self, body: Mapping[str, Any]) -> AsyncGenerator[list[Delta]]:
        """Send a body that asks for a stream; yield what each piece of the network brings.

        A piece may bring nothing, such as a comment. Closing the iterator closes the connection.
        """
        response = await self._send(body)
        try:
            reader = EventReader()
            # Left to the garbage collector, it might be closed twice while the loop ends.
            async with aclosing(response.aiter_bytes()) as pieces:
                async for piece in pieces:
                    deltas = reader.feed(piece)
                    yield deltas
                    if reader.is_done:
                        await _drain(pieces)
                        break
            if not reader.count:
                raise ValueError("a reply without a single event")
        finally:
            await response.aclose()

    async def _send(self, body: Mapping[str, Any]) -> Response:
        import httpx2
        import openai

        client: Any = await self._client()
        response: Response = await client.post(
            _PATH, body=body, cast_to=httpx2.Response, stream=True, stream_cls=openai.AsyncStream
        )
        return response

    async def _client(self) -> AsyncOpenAI:
        """The client of the running loop: connections cannot be used from another one."""
        loop = asyncio.get_running_loop()
        held = self._clients.get(loop)
        if held is None:
            import openai

            # A redirect would carry the key and the visitor's words to somebody else.
            http = openai.DefaultAsyncHttpxClient(follow_redirects=False)
            client = openai.AsyncOpenAI(
                api_key=self._api_key,
                base_url=self._base_url,
                http_client=http,
                max_retries=0,
                # Reading has deadlines of its own, for content and not for bytes.
                timeout=openai.Timeout(None, connect=self._connect_s),
            )
            held = self._clients[loop] = _Held(client, until_the_loop_ends(http.aclose))
            await anext(held.keeper)
        return held.client


@dataclass(slots=True)
class _Held:
    client: AsyncOpenAI
    keeper: AsyncIterator[None]


async def until_the_loop_ends(close: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Hold connections open: a loop that ends closes its generators, and this one closes them."""
    try:
        yield
    finally:
        await close()


class EventReader:
    """Reads server-sent events from pieces of bytes that may be cut anywhere."""

    def __init__(self) -> None:
        self.count = 0
        self.is_done = False
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[Delta]:
        """The deltas of the events that this piece completes.

        Raises `ModelUnavailable` for an error that comes as an event, and an error of what kind
        so ever where an event is no completion chunk.
        """
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > MAX_BODY:
            raise ValueError("an event beyond all bounds")
        deltas: list[Delta] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[5:].strip())
            elif not line.strip() and self._data:
                data = b"\n".join(self._data)
                self._data.clear()
                self.count += 1
                if data == b"[DONE]":
                    self.is_done = True
                    deltas.append(Delta(finish="done"))
                    break
                deltas.append(_delta(orjson.loads(data)))
        return deltas


def _delta(event: Any) -> Delta:
    if event.get("error"):
        raise in_stream(event["error"])
    usage = event.get("usage")
    choices = event["choices"]
    if not choices:
        return Delta(usage=usage)
    delta = choices[0].get("delta") or {}
    text = delta.get("content") or ""
    if not isinstance(text, str):
        raise ModelUnavailable("The language model says what is no text.", "malformed")
    finish = choices[0].get("finish_reason")
    return Delta(text, bool(delta.get("refusal")), finish, usage, event.get("model"))


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    """Read to the end of a stream that is done, so that its connection serves again."""
    try:
        async with asyncio.timeout(_END_S):
            async for _ in pieces:
                break
    except Exception:  # noqa: S110  # all was said: the connection is closed in place of kept
        pass
