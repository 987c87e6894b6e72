"""What a run leaves for machines and for a terminal: JUnit XML, annotations, summary, table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hiring_advisor.evals.compare import Comparison
from hiring_advisor.evals.gates import Outcome
from hiring_advisor.evals.metrics import METRICS, metric_of
from hiring_advisor.evals.runs import CaseResult, Figure, Run

MOST_SHOWN = 12
MIN_WIDTH = 110
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def percent(value: float, metric: str) -> str:
    """A value as people read it."""
    unit = metric_of(metric).unit
    if unit == "%":
        return f"{100 * value:.1f} %"
    return f"{value:.2f}" if unit in {"share", "calls", "questions"} else f"{value:.4g}"


def with_bounds(figure: Figure) -> str:
    """A value with the bounds of its interval."""
    low, high = figure.interval.low, figure.interval.high
    unit = metric_of(figure.metric).unit
    if unit == "%":
        return f"{100 * figure.interval.value:.1f} % ({100 * low:.1f}–{100 * high:.1f})"
    value = percent(figure.interval.value, figure.metric)
    return f"{value} ({percent(low, figure.metric)}–{percent(high, figure.metric)})"


def shown(run: Run, target: str) -> list[Figure]:
    """The figures of a target in the order of the metrics, breakdowns left out."""
    found = run.figures(target)
    return [found[name] for name in METRICS if name in found]


def print_table(run: Run, outcomes: Sequence[Outcome], comparison: Comparison | None) -> None:
    """The figures, what changed and the gates that failed, on stdout."""
    console = Console(highlight=False)
    console.width = max(console.width, MIN_WIDTH)  # cut off in a log, a figure is no use
    for target in run.targets:
        title = f"{escape(target)}: {len(run.of(target))} cases"
        table = Table(title=title, title_justify="left")
        for heading in ("", "metric", "95 % interval", "cases", "observations"):
            is_number = heading in {"cases", "observations"}
            table.add_column(heading, no_wrap=True, justify="right" if is_number else "left")
        broken = {one.name for one in outcomes if not one.holds and one.target in (target, "all")}
        for figure in shown(run, target):
            mark = "[red]✗[/]" if figure.metric in broken else ""
            table.add_row(
                mark, figure.metric, with_bounds(figure), str(figure.cases), str(figure.of)
            )
        console.print(table)
    if comparison is not None:
        for line in comparison_lines(comparison):
            console.print(line, markup=False)
    for one in outcomes:
        if not one.holds:
            cases = ", ".join(one.cases[:MOST_SHOWN])
            more = f" and {len(one.cases) - MOST_SHOWN} more" if len(one.cases) > MOST_SHOWN else ""
            console.print(f"✗ {one.told} ({one.target}){f': {cases}{more}' if cases else ''}",
                          style="red", markup=False)  # fmt: skip
    held = sum(one.holds for one in outcomes)
    if outcomes:
        console.print(f"{held} of {len(outcomes)} gates hold.", style="bold")


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """What changed against the baseline: flips first."""
    yield (
        f"Against the baseline: {comparison.paired} cases paired, "
        f"{comparison.only_before} only there, {comparison.only_after} only here."
    )
    for flip in comparison.flips[: 4 * MOST_SHOWN]:
        sign = "−" if flip.is_loss else "+"
        yield (
            f"  {sign} {flip.case_id} {flip.metric} ({flip.target}): "
            f"{flip.got_before} → {flip.got_after}"
        )
    if len(comparison.flips) > 4 * MOST_SHOWN:
        yield f"  … and {len(comparison.flips) - 4 * MOST_SHOWN} more flips; see the report."
    for one in comparison.differences:
        if not one.interval.value and not one.gained and not one.lost:
            continue
        if one.metric not in METRICS:
            continue
        p_value = "" if one.p_value is None else f", McNemar p = {one.p_value:.3g}"
        least = one.smallest_visible
        seen = "" if least is None else f"; {one.cases} cases can show {least:.3f}"
        yield (
            f"  {one.metric} ({one.target}): {one.before:.3f} → {one.after:.3f}, difference "
            f"{one.interval.value:+.3f} ({one.interval.low:+.3f} to {one.interval.high:+.3f})"
            f"{p_value}{seen}"
        )


def write_junit(run: Run, outcomes: Sequence[Outcome], path: Path) -> None:
    """One test case per case and per gate, for whatever reads JUnit XML."""
    document = JUnitXml("hiring-advisor evals")
    for target in run.targets:
        by_dataset: dict[str, list[CaseResult]] = {}
        for one in run.of(target):
            by_dataset.setdefault(one.dataset, []).append(one)
        for dataset, cases in by_dataset.items():
            suite = TestSuite(_xml(f"{dataset}@{target}"))
            suite.add_testcases([_junit_case(one) for one in cases])
            document.add_testsuite(suite)
    gates = TestSuite("gates")
    for outcome in outcomes:
        case = TestCase(_xml(f"{outcome.name}@{outcome.target}"), classname="gates")
        if not outcome.holds:
            case.result = [Failure(_xml(outcome.told))]
        gates.add_testcase(case)
    document.add_testsuite(gates)
    document.update_statistics()  # type: ignore[no-untyped-call]
    document.write(str(path), pretty=True)


def _xml(text: str) -> str:
    """A text without the characters that XML cannot hold: an answer may hold any."""
    return _NO_XML.sub("\ufffd", text)


def _junit_case(one: CaseResult) -> TestCase:
    case = TestCase(one.case_id, classname=one.dataset)
    failed = one.failed
    if one.got == "error":
        case.result = [Error(_xml((one.record or {}).get("error") or "error"))]
    elif failed:
        # Told, not failed: whether a single miss matters is for the gates to say.
        case.system_out = _xml("\n".join(f"{m.metric}: {m.why}" for m in failed))
    return case


def github_lines(outcomes: Sequence[Outcome], run: Run, folder: str) -> Iterator[str]:
    """GitHub's annotations: one line for each gate that failed, at the dataset of its cases."""
    datasets = {one.case_id: one.dataset for one in run.cases}
    for one in outcomes:
        if one.holds:
            continue
        first = datasets.get(one.cases[0]) if one.cases else None
        file = f"{folder}/datasets/{first}.jsonl" if first else f"{folder}/thresholds.toml"
        cases = f" Cases: {', '.join(one.cases[:MOST_SHOWN])}" if one.cases else ""
        told = f"{one.told} ({one.target}).{cases}"
        for sign in "%\r\n":  # the percent sign first, or it would be escaped twice
            told = told.replace(sign, f"%{ord(sign):02X}")
        yield f"::error file={file},title=eval gate::{told}"


def summary(run: Run, outcomes: Sequence[Outcome], comparison: Comparison | None) -> str:
    """The run in Markdown, for a step summary or a mail."""
    lines = ["# Evals", "", f"{len(run.cases)} cases in {run.meta.get('took_s', '?')} s.", ""]
    failed = [one for one in outcomes if not one.holds]
    if failed:
        lines += ["## Gates that failed", ""]
        lines += [f"- {one.told} ({one.target})" for one in failed]
        lines.append("")
    else:
        lines += [f"All {len(outcomes)} gates hold.", ""]
    if comparison is not None:
        lines += ["## Against the baseline", "", "```", *comparison_lines(comparison), "```", ""]
    for target in run.targets:
        lines += [f"## {target}", "", "| metric | 95 % interval | cases | meaning |",
                  "| --- | --- | --- | --- |"]  # fmt: skip
        lines += [
            f"| {figure.metric} | {with_bounds(figure)} | {figure.cases} | "
            f"{metric_of(figure.metric).meaning} |"
            for figure in shown(run, target)
        ]
        lines.append("")
    return "\n".join(lines)
