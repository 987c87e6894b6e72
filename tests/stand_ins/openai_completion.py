"""A model's answer in the two shapes of the wire: one JSON body, or the events of a stream.

Pure: no socket and no clock, so the same request gets the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .openai_requests import ChatRequest

_CREATED = 1_767_225_600
"""The clock of the stand-in stands still."""

Kind = Literal["content", "refusal", "reasoning_content"]


@dataclass(frozen=True)
class Usage:
    """What the provider says that it counted."""

    prompt_tokens: int
    completion_tokens: int

    def as_json(self) -> dict[str, Any]:
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }


@dataclass(frozen=True)
class Call:
    """One call of a tool; `arguments` is what the wire carries, whether it is JSON or not."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Completion:
    """What the model says: pieces of text, then calls of tools, then why it stopped."""

    request: ChatRequest
    pieces: Sequence[str] = ()
    kind: Kind = "content"
    calls: Sequence[Call] = ()
    finish_reason: str = "stop"
    usage: Usage | Literal["auto"] | None = "auto"
    """None leaves it out, also where the client asked for it; "auto" estimates it."""
    chunk_size: int = 16
    """Characters of a tool call's arguments in one event."""
    delay_first_s: float = 0.0
    """Time between the opening event, with its headers, and the first content."""
    delay_chunk_s: float = 0.0

    def body(self) -> dict[str, Any]:
        """The answer to a request that did not ask for a stream."""
        text = "".join(self.pieces)
        message: dict[str, Any] = {"role": "assistant", "content": "", "refusal": None}
        if self.kind == "refusal" or (self.calls and not self.pieces):
            message["content"] = None
        if self.pieces:
            message[self.kind] = text
        message["annotations"] = []
        if self.calls:
            message["tool_calls"] = [_call_json(call) for call in self.calls]
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": self.finish_reason,
        }
        body = self._head("chat.completion") | {"choices": [choice]}
        return body if self.usage is None else body | {"usage": self._usage().as_json()}

    def opening(self) -> Iterator[dict[str, Any]]:
        """The event before all content: it only says who speaks."""
        first: dict[str, Any] = {"role": "assistant", "content": None if self.calls else ""}
        yield self._event(first | {"refusal": None})

    def contents(self) -> Iterator[dict[str, Any]]:
        """The events that carry content, made when they are wanted: an answer may be huge."""
        for piece in self.pieces:
            yield self._event({self.kind: piece})
        for index, call in enumerate(self.calls):
            start = _call_json(Call(call.call_id, call.name, ""))
            yield self._event({"tool_calls": [{"index": index} | start]})
            for arguments in split(call.arguments, self.chunk_size):
                part = {"index": index, "function": {"arguments": arguments}}
                yield self._event({"tool_calls": [part]})

    def closing(self) -> Iterator[dict[str, Any]]:
        """Why the model stopped, then the usage, where it was asked for."""
        yield self._event({}, self.finish_reason)
        if self.request.include_usage and self.usage is not None:
            head = self._head("chat.completion.chunk")
            yield head | {"choices": [], "usage": self._usage().as_json()}

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.request.number:08d}",
            "object": kind,
            "created": _CREATED,
            "model": self.request.model,
            "service_tier": "default",
            "system_fingerprint": "fp_stand_in",
        }

    def _event(self, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        event = self._head("chat.completion.chunk") | {"choices": [choice]}
        # The real API sends a null with every event but the last, once usage is asked for.
        wanted = self.request.include_usage and self.usage is not None
        return event | {"usage": None} if wanted else event

    def _usage(self) -> Usage:
        if isinstance(self.usage, Usage):
            return self.usage
        said = sum(count_tokens(call.name + call.arguments) for call in self.calls)
        return Usage(count_tokens(self.request.text), said + count_tokens("".join(self.pieces)))


def _call_json(call: Call) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.call_id, "type": "function", "function": function}


def split(text: str, size: int) -> list[str]:
    """Cut a text into pieces of `size` characters, the last one shorter."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def count_tokens(text: str) -> int:
    """Estimate the tokens of a text: one for every four characters, and never none for a word."""
    return -(-len(text) // 4)
