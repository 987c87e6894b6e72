"""Evals of the evals: known ways to break the advisor are noticed, and leave nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.evals.slices import PLACE, command

from hiring_advisor.advisor import Advice, Advisor
from hiring_advisor.answering import worded
from hiring_advisor.answering.answerable import Answerability
from hiring_advisor.answering.compose import Composer
from hiring_advisor.answering.sources import SourceList
from hiring_advisor.bootstrap import Parts
from hiring_advisor.evals.mutation import MUTATIONS
from hiring_advisor.evals.mutation.kinds import Mutation
from hiring_advisor.evals.mutation.trial import Trial, Trials
from hiring_advisor.evals.place import Choice
from hiring_advisor.evals.record import run
from hiring_advisor.evals.targets import InProcess
from hiring_advisor.retrieval.retriever import Retriever
from hiring_advisor.scoring import tool
from hiring_advisor.scoring.tool import ScoringTool
from hiring_advisor.understanding import extractor, intent, local
from hiring_advisor.understanding.extractor import Extractor
from hiring_advisor.understanding.local import LocalReader

TOUCHED: tuple[type | ModuleType, ...] = (
    Advice, Advisor, Answerability, Composer, Extractor, LocalReader, Retriever, ScoringTool,
    SourceList, extractor, intent, local, tool, worded,
)  # fmt: skip


def make_parts(parts: Parts) -> Parts:
    """Fresh parts that nothing has used yet, over an index that is there."""
    return Parts(parts.settings)


MESSAGES = Choice(("verdict", "grounding"), every=20)
DIALOGUES = Choice(("dialogue",), every=3)


@pytest.fixture(scope="module")
def trials_on(parts: Parts) -> Callable[[Choice], Trials]:
    """Trials on a slice; the intact advisor is measured once on each."""
    return cache(lambda choice: Trials(PLACE, choice, lambda: make_parts(parts)))


@pytest.mark.parametrize(
    ("name", "choice", "suites"),
    [
        ("rule_sign", MESSAGES, {"rubric", "tool"}),
        ("facts_without_witness", MESSAGES, {"tool"}),
        ("quotes_altered", MESSAGES, {"grounding"}),
        ("negation_ignored", MESSAGES, {"verdict"}),
        ("memory_lost", DIALOGUES, {"interview"}),
    ],
)
def test_a_broken_advisor_is_noticed_where_it_is_broken(
    trials_on: Callable[[Choice], Trials], name: str, choice: Choice, suites: set[str]
) -> None:
    trial = trials_on(choice).try_out(MUTATIONS[name])
    assert not trial.survived
    assert suites <= trial.noticed.keys(), trial.noticed
    assert all(told for told in trial.noticed.values())


def test_after_a_trial_everything_is_put_back_and_nothing_broken_is_nothing_noticed(
    trials_on: Callable[[Choice], Trials],
) -> None:
    trials = trials_on(MESSAGES)
    assert trials.try_out(MUTATIONS["prose_contradicts"]).flips
    trial = trials.try_out(Mutation("nothing", "nothing is broken", lambda stack, parts: None))
    assert trial == Trial(trial.mutation, {}, 0, trial.took_s)
    assert trial.survived


def parts_in(owner: type | ModuleType) -> dict[str, Any]:
    return dict(vars(owner))


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_a_mutation_says_what_it_breaks_applies_and_is_put_back(
    parts: Parts, mutation: Mutation
) -> None:
    assert len(mutation.what.split()) >= 3
    fresh = make_parts(parts)
    fresh.library, fresh.embedder = parts.library, parts.embedder
    before = [parts_in(owner) for owner in TOUCHED]
    rubric = fresh.rubric
    with ExitStack() as stack:
        mutation.apply(stack, fresh)
        broken = [parts_in(owner) for owner in TOUCHED]
        # It broke something: a part of the code, the rubric, or (faint readings) the classifier.
        classifier = fresh.local._classifier
        assert classifier is not None
        is_code = broken != before
        is_value = fresh.rubric != rubric or classifier.threshold == 0.1
        assert is_code or is_value or mutation.model
    assert [parts_in(owner) for owner in TOUCHED] == before
    assert parts.rubric == rubric


@pytest.mark.parametrize("name", [one.name for one in MUTATIONS.values() if not one.model])
def test_a_broken_advisor_still_runs(parts: Parts, name: str) -> None:
    """What is noticed is what is broken, not a crash of the mutation itself."""
    fresh = make_parts(parts)
    fresh.library, fresh.embedder = parts.library, parts.embedder
    case = Choice(("dialogue",), every=30).cases(PLACE.folder)["dialogues"][1]
    with ExitStack() as stack:
        MUTATIONS[name].apply(stack, fresh)
        record = asyncio.run(run(case, InProcess(fresh).open()))
    assert record.error is None
    assert len(record.conversations[0]) == len(case.conversations[0])


def test_the_command_writes_a_table_and_fails_where_one_survives(
    built_data: Path, tmp_path: Path
) -> None:
    ended = command(
        built_data, tmp_path, "mutate", "--only", "rule_sign", "--every", "60", "--out", "table.md"
    )
    assert ended.returncode == 0, ended.stderr
    table = (tmp_path / "table.md").read_text("utf-8")
    assert table == ended.stdout
    assert f"| rule_sign | {MUTATIONS['rule_sign'].what} | " in table
    assert "1 of 1 noticed." in ended.stderr
    refused = command(built_data, tmp_path, "mutate", "--only", "nope")
    assert refused.returncode == 2
    assert "rule_sign" in refused.stderr
