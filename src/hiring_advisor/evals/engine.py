"""The engine: inspect-ai runs the cases, keeps epochs and writes logs for `inspect view`.

The advisor is the solver, our samples are the dataset, our scorers its scorers. No model of
inspect's is used and nothing leaves the machine but what the target itself is set to call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from inspect_ai import Epochs, Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ModelOutput
from inspect_ai.scorer import SampleScore, Score, Scorer, metric, scorer
from inspect_ai.scorer import Target as Expected
from inspect_ai.solver import Generate, Solver, TaskState, solver

from hiring_advisor.errors import AdvisorError, ContentError
from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.measures import Measure
from hiring_advisor.evals.metrics import METRICS, is_breakdown
from hiring_advisor.evals.record import Record, run
from hiring_advisor.evals.results import expected_of, result
from hiring_advisor.evals.runs import CaseResult
from hiring_advisor.evals.scorers.table import BY_DATASET, score
from hiring_advisor.evals.statistics import ratio
from hiring_advisor.evals.targets import Target

AT_ONCE = 4
_RECORD = "record"
Tick = Callable[[], None]


def task_of(
    name: str, cases: Sequence[Case], target: Target, knowledge: Knowledge, tick: Tick
) -> Task:
    """One dataset at one target as an inspect task."""
    by_id = {case.case_id: case for case in cases}
    return Task(
        dataset=MemoryDataset([_sample(case) for case in cases], name=name),
        solver=_advisor(by_id, target, tick),
        scorer=[_scorer(one, by_id, knowledge) for one in BY_DATASET[name]],
        name=f"{name}@{target.name}",
        metadata={"dataset": name, "target": target.name},
    )


def _sample(case: Case) -> Sample:
    return Sample(
        id=case.case_id,
        input=case.said or "(nothing)",
        target=expected_of(case.sample),
        metadata={
            "split": case.sample.split,
            "sections": list(case.sample.sections),
            **case.groups,
        },
    )


def _advisor(by_id: Mapping[str, Case], target: Target, tick: Tick) -> Solver:
    @solver(name="advisor")
    def asks() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            record = await run(by_id[str(state.sample_id)], target)
            state.store.set(_RECORD, record.as_json())
            state.messages = [
                message
                for turns in record.conversations
                for turn in turns
                for message in (
                    ChatMessageUser(content=turn["user_text"]),
                    ChatMessageAssistant(content=turn["text"]),
                )
            ]
            last = record.conversations[0][-1]["text"] if _has_turns(record) else ""
            state.output = ModelOutput.from_content(target.name, record.error or last)
            tick()
            return state

        return solve

    return asks()


def _has_turns(record: Record) -> bool:
    return bool(record.conversations and record.conversations[0])


@metric(name="value")
def value() -> Any:
    """The value over all samples."""
    return _over_samples(0)


@metric(name="low")
def low() -> Any:
    """The lower bound of its 95 % interval."""
    return _over_samples(1)


@metric(name="high")
def high() -> Any:
    """The upper bound of its 95 % interval."""
    return _over_samples(2)


def _over_samples(which: int) -> Callable[[list[SampleScore]], float]:
    def over(scores: list[SampleScore]) -> float:
        values = [float(one.score.as_float()) for one in scores]
        pairs = [(one, 1.0) for one in values if not math.isnan(one)]
        if not pairs:
            return math.nan
        found = ratio(pairs, is_rate=all(0 <= one <= 1 for one, _ in pairs))
        return (found.value, found.low, found.high)[which]

    return over


def _scorer(name: str, by_id: Mapping[str, Case], knowledge: Knowledge) -> Scorer:
    @scorer(metrics=[{"*": [value(), low(), high()]}], name=name)
    def scores() -> Scorer:
        async def of_state(state: TaskState, target: Expected) -> Score:
            record = Record.of_json(state.store.get(_RECORD))
            case = by_id[str(state.sample_id)]
            return _score(name, score(case, record, knowledge, name), record)

        return of_state

    return scores()


def _score(name: str, measures: Iterable[Measure], record: Record) -> Score:
    """One score with a value for each metric of the scorer, and all explanations.

    inspect wants the same names in every sample: what says nothing is NaN, which it leaves out.
    """
    totals = {metric.name: (0.0, 0.0) for metric in METRICS.values() if metric.suite == name}
    told = []
    for one in measures:
        if not is_breakdown(one.metric):
            hits, of = totals[one.metric]
            totals[one.metric] = (hits + one.hits, of + one.of)
        if one.why:
            told.append(f"{one.metric}: {one.why}")
    values: dict[str, str | int | float | bool | None] = {
        metric: hits / of if of else math.nan for metric, (hits, of) in totals.items()
    }
    return Score(value=values, explanation="\n".join(told) or record.error or "all checks hold")


def evaluate(
    tasks: Sequence[Task], logs: Path, *, epochs: int = 1, at_once: int = AT_ONCE
) -> list[EvalLog]:
    """Run the tasks and write their logs. Raises `AdvisorError` where inspect could not."""
    found = inspect_eval(
        list(tasks),
        model="none/advisor",
        log_dir=str(logs),
        log_format="eval",
        display="log",  # even "none" draws its tables, at several seconds a run, for nobody
        epochs=Epochs(epochs, "mean"),
        max_samples=at_once,
        max_tasks=1,
        fail_on_error=False,
        log_realtime=False,
        log_model_api=False,
        score_display=False,
    )
    broken = [log for log in found if log.status != "success"]
    if broken:
        said = broken[0].error.message if broken[0].error else broken[0].status
        raise AdvisorError(f"The run of {broken[0].eval.task} broke off: {said}")
    return found


def results_of(
    logs: Iterable[EvalLog],
    cases: Mapping[str, Case],
    knowledge: Knowledge,
    changed: frozenset[str],
    prices: Mapping[str, Mapping[str, float]],
) -> list[CaseResult]:
    """Score what the logs hold, anew: `cases` are by id, labels as they are now."""
    found = []
    for log in logs:
        target = str((log.eval.metadata or {})["target"])
        for sample in log.samples or ():
            case = cases.get(str(sample.id))
            if case is None:
                continue  # the sample was taken out of its dataset
            record = Record.of_json(sample.store[_RECORD]) if _RECORD in sample.store else Record(
                error=sample.error.message if sample.error else "nothing was recorded"
            )  # fmt: skip
            found.append(
                result(
                    case,
                    record,
                    knowledge,
                    target,
                    changed=changed,
                    prices=prices.get(target),
                    epoch=sample.epoch,
                )
            )
    return found


def read_logs(folder: Path) -> list[EvalLog]:
    """The logs of a stored run. Raises `ContentError` where there are none."""
    infos = list_eval_logs(str(folder / "logs"), descending=False)
    if not infos:
        raise ContentError(f"{folder.name}: holds no logs of a run.")
    return [read_eval_log(info) for info in infos]
