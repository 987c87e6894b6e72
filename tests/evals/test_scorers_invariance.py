"""Invariance: paraphrases keep the verdict and the facts; evidence never moves points away."""

from __future__ import annotations

from typing import get_args

import pytest
from tests.evals.builders import COMMON, apart, names, only, recommends, value, words_only

from hiring_advisor.evals import samples as s
from hiring_advisor.evals.measures import Measure
from hiring_advisor.evals.scorers.invariance import invariance
from hiring_advisor.evals.targets import Turn

HOWS = get_args(s.How)
SAMPLE = s.Invariance(
    id="i-0001", **COMMON, style="x", base="a prototype", facts={"stage": "prototype"},
    accept=("freelancers",),
    paraphrases=tuple(s.Paraphrase(how=how, text=f"a prototype, {how}") for how in HOWS),
    monotone=(
        s.Edit(text="a big one", adds={"scale": "large"}, toward="full_time"),
        s.Edit(text="a poor one", adds={"budget": "tight"}, toward="freelancers"),
        s.Edit(text="a quick one", adds={"deadline": "urgent"}, toward="freelancers"),
    ),
)  # fmt: skip
PROTOTYPE = {"stage": ("prototype", "x")}
SAME = recommends("freelancers", 30, 0, facts=PROTOTYPE)


def compared(
    base: Turn = SAME, reworded: tuple[Turn, ...] = (), edited: tuple[Turn, ...] = ()
) -> list[Measure]:
    """Six paraphrases and three edits, the first of them as given, the others like the base."""
    return apart(
        invariance, SAMPLE, base,
        *reworded, *[base] * (6 - len(reworded)), *edited, *[base] * (3 - len(edited)),
    )  # fmt: skip


def total(found: list[Measure], metric: str) -> tuple[float, float]:
    """(hits, of) over the whole case."""
    of_metric = [one for one in found if one.metric == metric]
    return sum(one.hits for one in of_metric), sum(one.of for one in of_metric)


def test_the_same_nine_times_is_invariant() -> None:
    found = compared()
    assert value(found, "invariance/base_accepted") == 1
    assert total(found, "invariance/same_verdict") == (6, 6)
    assert total(found, "invariance/paraphrase_accepted") == (6, 6)
    assert total(found, "invariance/same_facts") == (6, 6)
    assert total(found, "invariance/monotone") == (3, 3)
    assert {one.why for one in found if one.metric != "invariance/base_accepted"} == {""}


def test_a_paraphrase_with_another_verdict_is_named_with_its_kind() -> None:
    other = recommends("hybrid", 30, 30, facts={"stage": ("staged", "x")})
    found = compared(reworded=(other,))
    assert total(found, "invariance/same_verdict") == (5, 6)
    assert value(found, f"invariance/same_verdict.{HOWS[0]}") == 0
    assert value(found, f"invariance/same_verdict.{HOWS[1]}") == 1
    assert total(found, "invariance/paraphrase_accepted") == (5, 6)
    (lost,) = [one for one in found if one.metric == "invariance/same_verdict" and one.why]
    assert lost.why == f"{HOWS[0]}: “a prototype, {HOWS[0]}” gives hybrid, the base freelancers"


def test_a_paraphrase_of_a_wrong_base_may_be_right_without_being_the_same() -> None:
    base = recommends("full_time", 0, 30, facts={"stage": ("production", "x")})
    found = compared(base=base, reworded=(SAME,))
    assert value(found, "invariance/base_accepted") == 0
    assert only(found, "invariance/base_accepted").why == "got full_time, right is freelancers"
    assert total(found, "invariance/same_verdict") == (5, 6)
    assert total(found, "invariance/paraphrase_accepted") == (1, 6)


def test_facts_of_either_side_alone_are_not_the_same() -> None:
    # Of stage, budget and scale only stage is the same.
    base = recommends("freelancers", 45, 0, facts={**PROTOTYPE, "budget": ("tight", "x")})
    other = recommends("freelancers", 35, 0, facts={**PROTOTYPE, "scale": ("small", "x")})
    found = compared(base=base, reworded=(other,))
    assert total(found, "invariance/same_facts") == (1 + 5 * 2, 3 + 5 * 2)
    (lost,) = [one for one in found if one.metric == "invariance/same_facts" and one.why]
    assert lost.why == (
        f"{HOWS[0]}: stage = prototype, scale = small; base: stage = prototype, budget = tight"
    )


@pytest.mark.parametrize(
    ("full_time_edit", "freelancers_edit", "held"),
    [
        ((30, 20), (45, 0), 3),
        ((30, 0), (30, 0), 3),  # not read: nothing moved the wrong way
        ((45, 0), (45, 0), 2),  # evidence for full-time gave points to freelancers
        ((30, 20), (30, 5), 2),
    ],
)
def test_evidence_moves_points_its_own_way_or_not_at_all(
    full_time_edit: tuple[int, int], freelancers_edit: tuple[int, int], held: int
) -> None:
    edited = tuple(recommends("freelancers", *one) for one in (full_time_edit, freelancers_edit))
    assert total(compared(edited=edited), "invariance/monotone") == (held, 3)


def test_a_move_the_wrong_way_is_told_with_its_points() -> None:
    found = compared(edited=(recommends("freelancers", 45, 0),))
    (lost,) = [one for one in found if one.metric == "invariance/monotone" and one.why]
    assert lost.why == (
        "“a big one” adds scale = large, which speaks for full_time: "
        "the lead of full-time went from -30 to -45"
    )


def test_of_words_alone_the_verdict_is_compared_and_nothing_else() -> None:
    found = compared(base=words_only("I recommend freelancers.", "freelancers"))
    assert names(found) == {
        "invariance/base_accepted", "invariance/same_verdict", "invariance/paraphrase_accepted",
        *(f"invariance/same_verdict.{how}" for how in HOWS),
    }  # fmt: skip
    unscored = {one.why for one in found if not one.of}
    assert unscored == {"no points to compare"}
