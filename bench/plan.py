"""How much is measured, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bench.figures import Figure


@dataclass(frozen=True)
class Plan:
    """Amounts; times in seconds."""

    rounds: int
    subject_s: float
    floor_s: float
    warm_s: float
    paced_s: float
    """With a paced model: a turn alone takes a second and a half."""
    starts: int
    """How often a cold start is measured."""
    memory_turns: int
    texts: int
    """Of each dataset, for the counting of tokens."""
    visitors: tuple[int, int, int] = (1, 16, 64)
    """At once, of embedded turns over HTTP."""


FULL = Plan(
    rounds=3, subject_s=3, floor_s=1.5, warm_s=2, paced_s=4, starts=7, memory_turns=200, texts=269
)
QUICK = Plan(
    rounds=1, subject_s=1.2, floor_s=0.5, warm_s=0.5, paced_s=1.6, starts=1, memory_turns=20,
    texts=20,
)  # fmt: skip
TINY = Plan(
    rounds=1, subject_s=0.4, floor_s=0.1, warm_s=0.2, paced_s=1.6, starts=1, memory_turns=5,
    texts=4, visitors=(1, 2, 4),
)  # fmt: skip


@dataclass
class Results:
    """Rows of the table, sentences for below it, and what programs and plots read."""

    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    """A table of its own making."""
