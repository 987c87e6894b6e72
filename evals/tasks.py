"""The datasets as tasks of inspect-ai, for whoever works with its own command.

    inspect eval evals/tasks.py@verdicts --model none/advisor --limit 20

`hiring-advisor eval` runs the same and adds what inspect has not: pairs, gates and the report.
"""

from __future__ import annotations

from inspect_ai import Task, task

from hiring_advisor.channels.eval_app import place
from hiring_advisor.channels.eval_targets import targets_of
from hiring_advisor.evals.engine import task_of
from hiring_advisor.evals.place import Choice


def _task(dataset: str) -> Task:
    """One dataset, at the embedded advisor of this process."""
    where = place()
    cases = Choice().cases(where.folder, [dataset])[dataset]
    (target,) = targets_of("embedded", (), None, None)
    return task_of(dataset, cases, target, where.knowledge, lambda: None)


@task
def questions() -> Task:
    """Questions that the article answers."""
    return _task("questions")


@task
def followups() -> Task:
    """Questions that lean on the ones before them."""
    return _task("followups")


@task
def unanswerable() -> Task:
    """Questions that the article does not answer."""
    return _task("unanswerable")


@task
def small_talk() -> Task:
    """Greetings, thanks and the like."""
    return _task("small_talk")


@task
def verdicts() -> Task:
    """Messages that describe a project."""
    return _task("verdicts")


@task
def dialogues() -> Task:
    """Conversations of several turns."""
    return _task("dialogues")


@task
def attacks() -> Task:
    """Messages that want to turn the advisor."""
    return _task("attacks")


@task
def invariance() -> Task:
    """Messages with paraphrases and monotone edits."""
    return _task("invariance")


@task
def rubric_cases() -> Task:
    """Profiles made from the rubric."""
    return _task("rubric_cases")


@task
def interviews() -> Task:
    """Visitors who answer what is asked."""
    return _task("interviews")
