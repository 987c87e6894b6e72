"""`hiring-advisor eval` as people and machines call it: what it leaves, says and ends with."""

from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT
from tests.evals.slices import command, sentence

from hiring_advisor.evals.runs import Run, read

Ended = subprocess.CompletedProcess[str]
Eval = Callable[..., Ended]

IMPOSSIBLE = """
[[gate]]
metric = "run/no_error"
at_least = 1.0

[[gate]]
metric = "cost/turn_ms"
at_most = 0.001
why = "Nothing is as fast as that."

[[gate]]
metric = "declines/small_talk"
at_least = 1.01
"""


@pytest.fixture(scope="module")
def data(built_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    shutil.copytree(built_data, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture
def evaluate(data: Path, tmp_path: Path) -> Eval:
    """Run the command in an empty folder: `evaluate("--every", "60", NAME="value")`."""

    def run(*arguments: str, **environment: str) -> Ended:
        ended = command(data, tmp_path, *arguments, **environment)
        assert "Traceback" not in ended.stderr
        return ended

    return run


@pytest.fixture(scope="module")
def slice_(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    """A slice of everything, as it ended, and the folder in which it did."""
    folder = tmp_path_factory.mktemp("slice")
    return command(data, folder, "--every", "60", "--out", "run"), folder / "run"


@pytest.fixture
def own_evals(tmp_path: Path) -> Path:
    """A copy of the suite in the working directory, where it is looked for first."""
    return Path(shutil.copytree(ROOT / "evals", tmp_path / "evals"))


def test_a_slice_ends_well_and_leaves_files_for_people_and_machines(
    slice_: tuple[Ended, Path],
) -> None:
    ended, folder = slice_
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False)
    assert {one.name for one in folder.iterdir()} == {
        "run.json", "report.html", "junit.xml", "summary.md", "logs",
    }  # fmt: skip
    run = read(folder)
    assert f"{len(run.cases)} cases" in ended.stderr
    assert "Report: run/report.html" in ended.stderr
    assert "inspect view --log-dir run/logs" in ended.stderr
    for metric in run.figures("embedded"):
        is_whole = "." not in metric
        assert (f" {metric} " in ended.stdout) is is_whole, metric


def test_the_summary_and_the_table_tell_the_same_figures(slice_: tuple[Ended, Path]) -> None:
    ended, folder = slice_
    rows = [
        line for line in (folder / "summary.md").read_text("utf-8").splitlines() if "| " in line
    ]
    told = dict(line.strip("| ").split(" | ")[:2] for line in rows[2:])
    assert set(told) == {m for m in read(folder).figures("embedded") if "." not in m}
    assert [figure for figure in told.values() if figure not in ended.stdout] == []


def test_the_junit_file_has_every_case_and_no_failure(slice_: tuple[Ended, Path]) -> None:
    tree = ET.parse(slice_[1] / "junit.xml")
    names = {one.get("name") for one in tree.iter("testcase")}
    assert names == {one.case_id for one in read(slice_[1]).cases}
    assert list(tree.iter("failure")) == list(tree.iter("error")) == []


@pytest.mark.parametrize(
    ("option", "known"),
    [("--suite", "known are retrieval, grounding"), ("--split", "wants dev, test or all"),
     ("--mode", "wants embedded or openai")],
)  # fmt: skip
def test_wrong_use_ends_with_2_and_names_what_is_known(
    evaluate: Eval, tmp_path: Path, option: str, known: str
) -> None:
    ended = evaluate(option, "nope")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"Invalid value for {option}" in sentence(ended.stderr)
    assert known in sentence(ended.stderr)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--mode", "openai"), "OPENAI_API_KEY"),
        (("--model", "gpt-5.1"), "OPENAI_API_KEY"),
        (("--model", "mine@127.0.0.1:1"), "--model"),
        (("--target", "127.0.0.1:1"), "--target"),
        (("--baseline", "nothing.jsonl"), "nothing.jsonl"),
        (("rescore", "nothing"), "nothing"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_sentence(
    evaluate: Eval, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    ended = evaluate(*arguments)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_gate_that_fails_fails_the_run_and_github_shows_where(
    evaluate: Eval, own_evals: Path, tmp_path: Path
) -> None:
    (own_evals / "thresholds.toml").write_text(IMPOSSIBLE, "utf-8")
    summary = tmp_path / "step.md"
    summary.write_text("before\n", "utf-8")
    ended = evaluate(
        "--suite", "declines", "--every", "150", "--gates", "--jobs", "1", "--out", "run",
        GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary),
    )  # fmt: skip
    assert ended.returncode == 1
    assert "1 of 3 gates hold." in ended.stdout
    errors = [line for line in ended.stdout.splitlines() if line.startswith("::error")]
    assert len(errors) == 2
    assert errors[0].startswith("::error file=evals/thresholds.toml,title=eval gate::cost/turn_ms")
    assert "wanted at most 0.001" in errors[0]
    text = summary.read_text("utf-8")
    assert text.startswith("before\n")
    assert "Gates that failed" in text
    failures = list(ET.parse(tmp_path / "run" / "junit.xml").iter("failure"))
    assert [one.get("message") for one in failures] == [
        line.removeprefix("::error file=evals/thresholds.toml,title=eval gate::").partition(" (")[0]
        for line in errors
    ]


def test_a_slice_is_held_to_no_gates_and_annotates_nothing(slice_: tuple[Ended, Path]) -> None:
    ended, folder = slice_
    # So few cases are below a limit by chance: that fails no run of which something is left out.
    assert read(folder).figures("embedded")["declines/not_invented"].interval.value < 0.9
    assert ended.returncode == 0
    assert "gates" not in ended.stdout
    assert "::error" not in ended.stdout


HIDDEN = """
import sys

class Hides:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "{name}":
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Hides())
"""


@pytest.mark.parametrize(
    ("name", "jobs"), [("inspect_ai", "1"), ("inspect_ai", "2"), ("scipy", "1")]
)
def test_without_the_extra_one_sentence_says_what_to_install(
    evaluate: Eval, tmp_path: Path, name: str, jobs: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(HIDDEN.format(name=name), "utf-8")
    ended = evaluate("--every", "200", "--jobs", jobs, PYTHONPATH=str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    said = ended.stderr.splitlines()[-1]
    assert said == f"The evals want the package {name}: install hiring-advisor[evals]."


def test_check_finds_the_datasets_sound_and_names_what_is_not(
    evaluate: Eval, own_evals: Path
) -> None:
    sound = evaluate("check")
    assert (sound.returncode, sound.stdout) == (0, "")
    path = own_evals / "datasets" / "small_talk.jsonl"
    lines = path.read_text("utf-8").splitlines()
    sample: dict[str, Any] = json.loads(lines[2])
    lines[2] = json.dumps({**sample, "sections": ["no-such-section"]})
    path.write_text("\n".join(lines) + "\n", "utf-8")
    verdicts = own_evals / "datasets" / "verdicts.jsonl"
    verdicts.write_text(verdicts.read_text("utf-8") + "{not json\n", "utf-8")
    broken = evaluate("check")
    assert broken.returncode == 1
    assert any("verdicts.jsonl, line 410: is not JSON" in one for one in broken.stdout.splitlines())
    assert f"{sample['id']}: names the section no-such-section" in broken.stdout


def test_a_slice_does_not_become_the_baseline(
    evaluate: Eval, own_evals: Path, slice_: tuple[Ended, Path], tmp_path: Path
) -> None:
    before = (own_evals / "baseline.jsonl").read_bytes()
    refused = evaluate("accept", str(slice_[1]))
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert "whole run" in refused.stderr
    # Nor does a whole run of one suite: the others would have nothing to be compared with.
    run = read(slice_[1])
    of_one = Run({**run.meta, "every": 1, "suites": ["attacks"]}, run.cases)
    of_one.write(tmp_path / "one")
    assert evaluate("accept", "one").returncode == 1
    assert (own_evals / "baseline.jsonl").read_bytes() == before


def test_an_accepted_run_is_what_the_next_one_is_compared_with(
    evaluate: Eval, own_evals: Path, slice_: tuple[Ended, Path], tmp_path: Path
) -> None:
    run = read(slice_[1])
    whole = Run({**run.meta, "every": 1}, run.cases)
    whole.write(tmp_path / "whole")
    assert evaluate("accept", "whole").returncode == 0
    worse = [replace(one, got="error", measures=()) if n == 0 else one
             for n, one in enumerate(run.cases)]  # fmt: skip
    Run(run.meta, worse).write(tmp_path / "now")
    ended = evaluate("compare", "evals/baseline.jsonl", "now", "--out", "now")
    assert ended.returncode == 0
    assert f"{len(run.cases)} cases paired, 0 only there, 0 only here." in ended.stdout
    assert (tmp_path / "now" / "report.html").exists()
