"""A run: what every case led to, the figures over all of them, and how it is kept.

A run's folder holds `run.json` (all of it), `report.html`, `junit.xml`, `summary.md` and `logs/`
for `inspect view`. A baseline is a run without words: case, measures and verdict.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from hiring_advisor.errors import ContentError
from hiring_advisor.evals.measures import Measure
from hiring_advisor.evals.metrics import metric_of
from hiring_advisor.evals.statistics import Interval, ratio

FORMAT = 1
Key = tuple[str, str]
"""Target and case."""


@dataclass(frozen=True)
class CaseResult:
    """One case at one target. `record` is what came of it, for the report; None in a baseline."""

    case_id: str
    dataset: str
    split: str
    target: str
    groups: Mapping[str, str]
    said: str
    expected: str
    got: str
    measures: tuple[Measure, ...]
    record: Mapping[str, Any] | None = None
    epoch: int = 1

    @property
    def key(self) -> Key:
        """What pairs it with the same case of another run."""
        return self.target, self.case_id

    @cached_property
    def totals(self) -> Mapping[str, tuple[float, float]]:
        """(hits, of) of each metric."""
        found: dict[str, tuple[float, float]] = {}
        for one in self.measures:
            hits, of = found.get(one.metric, (0.0, 0.0))
            found[one.metric] = (hits + one.hits, of + one.of)
        return {metric: pair for metric, pair in found.items() if pair[1]}

    @property
    def failed(self) -> list[Measure]:
        """The checks that did not hold, those where less is better included."""
        return [one for one in self.measures if one.of and is_failure(one.metric, one.hits, one.of)]


def is_failure(metric: str, hits: float, of: float) -> bool:
    """Whether a metric of checks is not all that it can be; amounts never fail."""
    known = metric_of(metric)
    if not known.is_rate or not of:
        return False
    return hits > 0 if known.better == "lower" else hits < of


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric over all cases of one target. `cases` are base cases, `of` observations."""

    metric: str
    interval: Interval
    cases: int
    of: int


@dataclass
class Run:
    """A whole run. `meta` says what was measured: versions, settings, when, how long."""

    meta: dict[str, Any]
    cases: list[CaseResult] = field(default_factory=list)
    _figures: dict[str, dict[str, Figure]] = field(default_factory=dict, repr=False)

    @property
    def targets(self) -> list[str]:
        """What was measured, in order."""
        return list(dict.fromkeys(one.target for one in self.cases))

    def of(self, target: str) -> list[CaseResult]:
        """The results of one target."""
        return [one for one in self.cases if one.target == target]

    def figures(self, target: str) -> dict[str, Figure]:
        """Every metric of a target with its interval; worked out once."""
        if target not in self._figures:
            self._figures[target] = figures(self.of(target))
        return self._figures[target]

    def write(self, folder: Path) -> Path:
        """Write `run.json`; return its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "run.json"
        value = {"format": FORMAT, "meta": self.meta, "cases": [as_json(c) for c in self.cases]}
        path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
        return path

    def write_baseline(self, path: Path) -> None:
        """Write what a later run is compared with: no words, no times."""
        rows = [
            json.dumps(
                [
                    one.target, one.case_id, one.dataset, one.split, one.got,
                    {m: list(pair) for m, pair in one.totals.items() if not m.startswith("cost/")},
                ],
                separators=(",", ":"),
            )
            for one in sorted(self.cases, key=lambda one: (one.key, one.epoch))
            if one.epoch == 1
        ]  # fmt: skip
        meta = json.dumps({"format": FORMAT, **self.meta})
        path.write_text("\n".join((meta, *rows)) + "\n", "utf-8")


def figures(cases: Sequence[CaseResult], only: str = "") -> dict[str, Figure]:
    """Every metric over some results, or those whose names begin with `only`, with its interval.

    Repetitions count as one base case.
    """
    clusters: dict[str, dict[str, tuple[float, float]]] = {}
    for one in cases:
        for metric, (hits, of) in one.totals.items():
            if not metric.startswith(only):
                continue
            of_metric = clusters.setdefault(metric, {})
            before = of_metric.get(one.case_id, (0.0, 0.0))
            of_metric[one.case_id] = (before[0] + hits, before[1] + of)
    return {
        metric: Figure(
            metric,
            ratio(list(pairs.values()), is_rate=metric_of(metric).is_rate),
            len(pairs),
            round(sum(of for _, of in pairs.values())),
        )
        for metric, pairs in clusters.items()
    }


def by_group(cases: Iterable[CaseResult], group: str) -> dict[str, list[CaseResult]]:
    """Results by what a group (style, kind, encoding …) says of them, in order."""
    found: dict[str, list[CaseResult]] = {}
    for one in cases:
        if group in one.groups:
            found.setdefault(one.groups[group], []).append(one)
    return dict(sorted(found.items()))


def read(path: Path) -> Run:
    """A run from its folder, its `run.json` or a baseline file. Raises `ContentError`."""
    file = path / "run.json" if path.is_dir() else path
    try:
        text = file.read_text("utf-8")
        return _of_text(text)
    except OSError:
        raise ContentError(
            f"{path.name}: holds no run; give the folder of a run or a baseline file."
        ) from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ContentError(f"{path.name}: is not a run of this version.") from None


def _of_text(text: str) -> Run:
    first, _, rest = text.partition("\n")
    head = json.loads(first)
    if head.get("format") != FORMAT:
        raise ValueError("another format")
    if "cases" in head:
        return Run(head["meta"], [of_json(one) for one in head["cases"]])
    meta = {name: value for name, value in head.items() if name != "format"}
    cases = []
    for line in rest.splitlines():
        target, case_id, dataset, split, got, totals = json.loads(line)
        measures = tuple(Measure(metric, hits, of) for metric, (hits, of) in totals.items())
        cases.append(CaseResult(case_id, dataset, split, target, {}, "", "", got, measures))
    return Run(meta, cases)


def as_json(case: CaseResult) -> dict[str, Any]:
    """A result as plain JSON values."""
    value = {**case.__dict__}
    value.pop("totals", None)
    value["measures"] = [list(asdict(one).values()) for one in case.measures]
    return value


def of_json(value: dict[str, Any]) -> CaseResult:
    """A result from what `as_json` gave."""
    measures = tuple(Measure(*one) for one in value.pop("measures"))
    return CaseResult(**value, measures=measures)
