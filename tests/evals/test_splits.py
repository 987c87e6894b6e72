"""The split `test` is for measuring alone: nothing that trains or tunes has read it.

The scripts run in processes of their own, with an audit hook that writes down what they open.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CORPUS, PROMPTS, ROOT, clean_environment
from tests.evals.builders import EVALS

from hiring_advisor.evals import samples as s
from hiring_advisor.evals.checks import texts_of

TRAINING = ROOT / "training"
LONG_RUN = 8

# Runs the real `main` of the training up to the point where a model would learn: what is heavy and
# not installed with the tests is a stand-in, what reads text is not.
TRAIN = """
import sys
from types import ModuleType
from unittest.mock import MagicMock
opened = []
sys.addaudithook(lambda event, told: opened.append(str(told[0])) if event == "open" else None)
stands_in = ModuleType("scripts.clause_model")
stands_in.SEED, stands_in.MAX_TOKENS = 7, 128
stands_in.Trainer, stands_in.average, stands_in.export = (MagicMock() for _ in range(3))
sys.modules["scripts.clause_model"] = stands_in
sys.modules["scripts.split_weights"] = MagicMock()
sys.modules["scripts.export_minilm"] = MagicMock(UPSTREAM_SHA256="x", sha256=lambda file: "x")
sys.modules["torch"] = MagicMock()
from scripts import train_clauses
train_clauses.find_spec = lambda name: MagicMock(origin="none/init.py")
sys.argv = ["train", sys.argv[1]]
train_clauses.main()
learnt = [text.text for call in stands_in.Trainer().run.call_args_list for part in call.args[:2]
          for text in part]
import json
print(json.dumps({"opened": opened, "learnt": learnt}))
"""


def rows_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def ran(*arguments: str, cwd: Path = ROOT, **environment: str) -> str:
    """What a Python process prints that ends well."""
    done = subprocess.run(
        [sys.executable, *arguments],
        check=False, cwd=cwd, env={**clean_environment(), **environment}, capture_output=True,
        text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_training_reads_training_text_and_nothing_of_the_evals(tmp_path: Path) -> None:
    told = json.loads(ran("-c", TRAIN, str(tmp_path)).splitlines()[-1])
    opened = {Path(ROOT, name) for name in told["opened"]}
    files = set(TRAINING.rglob("*.jsonl"))
    assert {one for one in opened if TRAINING in one.parents} == files
    assert [one for one in opened if EVALS in one.parents] == []
    assert set(told["learnt"]) == {row["text"] for file in files for row in rows_of(file)}


def of_split(name: str, split: str) -> set[str]:
    return {one.id for one in s.load(EVALS, name) if one.split == split}


@pytest.mark.parametrize("split", [None, "dev", "test"])
def test_understanding_is_measured_on_dev_unless_told_otherwise(split: str | None) -> None:
    dataset = str(EVALS / "datasets" / "verdicts.jsonl")
    more = [] if split is None else ["--split", split]
    script = "scripts/measure_understanding.py"
    out = ran(script, dataset, "--reader", "cues", "--errors", *more)
    wanted = of_split("verdicts", split or "dev")
    assert f"/{len(wanted)} = " in out.splitlines()[-1]
    shown = set(re.findall(r"^(?:ok |BAD) (v-\d{4}) ", out, re.MULTILINE))
    assert shown
    assert shown <= wanted


@pytest.mark.parametrize(("split", "count"), [(None, 2), ("test", 1), ("all", 3)])
def test_retrieval_is_measured_on_dev_unless_told_otherwise(
    split: str | None, count: int, tmp_path: Path, built_data: Path
) -> None:
    folder = tmp_path / "evals" / "datasets"
    folder.mkdir(parents=True)
    for name in ("questions", "followups", "unanswerable"):
        rows = rows_of(EVALS / "datasets" / f"{name}.jsonl")
        kept = [
            row
            for kind in {row.get("kind") for row in rows}
            for wanted, most in (("dev", 2), ("test", 1))
            for row in [r for r in rows if (r.get("kind"), r["split"]) == (kind, wanted)][:most]
        ]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept))
    out = ran(
        str(ROOT / "scripts" / "measure_retrieval.py"),
        *([] if split is None else ["--split", split]),
        cwd=tmp_path,
        ADVISOR_DATA_DIR=str(built_data),
        ADVISOR_CORPUS_DIR=str(CORPUS),
        ADVISOR_PROMPTS_DIR=str(PROMPTS),
    )
    counts = dict(re.findall(r"^(\w+) +(\d+)  (?:hit|declined)", out, re.MULTILINE))
    assert counts == dict.fromkeys(("questions", "followups", "off_topic", "near_miss"), str(count))


# --- texts -----------------------------------------------------------------------------------
# Also things that anybody says: a test sample is worded otherwise than what was tuned on.


def words(text: str) -> list[str]:
    """Words in lower case, whatever stands between them."""
    return re.findall(r"[\w']+", text.lower().replace("’", "'"))


def tuned_on() -> Iterator[tuple[str, str]]:
    """(where, text) of everything that the advisor was trained or tuned on."""
    for file in sorted(TRAINING.rglob("*.jsonl")):
        yield from (("training", row["text"]) for row in rows_of(file))
    for name in ("questions", "not_answered"):
        for topic in tomllib.loads((CORPUS / f"{name}.toml").read_text("utf-8")).values():
            yield from ((name, one) for one in topic["asked"])
    for fact in tomllib.loads((CORPUS / "cues.toml").read_text("utf-8")).values():
        for value in fact.values():
            yield from (("cues", one) for many in value.values() for one in many)


def held_out() -> Iterator[tuple[str, str]]:
    """(id, text) of everything that a visitor says in the split `test`."""
    for name in s.DATASETS:
        for sample in s.load(EVALS, name):
            if sample.split == "test":
                history = sample.history if isinstance(sample, s.FollowUp | s.Attack) else ()
                yield from ((sample.id, text) for text in (*history, *texts_of(sample)))


def runs(text: str) -> set[str]:
    """Each run of so many words."""
    all_words = words(text)
    return {" ".join(all_words[at : at + LONG_RUN]) for at in range(len(all_words) - LONG_RUN + 1)}


def test_no_text_was_trained_or_tuned_on_and_is_tested() -> None:
    known = {" ".join(words(text)): where for where, text in tuned_on()}
    found = {
        sample: known[" ".join(words(text))]
        for sample, text in held_out()
        if " ".join(words(text)) in known
    }
    assert found == {}


def test_no_long_run_of_words_was_trained_or_tuned_on_and_is_tested() -> None:
    known = {run: where for where, text in tuned_on() for run in runs(text)}
    found = {sample: known[run] for sample, text in held_out() for run in runs(text) & known.keys()}
    assert found == {}


def test_every_dataset_with_words_is_compared() -> None:
    count = Counter(sample.partition("-")[0] for sample, _ in held_out())
    assert set(count) == set("qfusvdai")
    assert min(count.values()) > 40
