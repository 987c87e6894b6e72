"""A figure: several rounds of one measurement, the floor of the same rounds, and the aim."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Spread:
    """Median, lowest and highest of some rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one value."""
        return cls(statistics.median(values), min(values), max(values))

    def text(self) -> str:
        """For people: `12.3 (11.9–14.0)`."""
        if self.low == self.high:
            return number(self.median)
        return f"{number(self.median)} ({number(self.low)}–{number(self.high)})"


@dataclass(frozen=True)
class Figure:
    """One row of the table. `aim` is a bound: at most it where `at_most`, else at least."""

    part: str
    what: str
    unit: str
    found: Spread
    floor: Spread | None = None
    floor_name: str = ""
    aim: float | None = None
    at_most: bool = True
    others: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the median meets the aim; None where there is none."""
        if self.aim is None:
            return None
        return self.found.median <= self.aim if self.at_most else self.found.median >= self.aim

    def cells(self) -> list[str]:
        """The row for people: what, found, floor, aim, met, others."""
        aim = "" if self.aim is None else f"{'≤' if self.at_most else '≥'} {number(self.aim)}"
        met = {True: "met", False: "not met", None: ""}[self.is_met]
        floor = f"{self.floor.text()} {self.floor_name}" if self.floor else ""
        return [
            f"{self.what}, {self.unit}",
            self.found.text(),
            floor.strip(),
            aim,
            met,
            self.others,
        ]

    def raw(self) -> dict[str, Any]:
        """The row for programs."""
        return {**asdict(self), "is_met": self.is_met}


def number(value: float) -> str:
    """Three digits that matter."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
