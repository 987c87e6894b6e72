"""Samples made from the rubric: one per rule, constraint, boundary and pair of values; interviews.

They are data like the others, so that a change of the rubric shows in them: write them anew with
`hiring-advisor eval generate` when the change is meant, and look at what moved.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, product
from pathlib import Path
from typing import Any

from hiring_advisor.evals import expected
from hiring_advisor.evals.knowledge import Knowledge

EACH_BOUNDARY = 14
EACH_VERDICT = 10
_OPENINGS = (
    "hi, should we hire freelancers or full-time AI engineers?",
    "Whom should we take for our AI project: contractors or employees?",
    "freelancer or employee for ai software, what do you recommend",
    "Please help me decide who should build our AI software.",
    "We can't agree on freelancers or permanent staff. What would you do?",
)
Facts = dict[str, str]


class Generator:
    """Makes samples of one rubric; the same rubric, the same samples."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._rubric = knowledge.rubric
        self._values = knowledge.values
        self._states = [(name, one) for name, values in self._values.items() for one in values]

    def rubric_cases(self) -> list[dict[str, Any]]:
        """All cases, each profile once."""
        seen: set[tuple[tuple[str, str], ...]] = set()
        found: list[dict[str, Any]] = []
        for kind, about, facts in self._profiles():
            key = tuple(sorted(facts.items()))
            if key in seen:
                continue
            seen.add(key)
            number = len(found) + 1
            found.append(
                {
                    "id": f"r-{number:04}",
                    "split": "dev" if number % 2 else "test",
                    "kind": kind,
                    "about": about,
                    "facts": facts,
                    "verdict": expected.verdict(self._rubric, facts),
                    "scores": expected.scores(self._rubric, facts),
                    "sections": self._sections(facts),
                }
            )
        return found

    def _profiles(self) -> Iterator[tuple[str, str, Facts]]:
        for rule in self._rubric["rule"]:
            yield "rule", f"the rule {rule['id']}", dict(rule["when"])
        for constraint in self._rubric["constraint"]:
            name = constraint["id"]
            yield "constraint", f"the constraint {name}", dict(constraint["when"])
            for fact, value in constraint.get("unless", {}).items():
                facts = {**constraint["when"], fact: value}
                yield "constraint", f"the constraint {name}, switched off", facts
        yield from self._boundaries()
        for one, other in combinations(self._states, 2):
            if one[0] != other[0]:
                yield "pair", f"{one[0]} with {other[0]}", dict((one, other))

    def _boundaries(self) -> Iterator[tuple[str, str, Facts]]:
        """Profiles at, and five points below, each threshold: where a wrong comparison shows."""
        margin = self._rubric["verdict"]["min_margin"]
        evidence = self._rubric["verdict"]["min_evidence"]
        wanted: dict[str, list[Facts]] = {}
        for facts in self._triples():
            points = expected.scores(self._rubric, facts)
            lead, total = points["full_time"] - points["freelancers"], sum(points.values())
            for limit in (margin, margin - 5, -margin, 5 - margin):
                if lead == limit and total >= evidence:
                    wanted.setdefault(f"a lead of {limit}", []).append(facts)
            for limit in (evidence, evidence - 5):
                if total == limit and abs(lead) >= margin:
                    wanted.setdefault(f"evidence of {limit}", []).append(facts)
        for about, profiles in sorted(wanted.items()):
            step = max(1, len(profiles) // EACH_BOUNDARY)
            for facts in profiles[::step][:EACH_BOUNDARY]:
                yield "boundary", about, facts

    def _triples(self) -> Iterator[Facts]:
        for names in combinations(self._values, 3):
            for values in product(*(self._values[name] for name in names)):
                yield dict(zip(names, values, strict=True))

    def _sections(self, facts: Mapping[str, str]) -> list[str]:
        stands = [
            one["section"]
            for one in (*self._rubric["rule"], *self._rubric["constraint"])
            if expected.holds(facts, one["when"])
        ]
        return list(dict.fromkeys(stands))

    def interviews(self) -> list[dict[str, Any]]:
        """Visitors who know all of their project, as many for each verdict."""
        rng = random.Random(7)  # noqa: S311  # profiles, not secrets
        wanted = dict.fromkeys(expected.ORDER, EACH_VERDICT)
        found: list[dict[str, Any]] = []
        while any(wanted.values()):
            facts = {name: rng.choice(values) for name, values in self._values.items()}
            verdict = expected.verdict(self._rubric, facts)
            if not wanted.get(verdict):
                continue
            wanted[verdict] -= 1
            number = len(found) + 1
            found.append(
                {
                    "id": f"p-{number:04}",
                    "split": "dev" if number % 2 else "test",
                    "opening": _OPENINGS[number % len(_OPENINGS)],
                    "profile": facts,
                    "verdict": verdict,
                    "sections": self._sections(facts),
                }
            )
        return found


def write(folder: Path, knowledge: Knowledge) -> dict[str, int]:
    """Write both datasets; return how many samples each has."""
    generator = Generator(knowledge)
    made = {"rubric_cases": generator.rubric_cases(), "interviews": generator.interviews()}
    for name, samples in made.items():
        (folder / "datasets" / f"{name}.jsonl").write_text(_lines(samples), "utf-8")
    return {name: len(samples) for name, samples in made.items()}


def _lines(samples: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in samples)
