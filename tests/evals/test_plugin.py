"""`pytest --evals`: a test for each sample, failing with the scorers' reasons."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import CORPUS, OURS, PROMPTS, ROOT

CANARY = "hiring-advisor-evals-canary-6b1f0c52"


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of two samples: the second one's label is wrong on purpose."""
    folder = tmp_path_factory.mktemp("plugin") / "datasets"
    folder.mkdir()
    right = {
        "id": "v-0001",
        "split": "dev",
        "style": "terse",
        "message": "We need a proof of concept on a tight budget. Whom should we hire?",
        "facts": {"stage": "prototype", "budget": "tight"},
        "accept": ["freelancers"],
        "sections": ["choose-freelancers/one-time-solution"],
    }
    wrong = {**right, "id": "v-0002", "accept": ["full_time"]}
    (folder / "verdicts.jsonl").write_text(f"{json.dumps(right)}\n{json.dumps(wrong)}\n")
    return folder


def pytest_run(datasets: Path, data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith((*OURS, "PYTEST"))
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir",
         str(datasets), "-c", "/dev/null", *options, str(datasets / "verdicts.jsonl")],
        cwd=datasets, capture_output=True, text=True, timeout=100, check=False,
        env={**environment, "ADVISOR_DATA_DIR": str(data), "ADVISOR_CORPUS_DIR": str(CORPUS),
             "ADVISOR_PROMPTS_DIR": str(PROMPTS)},
    )  # fmt: skip


def test_each_sample_is_a_test_that_fails_with_the_reasons(
    datasets: Path, built_data: Path
) -> None:
    done = pytest_run(datasets, built_data, "--evals")
    assert "1 failed, 1 passed" in done.stdout
    assert "verdicts.jsonl::v-0002" in done.stdout
    assert "verdict/accepted: got freelancers, right is full_time" in done.stdout
    assert "Traceback" not in done.stdout


def test_without_the_option_no_sample_is_collected(datasets: Path, built_data: Path) -> None:
    done = pytest_run(datasets, built_data)
    assert "no tests ran" in done.stdout


def test_the_mark_of_the_test_data_stands_in_nothing_that_is_trained_on() -> None:
    assert CANARY in (ROOT / "evals" / "README.md").read_text("utf-8")
    texts = [*(ROOT / "training").rglob("*.jsonl"), *CORPUS.rglob("*.*"), *PROMPTS.rglob("*.md")]
    assert len(texts) > 40
    assert [path.name for path in texts if CANARY in path.read_text("utf-8")] == []
