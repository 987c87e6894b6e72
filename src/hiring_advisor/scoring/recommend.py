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

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hiring_advisor.corpus.rubric import Constraint, Rubric, Verdict

Profile = Mapping[str, str]
"""Fact name to value; a name that is missing is unknown, and unknown is never no."""

_RANK: dict[str, int] = {"freelancers": 0, "hybrid": 1, "full_time": 2}
_BY_RANK: tuple[Verdict, ...] = ("freelancers", "hybrid", "full_time")


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
        self._points: dict[tuple[str, str], tuple[int, int]] = {}
        for fact in rubric.facts:
            for value in fact.values:
                rules = rubric.rules_for(fact.name, value.value)
                self._points[fact.name, value.value] = (
                    sum(rule.freelancers for rule in rules),
                    sum(rule.full_time for rule in rules),
                )

    def assess(self, profile: Profile) -> Assessment:
        """Score a profile. Raises `KeyError` for a fact or value that the rubric does not know."""
        freelancers = full_time = 0
        for pair in profile.items():
            points = self._points[pair]
            freelancers += points[0]
            full_time += points[1]
        if freelancers + full_time < self.rubric.min_evidence:
            return Assessment("need_more_info", freelancers, full_time)
        low, high = 0, 2
        binding: list[Constraint] = []
        for constraint in self.rubric.constraints:
            if constraint.holds(profile):
                binding.append(constraint)
                if constraint.at_least is not None:
                    low = max(low, _RANK[constraint.at_least])
                if constraint.at_most is not None:
                    high = min(high, _RANK[constraint.at_most])
        high = max(low, high)
        margin = full_time - freelancers
        if margin <= -self.rubric.min_margin:
            rank: int | None = 0
        elif margin >= self.rubric.min_margin:
            rank = 2
        else:
            rank = low if low > 0 else None
        if rank is None:
            return Assessment("need_more_info", freelancers, full_time, tuple(binding))
        verdict = _BY_RANK[min(max(rank, low), high)]
        return Assessment(verdict, freelancers, full_time, tuple(binding))

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


def confidence_word(confidence: float) -> Literal["low", "fair", "high"]:
    """The confidence in words: low below 0.4, high from 0.7."""
    return "low" if confidence < 0.4 else "fair" if confidence < 0.7 else "high"
