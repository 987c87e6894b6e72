"""Intervals and paired tests. Pure; everything random is seeded.

Rates of single checks get Wilson's interval, which stays sensible near 0 and 1; means and rates of
several observations a case get a percentile bootstrap over base cases, since texts made from one
base are no independent observations. Two runs over the same cases are compared pair by pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

CONFIDENCE = 0.95
RESAMPLES = 2000
_SEED = 20260101
POWER_SPREAD = 1.96 + 0.84
"""Standard errors that a difference must have to be seen in four of five repetitions."""

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(hits: int, of: int) -> Interval:
    """Wilson's interval of a rate, `of` > 0."""
    bounds = binomtest(hits, of).proportion_ci(CONFIDENCE, method="wilson")
    return Interval(hits / of, float(bounds.low), float(bounds.high))


def ratio(clusters: Sequence[tuple[float, float]], *, is_rate: bool) -> Interval:
    """The interval of a ratio of sums, from the (hits, of) of each base case.

    `is_rate` says that hits are counted things, each at most once. A case that says nothing (of 0)
    is no case: it neither narrows the interval nor counts as a miss.
    """
    hits, of = _columns([one for one in clusters if one[1]])
    if not of.sum():
        raise ValueError("there is nothing to measure")
    value = float(hits.sum() / of.sum())
    single = bool((of == 1).all() and np.isin(hits, (0, 1)).all())
    if is_rate and (single or value in (0.0, 1.0)):
        # A bootstrap of equal values has no width: how many cases there are still counts.
        cases = len(of)
        return wilson(round(value * cases), cases)
    resampled = _resampled_ratios(hits, of)
    low, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(value, float(low), float(high))


def mcnemar(gained: int, lost: int) -> float:
    """The exact p-value of as many flips each way, if both ways were equally likely."""
    flips = gained + lost
    return 1.0 if not flips else float(binomtest(min(gained, lost), flips, 0.5).pvalue)


def paired_difference(
    before: Sequence[tuple[float, float]], after: Sequence[tuple[float, float]]
) -> Interval:
    """The interval of the difference of two ratios over the same base cases, in the same order."""
    hits_a, of_a = _columns(before)
    hits_b, of_b = _columns(after)
    if len(hits_a) != len(hits_b):
        raise ValueError("the two runs must hold the same base cases")
    value = float(hits_b.sum() / of_b.sum() - hits_a.sum() / of_a.sum())
    differences = _resampled_ratios(hits_b, of_b) - _resampled_ratios(hits_a, of_a)
    low, high = np.quantile(differences, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(value, float(low), float(high))


def smallest_visible_flips(cases: int, flips: int) -> float | None:
    """The smallest net share of flips among `cases` that McNemar's test tells from chance.

    `flips` is how many cases changed in all; fewer than six can never be told from chance.
    None where there are not enough cases.
    """
    flips = max(flips, 6)
    if cases < flips:
        return None
    for lost in range(flips // 2, -1, -1):
        if mcnemar(flips - lost, lost) < 1 - CONFIDENCE:
            return (flips - 2 * lost) / cases
    return None


def smallest_visible_mean(
    before: Sequence[tuple[float, float]], after: Sequence[tuple[float, float]]
) -> float | None:
    """The smallest difference of means that pairs like these show four times out of five."""
    hits_a, of_a = _columns(before)
    hits_b, of_b = _columns(after)
    if len(hits_a) < 2:
        return None
    differences = hits_b / np.maximum(of_b, 1) - hits_a / np.maximum(of_a, 1)
    error = float(differences.std(ddof=1) / np.sqrt(len(differences)))
    return POWER_SPREAD * error


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Cohen's kappa of two raters' yes and no: agreement beyond chance, 1 at most."""
    first, second = np.array(pairs, dtype=bool).T
    agreed = float((first == second).mean())
    by_chance = float(first.mean() * second.mean() + (1 - first.mean()) * (1 - second.mean()))
    return 1.0 if by_chance == 1.0 else (agreed - by_chance) / (1 - by_chance)


def _columns(clusters: Sequence[tuple[float, float]]) -> tuple[Counts, Counts]:
    table = np.array(clusters, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _resampled_ratios(hits: Counts, of: Counts) -> Counts:
    """The ratio in each resample of base cases; the same resamples for the same number of cases."""
    random = np.random.default_rng(_SEED)
    chosen = random.integers(0, len(of), size=(RESAMPLES, len(of)))
    total = of[chosen].sum(axis=1)
    found: Counts = hits[chosen].sum(axis=1) / np.where(total == 0, 1, total)
    return found
