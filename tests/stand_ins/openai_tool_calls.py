"""Replies that call tools: as asked, with broken arguments, twice, or tools that are not there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .openai_answers import Answer
from .openai_completion import Call, Completion
from .openai_requests import ChatRequest

Arguments = Mapping[str, Any] | str


@dataclass(frozen=True)
class ToolCall(Answer):
    """The model calls one tool, `count` times with the same arguments."""

    name: str = ""
    """Empty: the tool that the request forces, or its first one."""
    arguments: Arguments = field(default_factory=dict)
    """A mapping is encoded; a string is sent as it stands, JSON or not."""
    count: int = 1
    ids: Sequence[str] = ()
    """Empty: made from the number of the request."""

    def completion(self, request: ChatRequest) -> Completion:
        return _calling(request, [(self.name, self.arguments)] * self.count, self.ids)


@dataclass(frozen=True)
class UnknownTool(Answer):
    """The model calls a tool that nobody gave it."""

    name: str = "hire_everyone"
    arguments: Arguments = field(default_factory=dict)

    def completion(self, request: ChatRequest) -> Completion:
        return _calling(request, [(self.name, self.arguments)])


@dataclass(frozen=True)
class TwoTools(Answer):
    """The model calls twice in one answer, also where `parallel_tool_calls` is off."""

    first: Arguments = field(default_factory=dict)
    second: Arguments = field(default_factory=dict)
    names: tuple[str, str] = ("", "")
    """Empty: the tool that the request forces, or its first one."""

    def completion(self, request: ChatRequest) -> Completion:
        return _calling(request, list(zip(self.names, (self.first, self.second), strict=True)))


def _calling(
    request: ChatRequest, wanted: Sequence[tuple[str, Arguments]], ids: Sequence[str] = ()
) -> Completion:
    fallback = request.forced_tool or next(iter(request.tool_names), "unasked")
    ids = ids or [f"call_{request.number:08d}_{at}" for at in range(len(wanted))]
    calls = [
        Call(call_id, name or fallback, given if isinstance(given, str) else json.dumps(given))
        for call_id, (name, given) in zip(ids, wanted, strict=True)
    ]
    # The API ends a call that was forced by name with "stop": it was no choice of the model's.
    named = isinstance(request.tool_choice, Mapping)
    return Completion(request, calls=calls, finish_reason="stop" if named else "tool_calls")
