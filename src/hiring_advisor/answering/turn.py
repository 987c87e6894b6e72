"""A turn: everything one message of a visitor led to, in the shape the outside sees.

These values serialise as they stand (orjson, field by field): the JSON of `docs/api.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from hiring_advisor.scoring.recommendation import Recommendation

Kind = Literal["answer", "recommendation", "declined", "handoff", "small_talk"]
Mode = Literal["openai", "embedded"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence that was checked, and the numbers of the citations it stands on."""

    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered source: words of the corpus, verbatim, and where they stand."""

    n: int
    section_id: str
    heading: str
    quote: str
    url: str


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be picked with a tap."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Question:
    """The one question whose answer can still change the verdict most."""

    fact: str
    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact as the outside sees it."""

    value: str
    quote: str
    message_id: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The record of a call of the scoring tool: its arguments replay the verdict."""

    name: str
    arguments: Mapping[str, str]
    profile_hash: str


@dataclass(slots=True)
class Usage:
    """Language-model calls of one turn; tokens as the provider counted them."""

    llm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """One message and all that came of it. Times are ISO 8601 in UTC, durations milliseconds."""

    turn_id: str
    conversation_id: str
    message_id: str
    created_at: str
    kind: Kind
    user_text: str
    text: str
    sentences: Sequence[Sentence] = ()
    citations: Sequence[Citation] = ()
    recommendation: Recommendation | None = None
    facts: Mapping[str, FactView] = field(default_factory=dict)
    next_question: Question | None = None
    suggestions: Sequence[str] = ()
    mode: Mode = "embedded"
    degraded: bool = False
    stopped: bool = False
    cut_short: bool = False
    saved: bool = True
    usage: Usage = field(default_factory=Usage)
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    tool_calls: Sequence[ToolCall] = ()
    trace: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        advice = self.recommendation
        if advice is not None and all(
            call.profile_hash != advice.profile_hash for call in self.tool_calls
        ):
            raise ValueError("a turn with a recommendation records the tool call that made it")

    def view(self) -> dict[str, Any]:
        """The turn as plain JSON values, as the outside sees it."""
        view: dict[str, Any] = orjson.loads(orjson.dumps(self))
        return view


EventName = Literal[
    "turn.started",
    "citations",
    "recommendation",
    "answer.sentence",
    "question",
    "turn.completed",
    "error",
]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a turn's stream. `data` serialises to the JSON the contract names for it."""

    name: EventName
    data: Any


TERMINAL_EVENTS: frozenset[str] = frozenset({"turn.completed", "error"})
