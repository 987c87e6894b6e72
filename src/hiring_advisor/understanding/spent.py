"""What a call of a language model is given, and what the calls of one turn cost."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds until a connection, a call's first content, between two pieces, and for a turn.

    The first content is awaited from the beginning of the first try: a second one gets what is
    left. `whole_s` is a turn's share that waits for a model; the rest is for the embedded part.
    """

    connect_s: float = 3.0
    first_content_s: float = 8.0
    gap_s: float = 10.0
    whole_s: float = 27.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call says; `shorter` is for a model that `user` is too long for."""

    system: str
    user: str
    shorter: str | None = None


@dataclass(slots=True)
class Spent:
    """What the calls of one turn cost; filled in as they go. Tokens are as the provider counts."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    failures: list[str] = field(default_factory=list)
    is_left: bool = False
    """The endpoint failed this turn: it is not asked again for it."""
    begun: float = field(default_factory=time.monotonic)

    def add(self, usage: Any) -> int:
        """Add a provider's usage and return it; one that is missing or odd counts as nothing."""
        if not isinstance(usage, Mapping):
            return 0
        prompt, completion = _whole(usage, "prompt_tokens"), _whole(usage, "completion_tokens")
        self.prompt_tokens += prompt
        self.completion_tokens += completion
        return prompt + completion

    def left_s(self, whole_s: float) -> float:
        """Seconds that are left of the turn's `whole_s`."""
        return whole_s - (time.monotonic() - self.begun)


def _whole(usage: Mapping[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if type(value) is int and 0 <= value < 10_000_000 else 0
