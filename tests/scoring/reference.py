"""A second implementation of the verdict, written from `docs/scoring.md` and sharing no code.

It scores every profile there is at once: an array with one axis for each fact, in the order of
`rubric.toml`, whose place 0 stands for "not known" and whose further places are the fact's values.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

FREELANCERS, HYBRID, FULL_TIME, OPEN = range(4)
VERDICTS = ("freelancers", "hybrid", "full_time", "need_more_info")
"""A verdict's code is its place here; the first three are in their order."""

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Place = tuple[int, ...]


class Reference:
    """All verdicts of a rubric, given as the text of its TOML file."""

    def __init__(self, text: str) -> None:
        self.score(tomllib.loads(text))

    def score(self, document: dict[str, Any]) -> None:
        """Score every profile by a rubric: what its TOML says."""
        self.document = document
        self.names = [fact["name"] for fact in self.document["fact"]]
        self.states: list[list[str | None]] = [
            [None, *(one["value"] for one in fact["values"])] for fact in self.document["fact"]
        ]
        self.leans = {
            (fact["name"], one["value"]): one["leans"]
            for fact in self.document["fact"]
            for one in fact["values"]
        }
        self.shape = tuple(map(len, self.states))
        self.freelancers = self._points("freelancers")
        self.full_time = self._points("full_time")
        self.evidence = self.freelancers + self.full_time
        self.lead = self.full_time - self.freelancers
        self.low, self.high = self._bounds()
        self.verdicts = self._verdicts()

    def threshold(self, name: str) -> int:
        return int(self.document["verdict"][name])

    def at(self, fact: str, value: str | None) -> Mask:
        """Where a fact has a value; shaped so that it spreads over all other facts."""
        axis = self.names.index(fact)
        flags = [state == value for state in self.states[axis]]
        return np.array(flags).reshape([-1 if at == axis else 1 for at in range(len(self.names))])

    def where(self, values: Mapping[str, str]) -> Mask:
        """The profiles that hold all of these values."""
        mask = np.ones(self.shape, bool)
        for fact, value in values.items():
            mask &= self.at(fact, value)
        return mask

    def applies(self, constraint: Mapping[str, Any]) -> Mask:
        """The profiles that a constraint speaks about."""
        mask = self.where(constraint["when"])
        for fact, value in constraint.get("unless", {}).items():
            mask &= ~self.at(fact, value)
        return mask

    def _points(self, side: str) -> Ints:
        total = np.zeros(self.shape, np.int64)
        for rule in self.document["rule"]:
            ((fact, value),) = rule["when"].items()
            total += self.at(fact, value) * rule["points"].get(side, 0)
        return total

    def _bounds(self) -> tuple[Ints, Ints]:
        low = np.full(self.shape, FREELANCERS)
        high = np.full(self.shape, FULL_TIME)
        for constraint in self.document.get("constraint", ()):
            mask = self.applies(constraint)
            if "at_least" in constraint:
                low[mask] = np.maximum(low[mask], VERDICTS.index(constraint["at_least"]))
            if "at_most" in constraint:
                high[mask] = np.minimum(high[mask], VERDICTS.index(constraint["at_most"]))
        return low, np.maximum(low, high)

    def _verdicts(self) -> NDArray[np.uint8]:
        margin = self.threshold("min_margin")
        by_points = np.select(
            [self.lead <= -margin, self.lead >= margin], [FREELANCERS, FULL_TIME], default=OPEN
        )
        decided = np.where(by_points == OPEN, self.low, np.clip(by_points, self.low, self.high))
        is_open = (by_points == OPEN) & (self.low == FREELANCERS)
        is_open |= self.evidence < self.threshold("min_evidence")
        return np.where(is_open, OPEN, decided).astype(np.uint8)

    def confidence(self) -> Ints:
        """The confidence in hundredths, as the page says it, for every profile."""
        full_margin = self.threshold("full_margin")
        coverage = np.minimum(100, 100 * self.evidence // self.threshold("full_evidence"))
        weaker = np.minimum(self.freelancers, self.full_time)
        said = np.zeros(self.shape, bool)
        for (fact, value), side in self.leans.items():
            if side == "hybrid":
                said |= self.at(fact, value)
        in_two_stages = np.where(said, 100, np.minimum(100, 100 * weaker // full_margin))
        toward = np.where(self.verdicts == FULL_TIME, self.lead, -self.lead)
        of_one_side = np.clip(100 * toward // full_margin, 0, 100)
        for constraint in self.document.get("constraint", ()):
            if "at_least" in constraint:
                asked = self.verdicts == VERDICTS.index(constraint["at_least"])
                demanded = self.applies(constraint) & asked
                of_one_side[demanded] = np.maximum(of_one_side[demanded], 80)
        lead = np.where(self.verdicts == HYBRID, in_two_stages, of_one_side)
        result: Ints = np.where(self.verdicts == OPEN, coverage // 3, (2 * lead + coverage) // 3)
        return result

    # --- one profile ---

    def place(self, profile: Mapping[str, str]) -> Place:
        """Where a profile stands in the arrays."""
        return tuple(
            states.index(profile.get(name))
            for name, states in zip(self.names, self.states, strict=True)
        )

    def profile(self, place: Place) -> dict[str, str]:
        """The profile that stands there."""
        values = (states[at] for states, at in zip(self.states, place, strict=True))
        return {
            name: value for name, value in zip(self.names, values, strict=True) if value is not None
        }

    def verdict(self, profile: Mapping[str, str]) -> str:
        return VERDICTS[self.verdicts[self.place(profile)]]

    def changed(
        self, profile: Mapping[str, str], facts: int, *, only_unknown: bool = False
    ) -> Iterator[dict[str, str | None]]:
        """Every change of exactly so many facts: fact to its other value, None for not known."""
        names = [name for name in self.names if not (only_unknown and name in profile)]
        for chosen in combinations(names, facts):
            others = [
                [state for state in self._states_of(name) if state != profile.get(name)]
                for name in chosen
            ]
            for values in product(*others):
                yield dict(zip(chosen, values, strict=True))

    def after(self, profile: Mapping[str, str], change: Mapping[str, str | None]) -> str:
        """The verdict once a change is made."""
        merged = {**profile, **change}
        return self.verdict({name: value for name, value in merged.items() if value is not None})

    def _states_of(self, name: str) -> list[str | None]:
        return self.states[self.names.index(name)]
