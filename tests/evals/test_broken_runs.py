"""Files of runs that are damaged, foreign or missing: one sentence that names the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.evals.builders import checks, run_of

from hiring_advisor.errors import ContentError
from hiring_advisor.evals.runs import read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        "{}",
        '{"format": 99, "meta": {}, "cases": []}',
        '{"format": 1, "cases": []}',
        '{"format": 1, "meta": {}, "cases": [{}]}',
        '{"format": 1, "meta": {}, "cases": [[]]}',
        '{"format": 1, "meta": {}, "cases": 3}',
        '{"format": 1, "meta": {}, "cases": [{"measures": [], "colour": "red"}]}',
        '{"format": 1}\n["embedded", "q-0001"]',
        '{"format": 1}\n["embedded", "q-0001", "questions", "dev", "answer", []]',
        '{"format": 1}\n["embedded", "q-0001", "questions", "dev", "answer", {"a/b": 1}]',
        '{"format": 1}\n["embedded", "q-00',
    ],
)
def test_a_damaged_file_is_told_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "old.jsonl").write_text(text)
    with pytest.raises(ContentError) as told:
        read(tmp_path / "old.jsonl")
    assert told.value.message == "old.jsonl: is not a run of this version."


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "old.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ContentError, match=r"^old\.jsonl: is not a run of this version\.$"):
        read(tmp_path / "old.jsonl")


def test_every_cut_of_a_run_is_noticed(tmp_path: Path) -> None:
    whole = run_of(*checks("run/no_error", "+")).write(tmp_path).read_bytes()
    for end in range(len(whole)):
        (tmp_path / "run.json").write_bytes(whole[:end])
        with pytest.raises(ContentError):
            read(tmp_path)


@pytest.mark.parametrize("name", ["none", "none.jsonl", ""])
def test_a_run_that_is_not_there_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContentError) as told:
        read(tmp_path / name)
    assert told.value.message == (
        f"{name or tmp_path.name}: holds no run; give the folder of a run or a baseline file."
    )
