"""The table of defences is true: what `make prove` switches off is there, and so are its tests."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = tomllib.loads((ROOT / "tests" / "defences.toml").read_text(encoding="utf-8"))["defence"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["name"]))
def test_a_defence_stands_where_the_table_says(row: dict[str, str]) -> None:
    assert set(row) == {"name", "file", "find", "replace", "test"}
    assert row["file"].startswith(("src/", "scripts/", "corpus/", "prompts/"))
    text = (ROOT / row["file"]).read_text(encoding="utf-8")
    assert text.count(row["find"]) == 1
    assert row["find"] != row["replace"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["name"]))
def test_the_test_that_notices_it_is_there(row: dict[str, str]) -> None:
    file, *names = row["test"].split("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert all(f"def {name.partition('[')[0]}(" in text for name in names)


def test_no_defence_stands_twice() -> None:
    assert [name for name, count in Counter(row["name"] for row in ROWS).items() if count > 1] == []
