"""The language model behind an OpenAI-compatible endpoint, with deadlines of our own.

Two kinds of calls: one form filled by a forced tool call, and one text streamed. Whatever goes
wrong on the wire becomes `ModelUnavailable` with a reason for logs; nobody outside sees more.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hiring_advisor.errors import ModelUnavailable

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_openai import ChatOpenAI

MAX_ANSWER_TOKENS = 500
MAX_ANSWER_CHARACTERS = 6000


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds until a connection, the first content, and between two pieces of content."""

    connect_s: float = 3.0
    first_content_s: float = 8.0
    gap_s: float = 10.0


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
        self.deadlines = deadlines or Deadlines()
        self._client: ChatOpenAI | None = None

    def warm(self) -> None:
        """Load the client now; it takes over a second, better before the first visitor."""
        self._loaded()

    def _loaded(self) -> ChatOpenAI:
        if self._client is None:
            import httpx2
            from langchain_openai import ChatOpenAI
            from pydantic import SecretStr

            limits = self.deadlines
            self._client = ChatOpenAI(
                model=self.name,
                api_key=SecretStr(self._api_key),
                base_url=self._base_url,
                temperature=0,
                timeout=httpx2.Timeout(limits.gap_s, connect=limits.connect_s),
                max_retries=0,
                max_completion_tokens=MAX_ANSWER_TOKENS,
                stream_usage=True,
                use_responses_api=False,
                stream_chunk_timeout=None,
            )
        return self._client

    async def fill_form(self, tool: Any, system: str, user: str, spent: Spent) -> dict[str, Any]:
        """Have the model fill a tool's arguments; return them as they came, unchecked.

        Raises `ModelUnavailable` when the call fails, is late or brings no such arguments.
        """
        client = self._loaded().bind_tools(
            [tool], tool_choice=tool.name, strict=True, parallel_tool_calls=False
        )
        spent.calls += 1
        limit = self.deadlines.connect_s + self.deadlines.first_content_s
        try:
            async with asyncio.timeout(limit):
                reply = await client.ainvoke(_messages(system, user))
        except Exception as error:
            raise _mapped(error) from error
        spent.add(getattr(reply, "usage_metadata", None))
        for call in getattr(reply, "tool_calls", ()):
            if call.get("name") == tool.name and isinstance(call.get("args"), dict):
                return dict(call["args"])
        raise ModelUnavailable("The language model filled no form.", "tool_args_invalid")

    async def stream(self, system: str, user: str, spent: Spent) -> AsyncIterator[str]:
        """Stream an answer's text, piece by piece, none empty.

        Raises `ModelUnavailable` when the connection, the first content or the next piece is late
        or broken, and when the model refuses or says nothing at all. Closing the iterator closes
        the connection.
        """
        spent.calls += 1
        source = self._loaded().astream(_messages(system, user))
        total = 0
        try:
            while total < MAX_ANSWER_CHARACTERS:
                limit = self.deadlines.gap_s if total else self.deadlines.first_content_s
                piece = await self._next_text(source, limit, spent)
                if piece is None:
                    break
                total += len(piece)
                yield piece
        finally:
            await source.aclose()  # type: ignore[attr-defined]
        if not total:
            raise ModelUnavailable("The language model said nothing.", "empty")

    async def _next_text(
        self, source: AsyncIterator[BaseMessage], limit_s: float, spent: Spent
    ) -> str | None:
        """The next piece that has text, or None at the end. The limit is for content, not pings."""
        try:
            async with asyncio.timeout(limit_s):
                async for chunk in source:
                    spent.add(getattr(chunk, "usage_metadata", None))
                    finish = (chunk.response_metadata or {}).get("finish_reason")
                    if finish == "content_filter" or chunk.additional_kwargs.get("refusal"):
                        raise ModelUnavailable("The language model declined.", "content_filter")
                    text = chunk.text
                    if text:
                        return str(text)
                return None
        except Exception as error:
            raise _mapped(error) from error


def _messages(system: str, user: str) -> list[tuple[str, str]]:
    return [("system", system), ("human", user)]


def _mapped(error: Exception) -> ModelUnavailable:
    """The reason of a failure, by the client's own error classes."""
    import openai

    if isinstance(error, ModelUnavailable):
        return error
    reason = "error"
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        reason = "timeout"
    elif isinstance(error, openai.APIConnectionError):
        reason = "connection"
    elif isinstance(error, openai.APIStatusError):
        reason = f"status_{error.status_code}"
    elif isinstance(error, json.JSONDecodeError | ValueError):
        reason = "malformed"
    return ModelUnavailable("The language model does not answer.", reason)
