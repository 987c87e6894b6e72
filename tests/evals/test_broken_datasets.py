"""Files of the datasets that are empty, of another shape or no text: one sentence, no traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.evals.builders import COMMON, EVALS, KNOWLEDGE

from hiring_advisor.evals import samples as s
from hiring_advisor.evals.checks import LEAST, problems


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    """The datasets of a copy of `evals/`, to break."""
    return Path(shutil.copytree(EVALS, tmp_path / "evals")) / "datasets"


@pytest.mark.parametrize("name", sorted(s.DATASETS))
def test_an_empty_dataset_is_told(datasets: Path, name: str) -> None:
    (datasets / f"{name}.jsonl").write_text("")
    told = f"{name}.jsonl: holds 0 samples; at least {LEAST.get(name, 1)} are wanted."
    assert told in problems(datasets.parent, KNOWLEDGE)


def test_a_dataset_that_is_no_text_is_told(datasets: Path) -> None:
    (datasets / "small_talk.jsonl").write_bytes(b"\xff\xfe\x00")
    told = "the dataset small_talk.jsonl cannot be read."
    assert problems(datasets.parent, KNOWLEDGE) == [told]


@pytest.mark.parametrize("text", ["[1, 2]", "7", "null", '["ab"', ""])
def test_reviewed_sections_of_another_shape_are_told(datasets: Path, text: str) -> None:
    (datasets / "sections.json").write_text(text)
    told = "evals/datasets/sections.json cannot be read."
    assert problems(datasets.parent, KNOWLEDGE) == [told]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\u0085"])
def test_a_line_separator_inside_a_message_ends_no_line(datasets: Path, mark: str) -> None:
    # It may stand in JSON as it is, and an attack may well hold one.
    row = {"id": "s-0001", **COMMON, "kind": "greeting", "text": f"hi{mark}there"}
    text = json.dumps(row, ensure_ascii=False) + "\n"
    (datasets / "small_talk.jsonl").write_text(text, "utf-8")
    (found,) = s.load(datasets.parent, "small_talk")
    assert isinstance(found, s.SmallTalk)
    assert found.text == f"hi{mark}there"


@pytest.mark.parametrize(
    ("name", "key", "sample"),
    [
        ("verdicts", "may", "v-0001"),
        ("verdicts", "not_facts", "v-0001"),
        ("attacks", "may", "a-0001"),
        ("dialogues", "may", "d-0001"),
        ("dialogues", "absent", "d-0001"),
    ],
)
def test_a_fact_that_is_none_is_told_where_no_value_stands(
    datasets: Path, name: str, key: str, sample: str
) -> None:
    file = datasets / f"{name}.jsonl"
    first, *rest = file.read_text("utf-8").splitlines(keepends=True)
    row = json.loads(first)
    (row["turns"][1] if name == "dialogues" else row)[key] = ["buget"]
    file.write_text("".join([json.dumps(row) + "\n", *rest]), "utf-8")
    told = f"{name}.jsonl, {sample}: names the fact buget, which the rubric does not know."
    assert problems(datasets.parent, KNOWLEDGE) == [told]
