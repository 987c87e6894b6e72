"""Repetitions: whether a case comes out the same each time, and right every time (pass^k)."""

from __future__ import annotations

from dataclasses import replace

from hiring_advisor.evals.measures import Measure, check
from hiring_advisor.evals.runs import CaseResult, Key, Run


def with_steadiness(run: Run) -> Run:
    """The run with the measures of steadiness, at the first repetition of each case.

    Nothing is added where nothing was repeated.
    """
    repeated: dict[Key, list[CaseResult]] = {}
    for one in run.cases:
        repeated.setdefault(one.key, []).append(one)
    if all(len(all_of) == 1 for all_of in repeated.values()):
        return run
    cases = [
        replace(one, measures=(*one.measures, *_of(repeated[one.key]))) if one.epoch == 1 else one
        for one in run.cases
    ]
    return Run(run.meta, cases)


def _of(repetitions: list[CaseResult]) -> list[Measure]:
    got = [one.got for one in repetitions]
    passed = sum(not one.failed for one in repetitions)
    told = f"{', '.join(got)}; {passed} of {len(got)} without a miss"
    return [
        check("steady/same", len(set(got)) == 1, told),
        check("steady/all_right", passed == len(got), told),
        check("steady/once_right", passed > 0, told),
    ]
