"""The tables and plots of a report, as plain values for its template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from hiring_advisor.evals.compare import Comparison
from hiring_advisor.evals.gates import Outcome, Thresholds
from hiring_advisor.evals.metrics import METRICS, metric_of
from hiring_advisor.evals.outputs import percent, with_bounds
from hiring_advisor.evals.runs import CaseResult, Run, by_group, figures

VERDICTS = ("freelancers", "hybrid", "full_time", "need_more_info")
_HEADLINES = (
    "verdict/accepted", "verdict/opposite", "attacks/not_turned", "invariance/same_verdict",
    "grounding/quotes_verbatim", "grounding/completeness", "retrieval/hit@3",
    "declines/not_invented", "dialogue/turn_right", "tool/once", "parity/same_verdict",
)  # fmt: skip
# The one metric that a breakdown by group is made of, and the groups.
_BREAKDOWNS = (
    ("verdicts", "verdict/accepted", ("style", "expected")),
    ("questions", "retrieval/hit@3", ("section",)),
    ("questions", "grounding/completeness", ("style",)),
    ("attacks", "attacks/not_turned", ("kind", "encoding")),
    ("attacks", "attacks/verdict_right", ("kind", "encoding")),
    ("attacks", "attacks/nothing_obeyed", ("kind", "encoding")),
    ("attacks", "attacks/no_forged_fact", ("kind", "encoding")),
    ("dialogues", "dialogue/turn_right", ("kind", "style")),
    ("unanswerable", "declines/not_invented", ("kind",)),
    ("invariance", "invariance/same_verdict", ("style",)),
)
_MOST_BROKEN = 200


def headlines(run: Run, target: str, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The figures that a report opens with."""
    found = run.figures(target)
    broken = {one.name for one in outcomes if not one.holds and one.target in (target, "all")}
    return [
        {
            "label": metric_of(name).label,
            "value": percent(found[name].interval.value, name),
            "bounds": f"{percent(found[name].interval.low, name)} – "
            f"{percent(found[name].interval.high, name)}",
            "meaning": metric_of(name).meaning,
            "broken": name in broken,
        }
        for name in _HEADLINES
        if name in found
    ]


def side_by_side(run: Run) -> list[dict[str, Any]]:
    """Every metric with its value at each target; a dash where a target says nothing about it."""
    found = [run.figures(target) for target in run.targets]
    return [
        {
            "label": metric.label,
            "cells": [with_bounds(one[name]) if name in one else "–" for one in found],
        }
        for name, metric in METRICS.items()
        if any(name in one for one in found)
    ]


def metric_rows(
    run: Run, target: str, thresholds: Thresholds | None, comparison: Comparison | None
) -> list[dict[str, Any]]:
    """Every metric with its interval, bound and baseline; places on the plot are in percent."""
    found = run.figures(target)
    before = {
        one.metric: one
        for one in (comparison.differences if comparison else ())
        if one.target == target
    }
    rows = []
    for name, metric in METRICS.items():
        figure = found.get(name)
        if figure is None:
            continue
        bound = None
        for gate in thresholds.gate if thresholds else ():
            if gate.metric == name and gate.target in (None, target):
                bound = gate.at_least if gate.at_least is not None else gate.at_most
        on_scale = metric.unit in {"%", "share"}
        interval, old = figure.interval, before.get(name)
        rows.append(
            {
                "suite": metric.suite,
                "name": name,
                "label": metric.label,
                "meaning": metric.meaning,
                "better": metric.better,
                "text": with_bounds(figure),
                "cases": figure.cases,
                "of": figure.of,
                "bound": bound,
                "plot": {
                    "value": 100 * interval.value,
                    "low": 100 * interval.low,
                    "high": 100 * interval.high,
                    "bound": None if bound is None else 100 * bound,
                    "before": None if old is None else 100 * old.before,
                }
                if on_scale
                else None,
                "difference": None
                if old is None or not (old.interval.value or old.gained or old.lost)
                else old,
            }
        )
    return rows


def confusion(cases: Sequence[CaseResult]) -> dict[str, Any] | None:
    """Expected against got verdicts of the messages; None where none were measured."""
    chosen = [one for one in cases if one.dataset == "verdicts"]
    if not chosen:
        return None
    got = [*VERDICTS, "none"]
    counts = Counter(
        (one.groups["expected"], one.got if one.got in VERDICTS else "none") for one in chosen
    )
    totals = Counter(one.groups["expected"] for one in chosen)
    return {
        "columns": got,
        "rows": [
            {
                "expected": wanted,
                "cells": [
                    {
                        "count": counts[wanted, column],
                        "share": counts[wanted, column] / max(1, totals[wanted]),
                        "is_right": wanted == column,
                        "is_opposite": {wanted, column} == {"freelancers", "full_time"},
                    }
                    for column in got
                ],
                "total": totals[wanted],
            }
            for wanted in VERDICTS
        ],
    }


def breakdowns(cases: Sequence[CaseResult]) -> list[dict[str, Any]]:
    """A metric by style, kind and encoding."""
    found = []
    for dataset, metric, groups in _BREAKDOWNS:
        chosen = [one for one in cases if one.dataset == dataset]
        for group in groups:
            rows = [
                (name, figures(members, metric).get(metric))
                for name, members in by_group(chosen, group).items()
            ]
            table = [
                {"name": name, "text": with_bounds(figure), "value": 100 * figure.interval.value,
                 "cases": figure.cases}
                for name, figure in rows
                if figure is not None
            ]  # fmt: skip
            if table:
                label = metric_of(metric).label
                found.append({"title": f"{label} of {dataset} by {group}", "rows": table})
    reworded = _by_suffix(cases, "invariance/same_verdict.")
    if reworded:
        title = "paraphrase keeps verdict by kind of paraphrase"
        found.append({"title": title, "rows": reworded})
    return found


def _by_suffix(cases: Sequence[CaseResult], prefix: str) -> list[dict[str, Any]]:
    return [
        {"name": name.removeprefix(prefix), "text": with_bounds(figure),
         "value": 100 * figure.interval.value, "cases": figure.cases}
        for name, figure in figures(cases, prefix).items()
        if name.startswith(prefix)
    ]  # fmt: skip


def broken_texts(cases: Sequence[CaseResult]) -> list[dict[str, str]]:
    """The paraphrases and edits that changed a verdict, with what happened."""
    found = [
        {"case": one.case_id, "metric": metric_of(m.metric).label, "told": m.why}
        for one in cases
        if one.dataset == "invariance"
        for m in one.failed
        if m.metric in {"invariance/same_verdict", "invariance/monotone"}
    ]
    return found[:_MOST_BROKEN]


def questions_asked(cases: Sequence[CaseResult]) -> dict[str, str] | None:
    """Median questions to the lasting verdict, beside those of a fixed form."""
    chosen = [one.totals for one in cases if "interview/questions" in one.totals]
    if not chosen:
        return None
    asked, form = (
        float(np.median([totals[name][0] for totals in chosen]))
        for name in ("interview/questions", "interview/questions_of_form")
    )
    return {"asked": f"{asked:g}", "form": f"{form:g}", "count": str(len(chosen))}


def percentiles(cases: Sequence[CaseResult]) -> list[dict[str, str]]:
    """Median and 95th percentile of the time of turns and of the first sentence, in ms."""
    turns = [
        turn
        for one in cases
        for turns in (one.record or {}).get("conversations") or ()
        for turn in turns
    ]
    found = []
    for name, label in (("total", "whole turn"), ("first_sentence", "first sentence")):
        times = [turn["timings_ms"][name] for turn in turns if name in turn.get("timings_ms", {})]
        if times:
            p50, p95 = np.percentile(times, [50, 95])
            found.append({"label": label, "p50": f"{p50:.1f}", "p95": f"{p95:.1f}",
                          "count": str(len(times))})  # fmt: skip
    return found
