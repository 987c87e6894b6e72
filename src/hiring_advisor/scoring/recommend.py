"""From a profile to a verdict: pure, total and exact.

1. Every known value gives its rules' points; sums are integers, so no order of facts matters.
2. Fewer than `min_evidence` points in all: nothing can be recommended.
3. A side that leads by `min_margin` or more has the score's verdict; otherwise the score is open.
4. Constraints lift (`at_least`) or hold down (`at_most`) the verdict along
   freelancers < hybrid < full_time; where both speak, `at_least` wins. An open score takes the
   bound that a constraint sets from below, and stays open where none does.

So `hybrid` never comes from a tie: it comes from a plan in two stages, said or implied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from hiring_advisor.corpus.rubric import Constraint, Rubric, Verdict

Profile = Mapping[str, str]
"""Fact name to value; a name that is missing is unknown, and unknown is never no."""

_RANK: dict[str, int] = {"freelancers": 0, "hybrid": 1, "full_time": 2}
_BY_RANK: tuple[Verdict, ...] = ("freelancers", "hybrid", "full_time")


class Tally(NamedTuple):
    """What a profile adds up to: all that its verdict depends on.

    A single value has a tally as well. A profile's is the sum of its values', so that a changed
    profile costs one addition, not a second scoring.
    """

    freelancers: int
    full_time: int
    held: int
    """One bit for each value of the rubric that the profile holds."""

    def plus(self, other: Tally) -> Tally:
        """Both together; the two hold no value in common."""
        return Tally(self[0] + other[0], self[1] + other[1], self[2] + other[2])

    def minus(self, other: Tally) -> Tally:
        """What is to be added to the other to get this one; may be below 0."""
        return Tally(self[0] - other[0], self[1] - other[1], self[2] - other[2])


NOTHING = Tally(0, 0, 0)
"""The tally of what is not known."""


class _Bound(NamedTuple):
    """A constraint made ready: it applies where all of `when` and none of `unless` are held."""

    when: int
    unless: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """A verdict and what it was made of. Points are integers of 0 or more."""

    verdict: Verdict
    freelancers: int
    full_time: int
    binding: tuple[Constraint, ...] = ()
    """The constraints that hold and bound the verdict."""

    @property
    def evidence(self) -> int:
        """All points together."""
        return self.freelancers + self.full_time

    @property
    def margin(self) -> int:
        """The lead of full-time over freelancers; below 0 when freelancers lead."""
        return self.full_time - self.freelancers


class Scorer:
    """A rubric made ready for scoring: one look-up a known fact."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self._tallies: dict[tuple[str, str], Tally] = {}
        for fact in rubric.facts:
            for value in fact.values:
                rules = rubric.rules_for(fact.name, value.value)
                self._tallies[fact.name, value.value] = Tally(
                    sum(rule.freelancers for rule in rules),
                    sum(rule.full_time for rule in rules),
                    1 << len(self._tallies),
                )
        self._constraints = [(one, self._bound(one)) for one in rubric.constraints]
        self._bounding = self._held(pair for one in rubric.constraints for pair in one.when)
        self._bounding |= self._held(pair for one in rubric.constraints for pair in one.unless)
        # Enumerations meet the same few combinations of constrained values over and over.
        self._range = lru_cache(maxsize=4096)(self._find_range)

    def tally(self, profile: Profile) -> Tally:
        """Add a profile up. Raises `KeyError` for a fact or value that the rubric does not know."""
        total = NOTHING
        for pair in profile.items():
            total = total.plus(self._tallies[pair])
        return total

    def tally_of(self, fact: str, value: str | None) -> Tally:
        """What one value adds; nothing where it is not known (None)."""
        return NOTHING if value is None else self._tallies[fact, value]

    def verdict(self, tally: Tally) -> Verdict:
        """The verdict of a profile that adds up to this."""
        freelancers, full_time, held = tally
        if freelancers + full_time < self.rubric.min_evidence:
            return "need_more_info"
        low, high = self._range(held & self._bounding)
        margin = full_time - freelancers
        if margin <= -self.rubric.min_margin:
            return _BY_RANK[low]
        if margin >= self.rubric.min_margin:
            return _BY_RANK[high]
        return _BY_RANK[low] if low else "need_more_info"

    def assess(self, profile: Profile) -> Assessment:
        """Score a profile. Raises `KeyError` for a fact or value that the rubric does not know."""
        tally = self.tally(profile)
        freelancers, full_time, held = tally
        binding: tuple[Constraint, ...] = ()
        if freelancers + full_time >= self.rubric.min_evidence:
            binding = tuple(one for one, bound in self._constraints if _applies(bound, held))
        return Assessment(self.verdict(tally), freelancers, full_time, binding)

    def confidence(self, profile: Profile, assessment: Assessment) -> float:
        """How sure the verdict is, 0 to 1 in hundredths: two parts lead, one part coverage.

        Coverage is the evidence over `full_evidence`. The lead is the margin over `full_margin`;
        for a hybrid it is the weaker of its two stages, and whole where the plan was said.
        """
        rubric = self.rubric
        coverage = min(100, 100 * assessment.evidence // rubric.full_evidence)
        if assessment.verdict == "need_more_info":
            return (coverage // 3) / 100
        if assessment.verdict == "hybrid":
            said = any(
                rubric.fact(name).value(value).leans == "hybrid" for name, value in profile.items()
            )
            weaker = min(assessment.freelancers, assessment.full_time)
            lead = 100 if said else min(100, 100 * weaker // rubric.full_margin)
        else:
            toward = assessment.margin if assessment.verdict == "full_time" else -assessment.margin
            lead = max(0, min(100, 100 * toward // rubric.full_margin))
            if any(one.at_least == assessment.verdict for one in assessment.binding):
                lead = max(lead, 80)
        return ((2 * lead + coverage) // 3) / 100

    def _held(self, pairs: Iterable[tuple[str, str]]) -> int:
        """The bits of some values."""
        held = 0
        for pair in pairs:
            held |= self._tallies[pair].held
        return held

    def _bound(self, constraint: Constraint) -> _Bound:
        return _Bound(
            self._held(constraint.when),
            self._held(constraint.unless),
            _RANK[constraint.at_least or "freelancers"],
            _RANK[constraint.at_most or "full_time"],
        )

    def _find_range(self, held: int) -> tuple[int, int]:
        """The ranks between which the constraints keep the verdict; `at_least` wins."""
        holding = [bound for _, bound in self._constraints if _applies(bound, held)]
        low = max((bound.low for bound in holding), default=0)
        high = min((bound.high for bound in holding), default=2)
        return low, max(low, high)


def _applies(bound: _Bound, held: int) -> bool:
    return held & bound.when == bound.when and not held & bound.unless


def confidence_word(confidence: float) -> Literal["low", "fair", "high"]:
    """The confidence in words: low below 0.4, high from 0.7."""
    return "low" if confidence < 0.4 else "fair" if confidence < 0.7 else "high"
