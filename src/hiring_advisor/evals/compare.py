"""Two runs over the same cases, told apart: flips first, then what each metric gained or lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hiring_advisor.evals.metrics import is_breakdown, metric_of
from hiring_advisor.evals.runs import CaseResult, Key, Run, is_failure
from hiring_advisor.evals.statistics import (
    Interval,
    mcnemar,
    paired_difference,
    smallest_visible_flips,
    smallest_visible_mean,
)

ONLY_TIMES = ("cost/turn_ms", "cost/first_sentence_ms", "cost/money")


@dataclass(frozen=True, slots=True)
class Flip:
    """A case whose checks of one metric held in one run and not in the other."""

    metric: str
    target: str
    case_id: str
    is_loss: bool
    got_before: str
    got_after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric in two runs. `p_value` is of McNemar's exact test, for rates alone."""

    metric: str
    target: str
    before: float
    after: float
    interval: Interval
    cases: int
    gained: int
    lost: int
    p_value: float | None
    smallest_visible: float | None
    """The smallest difference that this many cases can show; None where there are too few."""
    is_single: bool = True
    """Whether each case is a single check, so that flips say all that changed."""

    @property
    def is_worse(self) -> bool:
        """Whether the change is for the worse, whatever its size."""
        better = metric_of(self.metric).better
        return self.interval.value < 0 if better == "higher" else (
            better == "lower" and self.interval.value > 0
        )  # fmt: skip

    @property
    def is_significant(self) -> bool:
        """Whether chance is an unlikely reason of it."""
        if self.p_value is not None and (self.is_single or self.p_value < 0.05):
            return self.p_value < 0.05
        return self.interval.low > 0 or self.interval.high < 0


@dataclass(frozen=True)
class Comparison:
    """What changed from a baseline to a run. Cases that only one of them has are counted apart."""

    flips: tuple[Flip, ...]
    differences: tuple[Difference, ...]
    paired: int
    only_before: int
    only_after: int
    meta_before: Mapping[str, object]

    @property
    def losses(self) -> list[Flip]:
        """The flips for the worse."""
        return [flip for flip in self.flips if flip.is_loss]


def compare(before: Run, after: Run) -> Comparison:
    """Pair two runs case by case; repetitions of a case are taken together."""
    ours, theirs = _by_key(after.cases), _by_key(before.cases)
    measured = {one.target for one in after.cases}
    keys = [key for key in theirs if key in ours]
    flips: list[Flip] = []
    found: list[Difference] = []
    for target in after.targets:
        pairs = [(theirs[key], ours[key]) for key in keys if key[0] == target]
        metrics = dict.fromkeys(m for _, new in pairs for m in new.totals)
        for metric in metrics:
            if metric in ONLY_TIMES:
                continue
            both = [(a, b) for a, b in pairs if metric in a.totals and metric in b.totals]
            if both:
                new_flips, difference = _of_metric(metric, target, both)
                flips += [] if is_breakdown(metric) else new_flips
                found.append(difference)
    flips.sort(key=lambda flip: (not flip.is_loss, flip.metric, flip.case_id))
    return Comparison(
        tuple(flips),
        tuple(found),
        paired=len(keys),
        only_before=sum(key not in ours for key in theirs if key[0] in measured),
        only_after=len(ours) - len(keys),
        meta_before=before.meta,
    )


def _of_metric(
    metric: str, target: str, pairs: list[tuple[CaseResult, CaseResult]]
) -> tuple[list[Flip], Difference]:
    old = [a.totals[metric] for a, _ in pairs]
    new = [b.totals[metric] for _, b in pairs]
    flips = [
        Flip(metric, target, b.case_id, is_failure(metric, *b.totals[metric]), a.got, b.got)
        for a, b in pairs
        if is_failure(metric, *a.totals[metric]) != is_failure(metric, *b.totals[metric])
    ]
    lost = sum(flip.is_loss for flip in flips)
    gained = len(flips) - lost
    is_rate = metric_of(metric).is_rate
    return flips, Difference(
        metric=metric,
        target=target,
        before=_ratio(old),
        after=_ratio(new),
        interval=paired_difference(old, new),
        cases=len(pairs),
        gained=gained,
        lost=lost,
        p_value=mcnemar(gained, lost) if is_rate else None,
        smallest_visible=smallest_visible_flips(len(pairs), len(flips))
        if is_rate
        else smallest_visible_mean(old, new),
        is_single=all(of == 1 for _, of in (*old, *new)),
    )


def _ratio(pairs: list[tuple[float, float]]) -> float:
    return sum(hits for hits, _ in pairs) / sum(of for _, of in pairs)


def _by_key(cases: Iterable[CaseResult]) -> dict[Key, CaseResult]:
    """The first repetition of each case: the others only narrow the figures of one run."""
    found: dict[Key, CaseResult] = {}
    for one in cases:
        found.setdefault(one.key, one)
    return found
