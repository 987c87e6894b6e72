"""Repeated cases: the same each time, right every time, right at least once."""

from __future__ import annotations

from hiring_advisor.evals.measures import check
from hiring_advisor.evals.runs import CaseResult, Run
from hiring_advisor.evals.steadiness import with_steadiness


def repetition(case_id: str, epoch: int, got: str, *, right: bool) -> CaseResult:
    measures = (check("verdict/accepted", right),)
    return CaseResult(case_id, "verdicts", "dev", "a", {}, "", "", got, measures, None, epoch)


def figures(*cases: CaseResult) -> dict[str, float]:
    found = with_steadiness(Run({}, list(cases))).figures("a")
    return {name: one.interval.value for name, one in found.items() if name.startswith("steady/")}


def test_a_case_that_is_right_twice_in_three_times_is_right_once_and_not_every_time() -> None:
    assert figures(
        repetition("v-0001", 1, "hybrid", right=True),
        repetition("v-0001", 2, "freelancers", right=False),
        repetition("v-0001", 3, "hybrid", right=True),
        repetition("v-0002", 1, "hybrid", right=True),
        repetition("v-0002", 2, "hybrid", right=True),
        repetition("v-0002", 3, "hybrid", right=True),
    ) == {"steady/same": 0.5, "steady/all_right": 0.5, "steady/once_right": 1.0}


def test_a_case_that_is_wrong_in_the_same_way_each_time_is_steady_and_never_right() -> None:
    wrong = [repetition("v-0001", epoch, "hybrid", right=False) for epoch in (1, 2)]
    assert figures(*wrong) == {
        "steady/same": 1.0, "steady/all_right": 0.0, "steady/once_right": 0.0,
    }  # fmt: skip


def test_nothing_is_said_of_steadiness_where_nothing_was_repeated() -> None:
    assert figures(repetition("v-0001", 1, "hybrid", right=True)) == {}
