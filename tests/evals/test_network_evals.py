"""The evals stay on this machine: no socket leaves it, no key is wanted, and little is written."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import CORPUS, PROMPTS, clean_environment
from tests.strangers.test_network import AUDIT

COMMAND = """
from hiring_advisor.channels.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print("done")
"""
SLICE = ("eval", "--every", "150", "--jobs", "1", "--out", "out")


@dataclass
class Watched:
    """A command that ran under the hook, in a folder and a home of its own."""

    folder: Path
    lines: list[str]

    def written(self, place: str) -> set[str]:
        """The files below a place, without what was there before."""
        found = (self.folder / place).rglob("*")
        return {str(one.relative_to(self.folder / place)) for one in found if one.is_file()}


def watched(folder: Path, built_data: Path, arguments: Sequence[str]) -> Watched:
    shutil.copytree(built_data, folder / "data")
    for name in ("home", "work", "temp"):
        (folder / name).mkdir()
    kept = {
        name: value
        for name, value in clean_environment().items()
        if not name.endswith("_KEY") and not name.startswith(("XDG_", "INSPECT_", "ORT_"))
    }
    ended = subprocess.run(
        [sys.executable, "-c", AUDIT + COMMAND, *arguments],
        env={
            **kept,
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "temp"),
            "ADVISOR_DATA_DIR": str(folder / "data"),
            "ADVISOR_CORPUS_DIR": str(CORPUS),
            "ADVISOR_PROMPTS_DIR": str(PROMPTS),
        },
        cwd=folder / "work", check=False, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout.splitlines()[-1] == "done"
    return Watched(folder, ended.stdout.splitlines())


@pytest.fixture(scope="module")
def measured(built_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A slice of every suite, measured without a key."""
    return watched(tmp_path_factory.mktemp("watched"), built_data, SLICE)


def test_no_socket_of_a_run_leaves_this_machine(measured: Watched) -> None:
    assert [line for line in measured.lines if line.startswith("STRAYED")] == []


def test_a_run_writes_its_folder_and_the_logs_of_inspect_alone(measured: Watched) -> None:
    work = measured.written("work")
    assert {name.partition("/")[0] for name in work} == {"out"}
    assert {"out/run.json", "out/report.html", "out/junit.xml", "out/summary.md"} <= work
    assert any(name.startswith("out/logs/") and name.endswith(".eval") for name in work)
    # A trace of each process, and which log was the last: inspect keeps them for its own commands.
    strayed = [name for name in measured.written("home") if "inspect_ai" not in Path(name).parts]
    assert strayed == []


def test_no_question_leaves_anything_at_home(built_data: Path, tmp_path: Path) -> None:
    asked = watched(tmp_path, built_data, ["ask", "Are freelancers cheaper?"])
    assert [line for line in asked.lines if line.startswith("STRAYED")] == []
    # onnxruntime would note an id of the machine there, and what it is about to send.
    assert asked.written("home") == set()
    assert asked.written("temp") == set()
