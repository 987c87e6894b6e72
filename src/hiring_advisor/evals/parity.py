"""Parity of the modes: with a model in the line, the verdicts are those of the embedded mode.

Needs a run of both. Every other target is compared with `embedded`, case by case.
"""

from __future__ import annotations

from dataclasses import replace

from hiring_advisor.evals.measures import Measure, check
from hiring_advisor.evals.runs import CaseResult, Run
from hiring_advisor.evals.scorers.turns import verdict_of

REFERENCE = "embedded"


def with_parity(run: Run) -> Run:
    """The run with the measures of parity added, where there is something to compare with."""
    reference = {one.case_id: one for one in run.of(REFERENCE) if one.epoch == 1}
    if len(run.targets) < 2 or not reference:
        return run
    cases = [
        one
        if one.target == REFERENCE or one.case_id not in reference
        else replace(one, measures=(*one.measures, *_compared(reference[one.case_id], one)))
        for one in run.cases
    ]
    return Run(run.meta, cases)


def _compared(reference: CaseResult, other: CaseResult) -> list[Measure]:
    ours, theirs = _last(reference), _last(other)
    if not ours or not theirs:
        return []
    told = []
    kinds = list(zip(ours, theirs, strict=False))
    told.append(
        check("parity/same_kind", all(a[0] == b[0] for a, b in kinds), f"{ours} and {theirs}")
    )
    if any(verdict for _, verdict in ours):
        same = all(a[1] == b[1] for a, b in kinds)
        told.append(check("parity/same_verdict", same, f"{ours} and {theirs}"))
    return told


def _last(case: CaseResult) -> list[tuple[str, str | None]]:
    """Kind and verdict of the last turn of each conversation."""
    conversations = (case.record or {}).get("conversations") or []
    return [(turns[-1]["kind"], verdict_of(turns[-1])) for turns in conversations if turns]
