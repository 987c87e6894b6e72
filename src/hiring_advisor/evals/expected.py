"""The verdict once more, written from `docs/scoring.md`: what the tool's results are held against.

It shares no code with `scoring/`. It reads the rubric as plain TOML, and is slow and plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ORDER = ("freelancers", "hybrid", "full_time")
Rubric = Mapping[str, Any]
Facts = Mapping[str, str]


def holds(facts: Facts, when: Mapping[str, str]) -> bool:
    """Whether a profile has all of these values."""
    return all(facts.get(name) == value for name, value in when.items())


def scores(rubric: Rubric, facts: Facts) -> dict[str, int]:
    """The points of both sides."""
    total = {"freelancers": 0, "full_time": 0}
    for rule in rubric["rule"]:
        if holds(facts, rule["when"]):
            for side, points in rule["points"].items():
                total[side] += points
    return total


def bounds(rubric: Rubric, facts: Facts) -> tuple[int, int]:
    """The lowest and the highest verdict that the constraints leave, as places in `ORDER`."""
    low, high = 0, len(ORDER) - 1
    for constraint in rubric.get("constraint", ()):
        unless = constraint.get("unless", {})
        is_off = any(facts.get(name) == value for name, value in unless.items())
        if holds(facts, constraint["when"]) and not is_off:
            if "at_least" in constraint:
                low = max(low, ORDER.index(constraint["at_least"]))
            if "at_most" in constraint:
                high = min(high, ORDER.index(constraint["at_most"]))
    return low, max(low, high)


def verdict(rubric: Rubric, facts: Facts) -> str:
    """The verdict for a profile."""
    points = scores(rubric, facts)
    lead = points["full_time"] - points["freelancers"]
    low, high = bounds(rubric, facts)
    if sum(points.values()) < rubric["verdict"]["min_evidence"]:
        return "need_more_info"
    if abs(lead) < rubric["verdict"]["min_margin"]:
        return ORDER[low] if low else "need_more_info"
    wanted = len(ORDER) - 1 if lead > 0 else 0
    return ORDER[min(max(wanted, low), high)]
