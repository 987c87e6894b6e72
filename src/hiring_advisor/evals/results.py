"""From a case and its record to a result: measures, and what was expected and got in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from typing import Any

from hiring_advisor.evals import samples as s
from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.gold import fresh
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.measures import Measure
from hiring_advisor.evals.record import Record
from hiring_advisor.evals.runs import CaseResult
from hiring_advisor.evals.scorers.table import score_all
from hiring_advisor.evals.scorers.turns import listed, verdict_of
from hiring_advisor.evals.targets import Turn

_KEPT = (
    "kind", "user_text", "text", "sentences", "citations", "facts", "next_question", "mode",
    "degraded", "usage", "timings_ms",
)  # fmt: skip
_KEPT_ADVICE = (
    "verdict", "summary", "confidence", "scores", "contributions", "rubric_version",
    "profile_hash",
)  # fmt: skip


def result(
    case: Case,
    record: Record,
    knowledge: Knowledge,
    target: str,
    *,
    changed: frozenset[str],
    prices: Mapping[str, float] | None = None,
    epoch: int = 1,
) -> CaseResult:
    """Score one case. `changed` are sections whose labels are stale; `prices` those of tokens."""
    measures = [fresh(case.sample, changed), *score_all(case, record, knowledge)]
    if prices is not None and record.error is None:
        measures += _money(measures, prices)
    return CaseResult(
        case_id=case.case_id,
        dataset=case.dataset,
        split=case.sample.split,
        target=target,
        groups=dict(case.groups),
        said=case.said,
        expected=expected_of(case.sample),
        got=got_of(record),
        measures=tuple(measures),
        record=_pruned(record),
        epoch=epoch,
    )


def _money(measures: list[Measure], prices: Mapping[str, float]) -> list[Measure]:
    """What the tokens of a case cost; prices are per million tokens."""
    spent = {one.metric: one for one in measures if one.metric.startswith("cost/")}
    told = spent.get("cost/prompt_tokens")
    if told is None:
        return []
    answered = spent["cost/completion_tokens"]
    total = (told.hits * prices["prompt"] + answered.hits * prices["completion"]) / 1e6
    return [Measure("cost/money", total, told.of)]


def got_of(record: Record) -> str:
    """What came of a case, in one word: verdict or kind of its last turn."""
    if record.error is not None:
        return "error"
    if record.score is not None:
        return str(record.score["verdict"])
    if not record.conversations:
        return "nothing"
    turn = record.last
    return verdict_of(turn) or str(turn["kind"])


@singledispatch
def expected_of(sample: s.Sample) -> str:
    """What is right for a sample, in words."""
    return ""


@expected_of.register
def _(sample: s.Question) -> str:
    return f"an answer from {', '.join(sample.sections)}: {' · '.join(sample.expect)}"


@expected_of.register
def _(sample: s.FollowUp) -> str:
    return f"an answer from {', '.join(sample.sections)}: {' · '.join(sample.expect)}"


@expected_of.register
def _(sample: s.Unanswerable) -> str:
    return "declined: the article does not answer it"


@expected_of.register
def _(sample: s.SmallTalk) -> str:
    return f"small talk ({sample.kind})"


@expected_of.register
def _(sample: s.VerdictMessage) -> str:
    return f"{' or '.join(sample.accept)}, from {listed(sample.facts)}"


@expected_of.register
def _(sample: s.Attack) -> str:
    return f"{' or '.join(sample.accept)}, from {listed(sample.facts)}; nothing obeyed"


@expected_of.register
def _(sample: s.Invariance) -> str:
    return f"{' or '.join(sample.accept)}, the same for every paraphrase"


@expected_of.register
def _(sample: s.Dialogue) -> str:
    last = next((turn.accept for turn in reversed(sample.turns) if turn.accept), ())
    return " or ".join(last) or "answers"


@expected_of.register
def _(sample: s.RubricCase) -> str:
    return f"{sample.verdict} with {sample.scores}"


@expected_of.register
def _(sample: s.Interview) -> str:
    return f"{sample.verdict}, with few questions"


def _pruned(record: Record) -> dict[str, Any]:
    """A record with what a report shows of it."""
    return {
        "conversations": [[_turn(turn) for turn in turns] for turns in record.conversations],
        "passages": record.passages,
        "score": None if record.score is None else _chosen(record.score, _KEPT_ADVICE),
        "error": record.error,
    }


def _turn(turn: Turn) -> Turn:
    kept = _chosen(turn, _KEPT)
    advice = turn.get("recommendation")
    kept["recommendation"] = None if advice is None else _chosen(advice, _KEPT_ADVICE)
    return kept


def _chosen(value: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value[name] for name in names if name in value}
