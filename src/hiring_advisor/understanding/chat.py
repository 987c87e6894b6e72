"""The language model behind an OpenAI-compatible endpoint, with deadlines of our own.

Two kinds of calls: one form filled by a forced tool call, and one text streamed. Whatever goes
wrong on the wire becomes `ModelUnavailable` with a reason for logs; nobody outside sees more.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit

import orjson

from hiring_advisor import tracing
from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.understanding import budget as budgets
from hiring_advisor.understanding.breaker import Breaker
from hiring_advisor.understanding.budget import Budget
from hiring_advisor.understanding.endpoint import Delta, Endpoint
from hiring_advisor.understanding.failures import (
    BY_SETTINGS,
    LEAVES_THE_MODEL,
    advice,
    mapped,
    pause_before_retry,
    retry_after,
)
from hiring_advisor.understanding.spent import Asked, Deadlines, Spent

MAX_ANSWER_TOKENS = 500
MAX_ANSWER_CHARACTERS = 3000
"""Where an endpoint that does not keep to the limit in tokens is cut off."""
ALERT_EVERY_S = 3600.0
_TAKES_NO_TEMPERATURE = re.compile(r"(?:gpt-[5-9]|o\d)(?!.*chat)")

log = logging.getLogger(__name__)

__all__ = ["MAX_ANSWER_TOKENS", "Asked", "ChatModel", "Deadlines", "Spent"]


class ChatModel:
    """A chat model by name and address. The client is loaded at the first call, or by `warm`."""

    def __init__(
        self,
        model: str,
        *,
        api_key: str,
        base_url: str | None = None,
        deadlines: Deadlines | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.name = model
        place = urlsplit(base_url or "https://api.openai.com")
        self.place = place.hostname or "", place.port or (80 if place.scheme == "http" else 443)
        self.deadlines = deadlines or Deadlines()
        self.budget = budget or Budget(0)
        self.breaker = Breaker()
        self._endpoint = Endpoint(
            api_key=api_key, base_url=base_url, connect_s=self.deadlines.connect_s
        )
        self._alerts: dict[str, float] = {}

    def warm(self) -> None:
        """Load the client now: better before the first visitor."""
        import httpx2  # noqa: F401
        import openai  # noqa: F401

    async def fill_form(
        self, form: Mapping[str, Any], asked: Asked, spent: Spent
    ) -> dict[str, Any]:
        """Have the model fill a function's arguments; return them as they came, unchecked.

        `form` is the function as the API wants it. Raises `ModelUnavailable` when the call fails,
        is late or brings no such arguments.
        """
        name = form["function"]["name"]
        choice = {"type": "function", "function": {"name": name}}
        extra = {"tools": [form], "tool_choice": choice, "parallel_tool_calls": False}
        first_by = time.monotonic() + self.deadlines.first_content_s
        try:
            reply = await self._fill(asked, extra, spent, first_by)
        except ModelUnavailable as failure:
            asked = await self._again(failure, asked, spent, first_by)
            reply = await self._fill(asked, extra, spent, first_by)
        return _arguments(reply, name)

    async def _fill(
        self, asked: Asked, extra: Mapping[str, Any], spent: Spent, first_by: float
    ) -> dict[str, Any]:
        """One call of the form."""
        async with _Call(self, asked, spent, extra) as call:
            async with asyncio.timeout(self._left(spent, first_by)):
                reply = await self._endpoint.complete(call.body)
            if not reply.get("choices"):
                raise ValueError("a reply without choices")
            call.said = orjson.dumps(reply["choices"]).decode()
            call.usage = reply.get("usage")
            call.told(reply.get("model"), reply["choices"][0].get("finish_reason"))
            return reply

    async def stream(self, asked: Asked, spent: Spent) -> AsyncGenerator[str]:
        """Stream an answer's text, piece by piece, none empty.

        Raises `ModelUnavailable` when the connection, the first content or the next piece is late
        or broken, when the answer is refused, filtered, empty or cut off at the token limit.
        Closing the iterator closes the connection.
        """
        first_by = time.monotonic() + self.deadlines.first_content_s
        said = False
        try:
            async with aclosing(self._attempt(asked, spent, first_by)) as pieces:
                async for piece in pieces:
                    said = said or bool(piece.strip())
                    yield piece
            return
        except ModelUnavailable as failure:
            if said:  # what was shown cannot be begun again
                raise
            asked = await self._again(failure, asked, spent, first_by)
        async with aclosing(self._attempt(asked, spent, first_by)) as pieces:
            async for piece in pieces:
                yield piece

    async def _attempt(self, asked: Asked, spent: Spent, first_by: float) -> AsyncGenerator[str]:
        """One call of the text: its pieces to the end, or until there are too many of them."""
        extra = {"stream": True, "stream_options": {"include_usage": True}}
        async with (
            _Call(self, asked, spent, extra) as call,
            aclosing(self._endpoint.stream(call.body)) as source,
        ):
            until = first_by
            finish: str | None = None
            while True:
                async with asyncio.timeout(self._left(spent, until)):
                    deltas = await anext(source, None)
                if deltas is None:
                    break
                room = MAX_ANSWER_CHARACTERS + 1 - len(call.said)
                text = "".join([one.text for one in deltas])[:room]
                call.note(text, deltas)
                if text:
                    until = time.monotonic() + self.deadlines.gap_s
                    yield text
                finish = finish or next((one.finish for one in deltas if one.finish), None)
                if finish is not None and tracing.is_on():
                    call.told(call.model, finish)
                _check_end(finish, deltas, len(call.said))
            if finish is None:
                raise ModelUnavailable("The language model broke off.", "connection")
            if not call.said.strip():
                raise ModelUnavailable("The language model said nothing.", "empty")

    def _left(self, spent: Spent, until: float) -> float:
        """Seconds to wait for something that is due at `until`, within the turn."""
        return max(0.0, min(until - time.monotonic(), spent.left_s(self.deadlines.whole_s)))

    async def _again(
        self, failure: ModelUnavailable, asked: Asked, spent: Spent, first_by: float
    ) -> Asked:
        """Wait before the one further try; raise the failure where it would not help."""
        seconds = pause_before_retry(failure)
        if failure.reason == "context_too_long":
            if asked.shorter is None:
                raise failure
            asked = Asked(asked.system, asked.shorter)
        if seconds is None or seconds >= self._left(spent, first_by):
            raise failure
        await asyncio.sleep(seconds)
        spent.is_left = False
        return asked

    def alert(self, failure: ModelUnavailable) -> None:
        """Log what an operator has to mend, each kind once an hour."""
        now = time.monotonic()
        if failure.reason in BY_SETTINGS and now >= self._alerts.get(failure.reason, 0.0):
            self._alerts[failure.reason] = now + ALERT_EVERY_S
            log.error("%s (%s)", advice(failure, self.name), failure.reason)


class _Call:
    """One call: what is set aside for it, what it brought, and who hears how it ended."""

    def __init__(
        self, chat: ChatModel, asked: Asked, spent: Spent, extra: Mapping[str, Any]
    ) -> None:
        self._chat = chat
        self._spent = spent
        # What stays the same from turn to turn goes first, so that a provider's cache works.
        self.body: dict[str, Any] = {
            "model": chat.name,
            "max_completion_tokens": MAX_ANSWER_TOKENS,
            **extra,
            "messages": [
                {"role": "system", "content": asked.system},
                {"role": "user", "content": asked.user},
            ],
        }
        if not _TAKES_NO_TEMPERATURE.match(chat.name):
            self.body["temperature"] = 0
        self.said = ""
        self.usage: Any = None
        self.model: str | None = None
        self._is_stream = "stream" in extra
        self._begun = time.monotonic()

    def note(self, text: str, deltas: list[Delta]) -> None:
        """Keep what a piece of the stream brought."""
        if text and not self.said:
            tracing.first_chunk(self._span, time.monotonic() - self._begun)
        self.said += text
        self.usage = next((one.usage for one in deltas if one.usage), self.usage)
        self.model = self.model or next((one.model for one in deltas), None)

    def told(self, model: Any, finish: Any) -> None:
        """Note what the reply says of itself."""
        tracing.chunk(self._span, {"model_name": model, "finish_reason": finish}, None)

    async def __aenter__(self) -> _Call:
        try:
            self._sent = orjson.dumps(self.body).decode()
            self._reservation = await self._chat.budget.reserve(
                budgets.at_most(self._sent) + MAX_ANSWER_TOKENS
            )
            try:
                self._passed = self._chat.breaker.check()
            except ModelUnavailable:
                await self._reservation.settle(0)
                raise
        except ModelUnavailable:
            self._spent.is_left = True
            raise
        self._spent.calls += 1
        self._opened = tracing.chat(
            self._chat.name, MAX_ANSWER_TOKENS, *self._chat.place, stream=self._is_stream
        )
        self._span = self._opened.__enter__()
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        failure = mapped(error) if isinstance(error, Exception) else None
        if failure is not None:
            self._span.fail(failure.reason)
        tracing.usage(self._span, self.usage)
        self._opened.__exit__(None, None, None)
        await self._end(error, failure)

    async def _end(self, error: BaseException | None, failure: ModelUnavailable | None) -> None:
        breaker = self._chat.breaker
        if failure is not None:
            breaker.failed(failure.reason, retry_after(error), self._passed)
            self._spent.is_left = failure.reason not in LEAVES_THE_MODEL
            self._chat.alert(failure)
        elif error is None or self.said.strip():
            breaker.succeeded(self._passed)
        else:  # cancelled before it came to anything
            breaker.left(self._passed)
        told = self._spent.add(self.usage)
        was_worked_on = self.said or not (failure and failure.reason.startswith("status_"))
        own = budgets.about(self._sent) + budgets.about(self.said) if was_worked_on else 0
        # A usage far below what went over the wire is not believed.
        await self._reservation.settle(max(told, own))
        if failure is not None and failure is not error:
            raise failure from error


def _arguments(reply: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The arguments of the first call of the function; null or a list are an empty form."""
    try:
        message = reply["choices"][0]["message"]
        for call in message.get("tool_calls") or ():
            function = call["function"]
            if function["name"] == name:
                arguments = orjson.loads(function["arguments"])
                if isinstance(arguments, dict):
                    return arguments
                if not arguments:
                    return {}
    except (LookupError, TypeError, AttributeError, ValueError):
        pass
    raise ModelUnavailable("The language model filled no form.", "tool_args_invalid")


def _check_end(finish: str | None, deltas: list[Delta], length: int) -> None:
    """Raise `ModelUnavailable` where a stream says that it is no whole answer."""
    if finish == "content_filter":
        raise ModelUnavailable("The language model declined.", "content_filter")
    if any(one.refusal for one in deltas):
        raise ModelUnavailable("The language model declined.", "refusal")
    if finish == "length" or length > MAX_ANSWER_CHARACTERS:
        raise ModelUnavailable("The language model was cut off.", "length")
