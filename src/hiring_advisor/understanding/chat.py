"""The language model behind an OpenAI-compatible endpoint, with deadlines of our own.

Two kinds of calls: one form filled by a forced tool call, and one text streamed. Whatever goes
wrong on the wire becomes `ModelUnavailable` with a reason for logs; nobody outside sees more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from hiring_advisor import tracing
from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.understanding.breaker import Breaker
from hiring_advisor.understanding.failures import mapped, pause_before_retry, retry_after

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_openai import ChatOpenAI

MAX_ANSWER_TOKENS = 500
MAX_ANSWER_CHARACTERS = 6000


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds until a connection, the first content, between two pieces, and for a whole answer."""

    connect_s: float = 3.0
    first_content_s: float = 8.0
    gap_s: float = 10.0
    whole_s: float = 20.0


@dataclass(slots=True)
class Spent:
    """What the calls of one turn cost; filled in as they go."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, usage: Any) -> None:
        """Add a provider's usage; one that is missing or odd counts as nothing."""
        if isinstance(usage, dict):
            self.prompt_tokens += _whole(usage.get("input_tokens"))
            self.completion_tokens += _whole(usage.get("output_tokens"))


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 10_000_000 else 0


class ChatModel:
    """A chat model by name and address. The client is loaded at the first call, or by `warm`."""

    def __init__(
        self,
        model: str,
        *,
        api_key: str,
        base_url: str | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        self.name = model
        self._api_key = api_key
        self._base_url = base_url
        place = urlsplit(base_url or "https://api.openai.com")
        self._place = place.hostname or "", place.port or (80 if place.scheme == "http" else 443)
        self.deadlines = deadlines or Deadlines()
        self.breaker = Breaker()
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, _Client] = WeakKeyDictionary()

    def warm(self) -> None:
        """Load the client now; it takes over a second, better before the first visitor."""
        import langchain_openai  # noqa: F401

    async def _client(self) -> ChatOpenAI:
        """The client of the running loop: connections cannot be used from another one."""
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = await self._connect()
        return client.model

    async def _connect(self) -> _Client:
        import openai
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        limits = self.deadlines
        # A redirect would carry the key and the visitor's words to somebody else.
        http = openai.DefaultAsyncHttpxClient(follow_redirects=False)
        model = ChatOpenAI(
            model=self.name,
            api_key=SecretStr(self._api_key),
            base_url=self._base_url,
            temperature=0,
            timeout=openai.Timeout(limits.gap_s, connect=limits.connect_s),
            max_retries=0,
            max_completion_tokens=MAX_ANSWER_TOKENS,
            stream_usage=True,
            use_responses_api=False,
            stream_chunk_timeout=None,
            http_async_client=http,
        )
        keeper = _until_the_loop_ends(http)
        await anext(keeper)
        return _Client(model, keeper)

    async def fill_form(self, tool: Any, system: str, user: str, spent: Spent) -> dict[str, Any]:
        """Have the model fill a tool's arguments; return them as they came, unchecked.

        Raises `ModelUnavailable` when the call fails, is late or brings no such arguments.
        """
        ends = _now() + self.deadlines.connect_s + self.deadlines.first_content_s
        try:
            reply = await self._fill(tool, system, user, spent, ends)
        except ModelUnavailable as failure:
            await _pause(failure)
            reply = await self._fill(tool, system, user, spent, ends)
        spent.add(getattr(reply, "usage_metadata", None))
        for call in getattr(reply, "tool_calls", ()):
            if call.get("name") == tool.name and isinstance(call.get("args"), dict):
                return dict(call["args"])
        raise ModelUnavailable("The language model filled no form.", "tool_args_invalid")

    async def _fill(self, tool: Any, system: str, user: str, spent: Spent, ends: float) -> Any:
        """One call of the form."""
        self.breaker.check()
        spent.calls += 1
        with tracing.chat(self.name, MAX_ANSWER_TOKENS, *self._place, stream=False) as span:
            try:
                async with asyncio.timeout_at(ends):
                    form = (await self._client()).bind_tools(
                        [tool], tool_choice=tool.name, strict=True, parallel_tool_calls=False
                    )
                    reply = await form.ainvoke(_messages(system, user))
            except Exception as error:
                raise self._failed(error) from error
            tracing.chunk(span, reply.response_metadata, reply.usage_metadata)
        self.breaker.succeeded()
        return reply

    async def stream(self, system: str, user: str, spent: Spent) -> AsyncIterator[str]:
        """Stream an answer's text, piece by piece, none empty.

        Raises `ModelUnavailable` when the connection, the first content or the next piece is late
        or broken, when the answer is filtered, empty (the client gives no text of a refusal) or
        cut off at the token limit.
        Closing the iterator closes the connection.
        """
        ends = _now() + self.deadlines.whole_s
        said = False
        try:
            async for piece in self._attempt(system, user, spent, ends):
                said = True
                yield piece
        except ModelUnavailable as failure:
            if said:  # what was shown cannot be begun again
                raise
            await _pause(failure)
            async for piece in self._attempt(system, user, spent, ends):
                yield piece

    async def _attempt(
        self, system: str, user: str, spent: Spent, ends: float
    ) -> AsyncIterator[str]:
        """One call of the text: its pieces to the end, or until there are too many of them."""
        self.breaker.check()
        spent.calls += 1
        model = await self._client()
        source = model.astream(_messages(system, user))
        begun = _now()
        total = 0
        is_empty = True
        with tracing.chat(self.name, MAX_ANSWER_TOKENS, *self._place, stream=True) as span:
            try:
                while total < MAX_ANSWER_CHARACTERS:
                    gap = self.deadlines.gap_s if total else self.deadlines.first_content_s
                    piece = await self._next_text(source, min(_now() + gap, ends), spent, span)
                    if piece is None:
                        break
                    self.breaker.succeeded()
                    if not total:
                        tracing.first_chunk(span, _now() - begun)
                    total += len(piece)
                    is_empty = is_empty and not piece.strip()
                    yield piece
            finally:
                await source.aclose()  # type: ignore[attr-defined]
            if is_empty:
                raise ModelUnavailable("The language model said nothing.", "empty")

    async def _next_text(
        self, source: AsyncIterator[BaseMessage], until: float, spent: Spent, span: tracing.Span
    ) -> str | None:
        """The next piece that has text, or None at the end. The limit is for content, not pings."""
        try:
            async with asyncio.timeout_at(until):
                async for chunk in source:
                    usage = getattr(chunk, "usage_metadata", None)
                    spent.add(usage)
                    tracing.chunk(span, chunk.response_metadata, usage)
                    finish = (chunk.response_metadata or {}).get("finish_reason")
                    if finish == "content_filter":
                        raise ModelUnavailable("The language model declined.", "content_filter")
                    if finish == "length":
                        raise ModelUnavailable("The language model was cut off.", "length")
                    if chunk.text:
                        return str(chunk.text)
                return None
        except Exception as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> ModelUnavailable:
        """Name a failure, and tell the breaker of those that the endpoint is to blame for."""
        failure = mapped(error)
        self.breaker.failed(failure.reason, retry_after(error))
        return failure


@dataclass(slots=True)
class _Client:
    """A client and what closes it."""

    model: ChatOpenAI
    keeper: AsyncIterator[None]


async def _until_the_loop_ends(http: Any) -> AsyncIterator[None]:
    """Hold connections open: a loop that ends closes its generators, and this one closes them."""
    try:
        yield
    finally:
        await http.aclose()


async def _pause(failure: ModelUnavailable) -> None:
    """Wait before the one further try, or raise the failure where it would not help."""
    seconds = pause_before_retry(failure)
    if seconds is None:
        raise failure
    await asyncio.sleep(seconds)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _messages(system: str, user: str) -> list[tuple[str, str]]:
    return [("system", system), ("human", user)]
