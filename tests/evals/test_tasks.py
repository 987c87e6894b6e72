"""inspect's own command runs the datasets."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from inspect_ai.log import list_eval_logs, read_eval_log
from tests.conftest import ROOT, clean_environment

from hiring_advisor.evals.cases import MEASURED

TASKS = ROOT / "evals" / "tasks.py"


def test_every_dataset_is_a_task() -> None:
    named = re.findall(r"^@task\ndef (\w+)", TASKS.read_text("utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(MEASURED)


def test_inspect_runs_one(tmp_path: Path, built_data: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("inspect"), "eval", f"{TASKS}@small_talk",
         "--model", "none/advisor", "--limit", "3", "--display", "plain",
         "--log-dir", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
        env={**clean_environment(), "ADVISOR_DATA_DIR": str(built_data), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (info,) = list_eval_logs(str(tmp_path))
    log = read_eval_log(info)
    assert log.status == "success"
    assert [sample.id for sample in log.samples or ()] == ["s-0001", "s-0002", "s-0003"]
