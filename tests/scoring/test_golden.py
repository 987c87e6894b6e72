"""The golden table of all verdicts, and what it says about an edit of the rubric."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from tests.scoring.reference import VERDICTS, Reference

from hiring_advisor.corpus.rubric import Rubric


@pytest.fixture(scope="module")
def computed(verdict_space: ModuleType, rubric: Rubric) -> Any:
    """The space as the script computes it."""
    return verdict_space.compute(rubric)


def test_the_verdicts_are_the_golden_table_s(verdict_space: ModuleType, computed: Any) -> None:
    moved = verdict_space.difference(verdict_space.read(), computed)
    assert not moved, f"\n{moved}"


def test_the_golden_table_is_the_reference_s(
    verdict_space: ModuleType, reference: Reference
) -> None:
    codes = reference.verdicts.ravel()
    letters = "".join(verdict_space.LETTERS[VERDICTS[code]] for code in codes)
    golden = json.loads(verdict_space.GOLDEN.read_text(encoding="utf-8"))
    assert golden["sha256"] == hashlib.sha256(letters.encode()).hexdigest()
    counts = np.bincount(codes, minlength=len(VERDICTS)).tolist()
    assert golden["verdicts"] == dict(zip(VERDICTS, counts, strict=True))


def test_an_edit_of_the_rubric_shows_all_that_it_moves(
    verdict_space: ModuleType, computed: Any, rubric: Rubric, rubric_text: str
) -> None:
    stricter = dataclasses.replace(rubric, min_margin=rubric.min_margin + 5)
    said = verdict_space.difference(computed, verdict_space.compute(stricter))
    raised = rubric_text.replace(
        f"min_margin = {rubric.min_margin}", f"min_margin = {rubric.min_margin + 5}"
    )
    old, new = Reference(rubric_text), Reference(raised)
    expected = (new.verdicts != old.verdicts).sum()
    assert f"{expected:,} of 708,588 profiles moved" in said
    move = "from freelancers to need_more_info, such as\n"
    example = said.split(move)[1].splitlines()[0].strip()
    facts = dict(fact.split(" = ") for fact in example.split(", "))
    assert old.verdict(facts) == "freelancers"
    assert new.verdict(facts) == "need_more_info"
    assert "--write" in said
    assert verdict_space.difference(computed, computed) == ""


def test_another_fact_shows_as_another_space(
    verdict_space: ModuleType, computed: Any, rubric: Rubric
) -> None:
    fewer = dataclasses.replace(
        rubric, facts=rubric.facts[:3], rules=rubric.rules[:10], constraints=()
    )
    small = verdict_space.compute(fewer)
    assert "708,588 profiles were, 36 are" in verdict_space.difference(computed, small)


def test_a_golden_table_edited_by_hand_is_noticed(
    verdict_space: ModuleType, tmp_path: Path
) -> None:
    table = json.loads(verdict_space.GOLDEN.read_text(encoding="utf-8"))
    table["verdicts"]["hybrid"] += 1
    (tmp_path / "golden.json").write_text(json.dumps(table))
    with pytest.raises(ValueError, match="edited by hand"):
        verdict_space.read(tmp_path / "golden.json")
