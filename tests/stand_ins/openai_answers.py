"""Replies that keep to the protocol: whatever is wrong with them, it is the model's doing.

A reply is a frozen value that knows how to play itself on the wire; `openai_faults` has the
replies that break the protocol.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, TypeGuard

from .openai_completion import Completion, Kind, Usage, split
from .openai_embeddings import embeddings_body
from .openai_requests import ApiRequest, ChatRequest, EmbeddingsRequest, ModelsRequest
from .openai_wire import EVENT_STREAM, JSON, Wire, dump

_NOTHING = Usage(prompt_tokens=0, completion_tokens=0)

SENTENCE = "This is a fixed sentence of the stand-in."


class Reply(ABC):
    """What the server does with one request."""

    @abstractmethod
    async def play(self, wire: Wire, request: ApiRequest) -> None:
        """Answer on the wire. Cancelled when the client hangs up or the server stops."""


class Answer(Reply):
    """A reply in good order. Asked for embeddings or models it gives the true ones."""

    @abstractmethod
    def completion(self, request: ChatRequest) -> Completion:
        """Return what the model says."""

    def body(self, request: ApiRequest) -> bytes:
        """Return the whole JSON body for a request that asked for no stream."""
        if isinstance(request, EmbeddingsRequest):
            return dump(embeddings_body(request))
        if isinstance(request, ModelsRequest):
            return dump(request.answer)
        return dump(self.completion(request).body())

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        if wants_stream(request):
            await self.finish(wire, await self.begin(wire, request))
            await wire.event("[DONE]")
            await wire.end()
            return
        if isinstance(request, ChatRequest):
            # Without a stream the client waits as long as the model writes.
            completion = self.completion(request)
            pauses = completion.delay_chunk_s * max(len(completion.pieces) - 1, 0)
            await asyncio.sleep(completion.delay_first_s + pauses)
        await wire.whole(200, JSON, self.body(request))

    async def begin(
        self,
        wire: Wire,
        request: ChatRequest,
        chunks: int | None = None,
        content_type: str = EVENT_STREAM,
    ) -> Completion:
        """Stream the opening and the first `chunks` content events (None: all of them)."""
        completion = self.completion(request)
        await wire.head(200, content_type, headers={"cache-control": "no-cache"})
        for event in completion.opening():
            await wire.event(event)
        pause = completion.delay_first_s
        for event in islice(completion.contents(), chunks):
            await asyncio.sleep(pause)
            await wire.event(event)
            pause = completion.delay_chunk_s
        return completion

    async def finish(self, wire: Wire, completion: Completion) -> None:
        """Stream why the model stopped and what it cost; `[DONE]` and the end are left to do."""
        for event in completion.closing():
            await wire.event(event)


def wants_stream(request: ApiRequest) -> TypeGuard[ChatRequest]:
    """Whether the answer goes out as a stream of events."""
    return isinstance(request, ChatRequest) and request.stream


@dataclass(frozen=True)
class Text(Answer):
    """The model writes text."""

    content: str | Sequence[str] = SENTENCE
    """A string is cut into events of `chunk_size` characters; a sequence is sent as it stands."""
    finish_reason: str = "stop"
    chunk_size: int = 16
    delay_first_s: float = 0.0
    delay_chunk_s: float = 0.0
    usage: Usage | Literal["auto"] | None = "auto"
    kind: Kind = field(default="content", kw_only=True)

    def completion(self, request: ChatRequest) -> Completion:
        content = self.content
        return Completion(
            request,
            pieces=split(content, self.chunk_size) if isinstance(content, str) else content,
            kind=self.kind,
            finish_reason=self.finish_reason,
            usage=self.usage,
            delay_first_s=self.delay_first_s,
            delay_chunk_s=self.delay_chunk_s,
        )


@dataclass(frozen=True)
class Refusal(Text):
    """The model refuses, in the field that the API has for it."""

    content: str | Sequence[str] = "I'm sorry, I can't help with that."
    kind: Kind = field(default="refusal", kw_only=True)


@dataclass(frozen=True)
class EmptyContent(Text):
    """The model says nothing."""

    content: str | Sequence[str] = ""


@dataclass(frozen=True)
class WhitespaceContent(Text):
    """The model says nothing at some length."""

    content: str | Sequence[str] = (" \n", "\t", "\u00a0 ")


@dataclass(frozen=True)
class ReasoningOnly(Text):
    """The model thinks, in the field that compatible servers have for it, and never answers."""

    content: str | Sequence[str] = "The visitor asks whom to hire. Let me think about it."
    kind: Kind = field(default="reasoning_content", kw_only=True)


@dataclass(frozen=True)
class LengthCut(Text):
    """The token limit ends the answer inside a word."""

    content: str | Sequence[str] = "Full-time engineers stay. They know the sys"
    finish_reason: str = "length"


@dataclass(frozen=True)
class ContentFilter(Text):
    """The provider's filter ends the answer."""

    content: str | Sequence[str] = "Freelancers are"
    finish_reason: str = "content_filter"


@dataclass(frozen=True)
class UsageMissing(Text):
    """No usage, also where the client asked for it."""

    usage: Usage | Literal["auto"] | None = None


@dataclass(frozen=True)
class UsageLying(Text):
    """A usage that has nothing to do with the text."""

    usage: Usage | Literal["auto"] | None = _NOTHING


@dataclass(frozen=True)
class Trickle(Answer):
    """A token now and then: each gap is short enough, the whole is not."""

    token_interval_s: float = 2.0
    content: str = SENTENCE * 100

    def completion(self, request: ChatRequest) -> Completion:
        interval = self.token_interval_s
        text = Text(self.content, chunk_size=4, delay_first_s=interval, delay_chunk_s=interval)
        return text.completion(request)


@dataclass(frozen=True)
class HugeAnswer(Answer):
    """As many bytes of ASCII text as the wire takes, as fast as it takes them."""

    size_bytes: int = 1_048_576
    chunk_size: int = 1024

    def completion(self, request: ChatRequest) -> Completion:
        line = f"{SENTENCE} "
        text = (line * (self.size_bytes // len(line) + 1))[: self.size_bytes]
        return Text(text, chunk_size=self.chunk_size).completion(request)
