"""Which scorers look at the cases of which dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.measures import Measure, check
from hiring_advisor.evals.record import Record
from hiring_advisor.evals.scorers.attacks import attacks
from hiring_advisor.evals.scorers.costs import costs
from hiring_advisor.evals.scorers.declines import declines
from hiring_advisor.evals.scorers.dialogues import dialogues, interviews
from hiring_advisor.evals.scorers.grounding import grounding
from hiring_advisor.evals.scorers.invariance import invariance
from hiring_advisor.evals.scorers.retrieval import retrieval
from hiring_advisor.evals.scorers.verdicts import discipline, rubric_cases, verdicts

ScoreCase = Callable[[Case, Record, Knowledge], Iterator[Measure]]

SCORERS: Mapping[str, ScoreCase] = {
    "retrieval": retrieval,
    "grounding": grounding,
    "verdict": verdicts,
    "tool": discipline,
    "rubric": rubric_cases,
    "invariance": invariance,
    "dialogue": dialogues,
    "interview": interviews,
    "declines": declines,
    "attacks": attacks,
    "cost": costs,
}

BY_DATASET: Mapping[str, tuple[str, ...]] = {
    "questions": ("retrieval", "grounding", "declines", "cost"),
    "followups": ("grounding", "declines", "cost"),
    "unanswerable": ("declines", "cost"),
    "small_talk": ("declines", "cost"),
    "verdicts": ("verdict", "tool", "grounding", "cost"),
    "dialogues": ("dialogue", "tool", "grounding", "cost"),
    "attacks": ("attacks", "tool", "grounding", "cost"),
    "invariance": ("invariance", "tool", "cost"),
    "rubric_cases": ("rubric",),
    "interviews": ("interview", "tool", "cost"),
}


def score(case: Case, record: Record, knowledge: Knowledge, name: str) -> list[Measure]:
    """The measures of one scorer; a case that broke off has none."""
    if record.error is not None:
        return []
    return list(SCORERS[name](case, record, knowledge))


def score_all(case: Case, record: Record, knowledge: Knowledge) -> list[Measure]:
    """The measures of all scorers of the case's dataset, and whether it ran through."""
    ran = check("run/no_error", record.error is None, record.error or "")
    names = BY_DATASET[case.dataset]
    return [ran, *(one for name in names for one in score(case, record, knowledge, name))]
