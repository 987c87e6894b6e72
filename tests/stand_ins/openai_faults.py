"""Replies that break: the protocol, the connection, or the visitor's patience.

Faults in the middle take the answer that they break. Where the client asked for no stream, "some
content" is half of the JSON body.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from .openai_answers import Answer, Reply, Text, wants_stream
from .openai_errors import InvalidJSONBody
from .openai_requests import ApiRequest
from .openai_wire import EVENT_STREAM, JSON, Wire, dump, error_body


@dataclass(frozen=True)
class Drop(Reply):
    """Takes the request and closes the connection without a word."""

    reset: bool = False

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        await wire.cut(reset=self.reset)


@dataclass(frozen=True)
class Hang(Reply):
    """Takes the request and never sends a byte."""

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        await wire.silence()


@dataclass(frozen=True)
class HeadersThenHang(Reply):
    """Sends status and headers, then nothing."""

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        await wire.head(200, EVENT_STREAM if wants_stream(request) else JSON)
        await wire.silence()


@dataclass(frozen=True)
class SlowHeaders(Reply):
    """Nothing for a while, then another reply."""

    delay_s: float
    then: Reply = field(default_factory=Text)

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        await asyncio.sleep(self.delay_s)
        await self.then.play(wire, request)


@dataclass(frozen=True)
class Fragmented(Reply):
    """Another reply whose body is cut anywhere, inside characters too. Legal, and hard to read."""

    size_bytes: int = 3
    reply: Reply = field(default_factory=Text)

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        wire.fragment_size = self.size_bytes
        await self.reply.play(wire, request)


@dataclass(frozen=True)
class StallAfter(Reply):
    """Some content, then nothing more; with pings the connection looks alive."""

    chunks: int = 2
    pings: bool = False
    """Comments in a stream, line feeds in a JSON body: read timeouts never see a gap."""
    ping_interval_s: float = 0.1
    answer: Answer = field(default_factory=Text)

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        await _begin(wire, request, self.answer, self.chunks)
        while self.pings:
            await asyncio.sleep(self.ping_interval_s)
            await wire.body(b": ping\n\n" if wants_stream(request) else b"\n")
        await wire.silence()


@dataclass(frozen=True)
class CutAfter(Reply):
    """Some content, then the connection is gone."""

    chunks: int = 2
    reset: bool = False
    answer: Answer = field(default_factory=Text)

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        await _begin(wire, request, self.answer, self.chunks)
        await wire.cut(reset=self.reset)


@dataclass(frozen=True)
class ErrorMidStream(Reply):
    """Some content, then an error as an event: the status said 200 long ago."""

    chunks: int = 2
    message: str = "The server had an error while processing your request."
    answer: Answer = field(default_factory=Text)

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        error = error_body(self.message, "server_error")
        if not wants_stream(request):
            await wire.whole(500, JSON, dump(error))
            return
        await self.answer.begin(wire, request, self.chunks)
        await wire.event(error)
        await wire.end()


@dataclass(frozen=True)
class MalformedSSE(Reply):
    """Some content, then an event whose JSON is broken; without a stream, a broken body."""

    chunks: int = 0
    data: str = '{"id": "chatcmpl-1", "choices": [{"index": 0, "del'
    answer: Answer = field(default_factory=Text)

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        if not wants_stream(request):
            await InvalidJSONBody(self.data).play(wire, request)
            return
        await self.answer.begin(wire, request, self.chunks)
        await wire.event(self.data)
        await wire.event("[DONE]")
        await wire.end()


@dataclass(frozen=True)
class NoDone(Reply):
    """A complete stream that ends without its `[DONE]`; nothing is amiss without a stream."""

    answer: Answer = field(default_factory=Text)

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        if not wants_stream(request):
            await self.answer.play(wire, request)
            return
        await self.answer.finish(wire, await self.answer.begin(wire, request))
        await wire.end()


@dataclass(frozen=True)
class TrailingGarbage(Reply):
    """A complete answer with something after its end, `[DONE]` or the last byte of the body."""

    garbage: str = 'data: {"broken\n\n\x00\x00'
    answer: Answer = field(default_factory=Text)

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        if wants_stream(request):
            await self.answer.finish(wire, await self.answer.begin(wire, request))
            await wire.event("[DONE]")
            await wire.body(self.garbage.encode())
            await wire.end()
            return
        body = self.answer.body(request)
        await wire.head(200, JSON, length=len(body))
        await wire.body(body + self.garbage.encode())
        await wire.cut()


@dataclass(frozen=True)
class WrongContentType(Reply):
    """The right body under the wrong name."""

    content_type: str = "text/plain; charset=utf-8"
    answer: Answer = field(default_factory=Text)

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        if not wants_stream(request):
            await wire.whole(200, self.content_type, self.answer.body(request))
            return
        completion = await self.answer.begin(wire, request, content_type=self.content_type)
        await self.answer.finish(wire, completion)
        await wire.event("[DONE]")
        await wire.end()


async def _begin(wire: Wire, request: ApiRequest, answer: Answer, chunks: int) -> None:
    if wants_stream(request):
        await answer.begin(wire, request, chunks)
        return
    body = answer.body(request)
    await wire.head(200, JSON)
    await wire.body(body[: len(body) // 2])
