"""A measure: what one scorer says about one case.

A measure is a ratio, `hits` of `of`: 1 of 1 for a check that holds, 3 of 5 for sentences, a sum
over a count for a mean. Of nothing (`of` = 0) means that the case says nothing about the metric.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """`hits` of `of` for a metric named `suite/metric`; `why` says it in words."""

    metric: str
    hits: float
    of: float
    why: str = ""

    @property
    def value(self) -> float | None:
        """The ratio, or None where there is nothing to measure."""
        return self.hits / self.of if self.of else None

    @property
    def suite(self) -> str:
        """The suite that the metric belongs to."""
        return self.metric.partition("/")[0]


def check(metric: str, holds: bool, why: str = "") -> Measure:
    """A check that holds or does not."""
    return Measure(metric, float(holds), 1.0, why)


def share(metric: str, flags: Iterable[bool], why: str = "") -> Measure:
    """How many of several checks hold; unscored where there are none."""
    held = list(flags)
    return Measure(metric, float(sum(held)), float(len(held)), why)


def amount(metric: str, value: float, why: str = "") -> Measure:
    """A quantity, to be averaged over cases."""
    return Measure(metric, float(value), 1.0, why)


def unscored(metric: str, why: str) -> Measure:
    """Nothing could be measured, and why: never counted as zero."""
    return Measure(metric, 0.0, 0.0, why)
