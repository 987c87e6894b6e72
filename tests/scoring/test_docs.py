"""`docs/scoring.md` says what the rubric says."""

from __future__ import annotations

import re

import numpy as np
import pytest
from tests.conftest import ROOT
from tests.scoring.reference import Reference

from hiring_advisor.corpus.rubric import Rubric

ROW = re.compile(r"^\| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
CODE = re.compile(r"`([\w-]+)`")


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, str, str]]:
    page = (ROOT / "docs" / "scoring.md").read_text(encoding="utf-8")
    return [(row[1], row[2], row[3]) for row in ROW.finditer(page)]


def test_the_table_of_points_is_the_rubric_s(
    rows: list[tuple[str, str, str]], rubric: Rubric
) -> None:
    said = {
        CODE.findall(fact)[-1]: (freelancers, full_time)
        for fact, freelancers, full_time in rows
        if re.search(r"` \d", freelancers)
    }
    points = {
        fact.name: tuple(
            ", ".join(
                f"`{one.value}` {total}"
                for one in fact.values
                if (total := sum(getattr(r, side) for r in rubric.rules_for(fact.name, one.value)))
            )
            for side in ("freelancers", "full_time")
        )
        for fact in rubric.facts
    }
    assert said == points


def test_the_table_of_thresholds_is_the_rubric_s(
    rows: list[tuple[str, str, str]], rubric: Rubric
) -> None:
    names = ("min_evidence", "min_margin", "full_margin", "full_evidence")
    said = {CODE.findall(name)[0]: int(value) for name, value, _ in rows if value.isdigit()}
    assert said == {name: getattr(rubric, name) for name in names}


def test_the_table_of_constraints_is_the_rubric_s(
    rows: list[tuple[str, str, str]], rubric: Rubric
) -> None:
    said = {
        CODE.findall(name)[0]: bound.replace("`", "")
        for name, _, bound in rows
        if bound.startswith(("at least", "at most"))
    }
    assert said == {
        one.constraint_id: f"at least {one.at_least}" if one.at_least else f"at most {one.at_most}"
        for one in rubric.constraints
    }


def test_the_number_of_combinations_is_the_rubric_s(reference: Reference) -> None:
    page = (ROOT / "docs" / "scoring.md").read_text(encoding="utf-8")
    assert f"{np.prod(reference.shape):,} combinations" in page
