"""Tries mutations: measures an intact advisor and a broken one on the same cases, and compares.

A mutation is noticed where a gate of `thresholds.toml` that held for the intact advisor fails for
the broken one: a bound, a case lost that may not be lost, or a loss that chance does not explain.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from hiring_advisor.bootstrap import Parts
from hiring_advisor.evals import gates
from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.compare import compare
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.mutation.kinds import Mutation
from hiring_advisor.evals.place import Choice, Place
from hiring_advisor.evals.record import run
from hiring_advisor.evals.results import result
from hiring_advisor.evals.runs import CaseResult, Run
from hiring_advisor.evals.targets import InProcess, Target

MakeParts = Callable[[], Parts]


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one mutation: by suite, what noticed it; nothing means that it survived."""

    mutation: Mutation
    noticed: Mapping[str, tuple[str, ...]]
    flips: int
    took_s: float

    @property
    def survived(self) -> bool:
        """Whether no suite noticed."""
        return not self.noticed


class Trials:
    """Tries mutations on the chosen cases; the intact advisor is measured once."""

    def __init__(self, place: Place, choice: Choice, make_parts: MakeParts) -> None:
        self._thresholds = gates.load(place.folder)
        self._knowledge: Knowledge = place.knowledge
        self._cases = [one for cases in choice.cases(place.folder).values() for one in cases]
        self._make_parts = make_parts
        self._first = make_parts()
        self._intact = self._measure(InProcess(self._first).open())

    def try_out(self, mutation: Mutation) -> Trial:
        """Break an advisor, measure it and put everything back."""
        begun = time.perf_counter()
        parts = self._make_parts()
        # What no mutation touches is loaded once.
        parts.library, parts.embedder = self._first.library, self._first.embedder
        with ExitStack() as stack:
            mutation.apply(stack, parts)
            broken = self._measure(InProcess(parts).open())
        comparison = compare(self._intact, broken)
        held = {one.name for one in self._judged(self._intact) if one.holds}
        failed = [
            one
            for one in gates.judge(self._thresholds, broken, comparison)
            if not one.holds and (one.name in held or "," in one.name)
        ]
        noticed: dict[str, list[str]] = {}
        for one in failed:
            noticed.setdefault(one.name.partition("/")[0], []).append(one.told)
        return Trial(
            mutation,
            {suite: tuple(told) for suite, told in noticed.items()},
            len(comparison.flips),
            time.perf_counter() - begun,
        )

    def _judged(self, run_: Run) -> list[gates.Outcome]:
        return gates.judge(self._thresholds, run_, None)

    def _measure(self, target: Target) -> Run:
        return Run({"started": "now"}, asyncio.run(self._results(target, self._cases)))

    async def _results(self, target: Target, cases: Sequence[Case]) -> list[CaseResult]:
        found = []
        for case in cases:
            record = await run(case, target)
            found.append(result(case, record, self._knowledge, "mutated", changed=frozenset()))
        return found
