"""A session of the suite, on a small slice: every dataset, its logs, its repetitions, its order."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log
from tests.conftest import clean_environment, free_port
from tests.evals.slices import PLACE, measured, outcome, outcomes

from hiring_advisor.bootstrap import Parts
from hiring_advisor.channels.eval_targets import targets_of
from hiring_advisor.errors import AdvisorError, ContentError
from hiring_advisor.evals.cases import MEASURED
from hiring_advisor.evals.metrics import METRICS, SUITES
from hiring_advisor.evals.place import Choice
from hiring_advisor.evals.runs import Run, read
from hiring_advisor.evals.scorers.table import BY_DATASET
from hiring_advisor.evals.session import measure, rescore
from hiring_advisor.evals.targets import InProcess

SMALL = Choice(("verdict", "declines"), every=90)
OF_MODELS = {"cost/money", "judge/supported", "parity/same_verdict", "parity/same_kind"}
OF_REPETITIONS = {"steady/same", "steady/all_right", "steady/once_right"}


@pytest.fixture(scope="module")
def folder(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run over each 40th sample of every suite."""
    out = tmp_path_factory.mktemp("session")
    measured(parts, out, Choice(every=40)).write(out)
    return out


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return read(folder)


@pytest.fixture(scope="module")
def logs(folder: Path) -> list[EvalLog]:
    return [read_eval_log(info) for info in list_eval_logs(str(folder / "logs"))]


def test_every_dataset_is_measured_and_nothing_breaks_off(run: Run) -> None:
    assert {one.dataset for one in run.cases} == set(MEASURED)
    assert [one.case_id for one in run.cases if one.got == "error"] == []
    figures = run.figures("embedded")
    assert figures["run/no_error"].interval.value == 1.0
    assert {name for name in METRICS if name not in figures} == OF_MODELS | OF_REPETITIONS


def test_every_scorer_says_something_of_its_dataset(run: Run) -> None:
    for dataset, scorers in BY_DATASET.items():
        said = {m.suite for one in run.cases if one.dataset == dataset for m in one.measures}
        assert said >= set(scorers), dataset


def test_the_cases_stand_in_the_order_of_the_suites(run: Run) -> None:
    wanted = list(dict.fromkeys(name for names in SUITES.values() for name in names))
    assert list(dict.fromkeys(one.dataset for one in run.cases)) == wanted


def test_a_run_says_what_was_measured(run: Run) -> None:
    assert run.meta["targets"] == ["embedded"]
    assert (run.meta["split"], run.meta["every"], run.meta["epochs"]) == ("all", 40, 1)
    assert run.meta["datasets"] == PLACE.digest()


def test_the_logs_of_inspect_hold_our_scores_with_words_and_intervals(
    run: Run, logs: list[EvalLog]
) -> None:
    assert {(log.eval.metadata or {})["dataset"] for log in logs} == set(MEASURED)
    by_id = {one.case_id: one for one in run.cases}
    for log in logs:
        assert log.status == "success"
        for sample in log.samples or ():
            assert sample.scores, sample.id
            for score in sample.scores.values():
                assert score.explanation
                assert isinstance(score.value, dict)
                for metric, value in score.value.items():
                    hits, of = by_id[str(sample.id)].totals.get(metric, (0, 0))
                    assert value == pytest.approx(hits / of if of else math.nan, nan_ok=True)
        assert log.results is not None
        for figure in log.results.scores:
            told = {name.rpartition("/")[2]: one.value for name, one in figure.metrics.items()}
            if told and not math.isnan(told["value"]):
                assert told["low"] <= told["value"] <= told["high"], figure.name


def test_a_log_shows_what_was_said(logs: list[EvalLog]) -> None:
    verdicts = next(log for log in logs if (log.eval.metadata or {})["dataset"] == "verdicts")
    assert verdicts.samples
    for sample in verdicts.samples:
        visitor, advisor = sample.messages
        assert (visitor.role, visitor.text) == ("user", sample.input)
        assert advisor.role == "assistant"
        assert advisor.text == sample.output.completion != ""


@contextmanager
def viewer(logs: Path, home: Path) -> Iterator[str]:
    """`inspect view` on a folder of logs; its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "inspect_ai", "view", "start", "--log-dir", str(logs),
         "--port", str(port)],
        env={**clean_environment(), "HOME": str(home)}, cwd=home,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def got(url: str) -> Any:
    """The JSON at an address that may not be there yet."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)
        except OSError:
            assert time.monotonic() < deadline, "the viewer does not start"
            time.sleep(0.1)


def test_inspect_view_lists_the_logs(folder: Path, tmp_path: Path) -> None:
    with viewer(folder / "logs", tmp_path) as url:
        listed = got(f"{url}/api/logs")["files"]
    names = {Path(one["name"]).name for one in listed}
    assert names == {one.name for one in (folder / "logs").glob("*.eval")}


def test_two_processes_find_what_one_finds(
    parts: Parts, built_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(built_data))
    alone = measured(parts, tmp_path / "one", SMALL)
    make = partial(targets_of, "embedded", (), None, None)
    shared = measure(PLACE, SMALL, make, tmp_path / "two", jobs=2)
    assert outcomes(shared) == outcomes(alone)
    assert [one.case_id for one in shared.cases] == [one.case_id for one in alone.cases]


def no_targets() -> list[Any]:
    raise AdvisorError("There is nothing to measure.")


def test_what_goes_wrong_in_a_process_is_said_in_its_words(tmp_path: Path) -> None:
    with pytest.raises(AdvisorError, match=r"^There is nothing to measure\.$"):
        measure(PLACE, Choice(("attacks",), every=150), no_targets, tmp_path, jobs=2)


def test_a_repeated_case_counts_as_one_base_case(parts: Parts, tmp_path: Path) -> None:
    choice = Choice(("attacks",), every=110, epochs=2)
    run = measured(parts, tmp_path, choice)
    cases = choice.cases(PLACE.folder)["attacks"]
    assert sorted((one.case_id, one.epoch) for one in run.cases) == [
        (case.case_id, epoch) for case in cases for epoch in (1, 2)
    ]
    first, again = ([outcome(one) for one in run.cases if one.epoch == epoch] for epoch in (1, 2))
    assert first == again
    figure = run.figures("embedded")["attacks/nothing_obeyed"]
    assert (figure.cases, figure.of) == (len(cases), 2 * len(cases))


def test_scoring_a_stored_run_anew_asks_no_advisor(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def say(*_: Any) -> Any:
        raise AssertionError("the advisor was asked")

    for name in ("say", "search", "score", "open"):
        monkeypatch.setattr(InProcess, name, say)
    again = rescore(PLACE, folder)
    assert {(*one.key, one.epoch): one.measures for one in again.cases} == {
        (*one.key, one.epoch): one.measures for one in run.cases
    }
    assert again.meta["rescored"]


def test_a_folder_without_logs_cannot_be_scored_anew(run: Run, tmp_path: Path) -> None:
    run.write(tmp_path)
    with pytest.raises(ContentError, match="holds no logs of a run"):
        rescore(PLACE, tmp_path)


def test_a_run_replaces_the_logs_of_the_one_before_it(parts: Parts, tmp_path: Path) -> None:
    measured(parts, tmp_path, Choice(("retrieval",), every=150))
    before = set((tmp_path / "logs").iterdir())
    kept = tmp_path / "logs" / "notes.txt"
    kept.write_text("mine", "utf-8")
    measured(parts, tmp_path, Choice(("attacks",), every=150))
    after = set((tmp_path / "logs").iterdir())
    assert len(before) == 1
    assert len(after) == 2
    assert before & after == set()
    assert kept in after
