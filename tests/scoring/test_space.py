"""What holds for every profile there is: 708,588 with today's rubric, each of them scored."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.scoring.reference import (
    FREELANCERS,
    FULL_TIME,
    HYBRID,
    OPEN,
    VERDICTS,
    Ints,
    Mask,
    Reference,
)

from hiring_advisor.corpus.rubric import Rubric

Verdicts = NDArray[np.int64]


def moves(reference: Reference, array: Ints, toward: str) -> Iterator[tuple[str, Ints, Ints]]:
    """`array` before and after each fact is learnt as, or changed to, a value for one side.

    What leans to neither side, a plan in two stages, is outside the order.
    """
    for axis, name in enumerate(reference.names):
        sides = [reference.leans.get((name, str(state))) for state in reference.states[axis]]
        for before, after in np.ndindex(len(sides), len(sides)):
            if sides[after] == toward and sides[before] not in {toward, "hybrid"}:
                step = (
                    f"{name}: {reference.states[axis][before]} to {reference.states[axis][after]}"
                )
                yield step, np.take(array, before, axis), np.take(array, after, axis)


def rank(verdict: str) -> int:
    return VERDICTS.index(verdict)


def first(reference: Reference, wrong: Mask) -> dict[str, str] | None:
    """A profile of a mask, for the failure's message; None where the mask is empty."""
    places = np.argwhere(wrong)
    return reference.profile(tuple(map(int, places[0]))) if len(places) else None


def test_every_verdict_is_the_reference_s(reference: Reference, verdicts: Verdicts) -> None:
    assert verdicts.shape == reference.shape
    assert first(reference, verdicts != reference.verdicts) is None


@pytest.mark.parametrize("side", ["freelancers", "full_time"])
def test_evidence_for_a_side_never_moves_a_verdict_to_the_other(
    reference: Reference, verdicts: Verdicts, side: str
) -> None:
    steps = 0
    for step, before, after in moves(reference, verdicts, side):
        decided = (before != OPEN) & (after != OPEN)
        away = after > before if side == "freelancers" else after < before
        assert not (decided & away).any(), step
        steps += 1
    assert steps == 2 * len(reference.names)


@pytest.mark.parametrize("side", ["freelancers", "full_time"])
def test_evidence_for_a_side_never_takes_its_verdict_away(
    reference: Reference, verdicts: Verdicts, side: str
) -> None:
    for step, before, after in moves(reference, verdicts, side):
        assert (after[before == rank(side)] == rank(side)).all(), step


@pytest.mark.parametrize("side", ["freelancers", "full_time"])
def test_evidence_for_a_side_never_lowers_its_points(reference: Reference, side: str) -> None:
    points = reference.freelancers if side == "freelancers" else reference.full_time
    for step, before, after in moves(reference, points, side):
        assert (after >= before).all(), step


def test_what_is_unknown_is_never_a_no(reference: Reference, verdicts: Verdicts) -> None:
    """Not known gives no points and meets no constraint; each fact's "no" does make a difference.

    That points and constraints come from known values alone holds by the reference, which has no
    entry for "not known"; here each fact is shown to be read in three ways, not in two.
    """
    for axis, name in enumerate(reference.names):
        unknown = verdicts.take(0, axis)
        for place in range(1, reference.shape[axis]):
            assert (verdicts.take(place, axis) != unknown).any(), name
        assert (reference.evidence.take(0, axis) < reference.evidence.take(1, axis)).all(), name


def test_complex_secure_production_is_never_outvoted(
    reference: Reference, verdicts: Verdicts
) -> None:
    mask = reference.where({"stage": "production", "complexity": "complex", "data": "sensitive"})
    assert mask.sum() == 3 ** (len(reference.names) - 3)
    assert set(verdicts[mask]) == {FULL_TIME}


def test_what_lives_for_years_is_never_left_to_freelancers_alone(
    reference: Reference, verdicts: Verdicts
) -> None:
    assert set(verdicts[reference.where({"lifespan": "long_term"})]) == {HYBRID, FULL_TIME}


def test_a_prototype_alone_never_gets_a_permanent_team(
    reference: Reference, verdicts: Verdicts
) -> None:
    assert FULL_TIME not in verdicts[reference.where({"stage": "prototype"})]


def test_a_plan_in_two_stages_is_always_hybrid(reference: Reference, verdicts: Verdicts) -> None:
    assert set(verdicts[reference.where({"stage": "staged"})]) == {HYBRID}


def test_no_constraint_is_outvoted_anywhere(reference: Reference, verdicts: Verdicts) -> None:
    enough = reference.evidence >= reference.threshold("min_evidence")
    for constraint in reference.document["constraint"]:
        mask = reference.applies(constraint) & enough
        reached = verdicts[mask]
        assert reached.size, constraint["id"]
        if "at_least" in constraint:
            assert ((reached >= rank(constraint["at_least"])) & (reached != OPEN)).all()
        else:
            below = (reached <= rank(constraint["at_most"])) | (reached == OPEN)
            # A bound from below wins over one from above.
            assert (below | (reference.low[mask] > rank(constraint["at_most"]))).all()


def test_hybrid_never_comes_of_a_tie(reference: Reference, verdicts: Verdicts) -> None:
    free = np.ones(reference.shape, bool)
    for constraint in reference.document["constraint"]:
        free &= ~reference.applies(constraint)
    assert free.sum() > 1000
    assert HYBRID not in verdicts[free]
    assert set(verdicts[free & (reference.lead == 0)]) == {OPEN}


def test_hybrid_always_has_two_stages_said_or_implied(
    reference: Reference, verdicts: Verdicts
) -> None:
    said = reference.at("stage", "staged")
    outlives_freelancers = reference.at("role", "core") | reference.at("lifespan", "long_term")
    begins_small = reference.at("stage", "prototype") & (reference.lead > 0)
    unexplained = (verdicts == HYBRID) & ~(said | outlives_freelancers | begins_small)
    assert first(reference, unexplained) is None


def test_nothing_is_recommended_below_the_thresholds_and_something_always_above(
    reference: Reference, verdicts: Verdicts
) -> None:
    too_little = reference.evidence < 30
    too_close = (abs(reference.lead) < 10) & (reference.low == FREELANCERS)
    assert first(reference, (verdicts == OPEN) != (too_little | too_close)) is None
    assert too_little.any()
    assert (too_close & ~too_little).any()


def test_every_fact_decides_some_verdict(reference: Reference, verdicts: Verdicts) -> None:
    """Between known values, from one decided verdict to another, with all else the same."""
    for axis, name in enumerate(reference.names):
        known = verdicts.take(range(1, reference.shape[axis]), axis)
        decided = (known != OPEN).all(axis=axis)
        differ = known.max(axis=axis) != known.min(axis=axis)
        assert (decided & differ).any(), name


def without(reference: Reference, table: str, places: list[int]) -> Reference:
    """The reference of a rubric that lacks some entries of a table."""
    smaller = copy.copy(reference)
    entries = [one for at, one in enumerate(reference.document[table]) if at not in places]
    smaller.score({**reference.document, table: entries})
    return smaller


def test_every_rule_matters_for_some_profile(reference: Reference, rubric: Rubric) -> None:
    """For its verdict; for its confidence where another rule of the same value says as much."""
    sure = reference.confidence()
    for at, rule in enumerate(rubric.rules):
        smaller = without(reference, "rule", [at])
        if (smaller.verdicts == reference.verdicts).all():
            assert rule.value == "staged", rule.rule_id
            assert (smaller.confidence() != sure).any(), rule.rule_id


def test_every_value_matters_for_some_verdict(reference: Reference, rubric: Rubric) -> None:
    for fact in rubric.facts:
        for value in fact.values:
            mine = [
                at
                for at, rule in enumerate(rubric.rules)
                if (rule.fact, rule.value) == (fact.name, value.value)
            ]
            smaller = without(reference, "rule", mine)
            assert (smaller.verdicts != reference.verdicts).any(), f"{fact.name} = {value.value}"


def test_every_constraint_matters_for_some_profile(reference: Reference, rubric: Rubric) -> None:
    for at, constraint in enumerate(rubric.constraints):
        smaller = without(reference, "constraint", [at])
        assert (smaller.verdicts != reference.verdicts).any(), constraint.constraint_id
