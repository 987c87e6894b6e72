"""The gates: what `thresholds.toml` may say, where a bound lies, and what may be lost."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.evals.builders import EVALS, checks, result, run_of

from hiring_advisor.errors import ContentError
from hiring_advisor.evals import gates
from hiring_advisor.evals.compare import compare
from hiring_advisor.evals.gates import Outcome, Thresholds
from hiring_advisor.evals.metrics import METRICS
from hiring_advisor.evals.runs import Run

RIGHT = "verdict/accepted"
OPPOSITE = "verdict/opposite"
GATE = f'[[gate]]\nmetric = "{RIGHT}"\n'


def wants(bound: str, *, rest: str = "") -> Thresholds:
    """One gate of right verdicts, and what else the file holds."""
    return loaded(f"{GATE}{bound}\n{rest}")


def loaded(text: str) -> Thresholds:
    """What is read from a `thresholds.toml` of this text."""
    return Thresholds.model_validate(tomllib.loads(text))


def held(thresholds: Thresholds, run: Run, before: Run | None = None) -> list[Outcome]:
    return gates.judge(thresholds, run, None if before is None else compare(before, run))


# --- the file --------------------------------------------------------------------------------


def test_the_committed_file_loads_and_names_known_metrics_each_once() -> None:
    found = gates.load(EVALS)
    named = [(one.metric, one.target) for one in found.gate]
    assert len(named) == len(set(named)) > 30
    assert {metric for metric, _ in named} <= METRICS.keys()
    assert set(found.baseline.no_losses) <= METRICS.keys()
    assert found.baseline.no_significant_loss


def test_the_committed_bounds_lie_where_the_metric_is_better() -> None:
    for one in gates.load(EVALS).gate:
        wanted = {"higher": one.at_least, "lower": one.at_most}[METRICS[one.metric].better]
        assert wanted is not None, one.metric
        assert 0 <= wanted <= 1, one.metric


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[gate]\n", "Expected ']]' at the end of an array declaration (at line 1, column 7)"),
        ("", "gate: Field required"),
        ("gate = []", "gate: Tuple should have at least 1 item after validation, not 0"),
        (f"{GATE}at_least = 1\nat_lest = 1", "gate.0.at_lest: Extra inputs are not permitted"),
        (f"{GATE}at_least = 1\n[base]", "base: Extra inputs are not permitted"),
        (f'{GATE}at_least = "much"', "gate.0.at_least: Input should be a valid number, "
         "unable to parse string as a number"),
        (GATE, f"{RIGHT} wants either at_least or at_most"),
        (f"{GATE}at_least = 1\nat_most = 1", f"{RIGHT} wants either at_least or at_most"),
        ('[[gate]]\nmetric = "verdict/acepted"\nat_least = 1',
         "there is no metric verdict/acepted"),
        ('[[gate]]\nmetric = "judge/supported"\nat_least = 0.9',
         "a model judge is never part of a gate"),
        (f'{GATE}at_least = 1\n[baseline]\nno_losses = ["rubric/verdikt"]',
         "there is no metric rubric/verdikt"),
        (f'{GATE}at_least = 1\n[baseline]\nno_significant_loss = "perhaps"',
         "baseline.no_significant_loss: Input should be a valid boolean, "
         "unable to interpret input"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_is_told_in_one_sentence(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "thresholds.toml").write_text(text)
    with pytest.raises(ContentError) as error:
        gates.load(tmp_path)
    assert error.value.message == f"evals/thresholds.toml: {told}."


def test_a_file_that_is_missing_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"^evals/thresholds\.toml cannot be read\.$"):
        gates.load(tmp_path)
    (tmp_path / "thresholds.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ContentError, match=r"^evals/thresholds\.toml cannot be read\.$"):
        gates.load(tmp_path)


# --- bounds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "right", "holds"),
    [
        ("at_least = 0.8", 8, True),
        ("at_least = 0.8", 7, False),
        ("at_least = 0.8001", 8, False),
        ("at_most = 0.3", 3, True),
        ("at_most = 0.3", 4, False),
        ("at_least = 1.0", 10, True),
        ("at_least = 1.0", 9, False),
        ("at_most = 0", 0, True),
        ("at_most = 0", 1, False),
    ],
)
def test_a_bound_is_part_of_what_it_allows(bound: str, right: int, holds: bool) -> None:
    run = run_of(*checks(RIGHT, "+" * right + "-" * (10 - right)))
    (found,) = held(wants(bound), run)
    assert found.holds is holds


def test_a_third_is_as_good_as_the_four_digits_people_write_for_it() -> None:
    (found,) = held(wants("at_most = 0.3333"), run_of(*checks(RIGHT, "+--")))
    assert found.holds


@pytest.mark.parametrize(
    ("metric", "bound", "hits", "told"),
    [
        (RIGHT, "at_least = 1", 29_999, "is 0.999967, wanted at least 1"),
        (OPPOSITE, "at_most = 0", 1, "is 3.33333e-05, wanted at most 0"),
    ],
)
def test_what_must_never_happen_is_not_rounded_away(
    metric: str, bound: str, hits: int, told: str
) -> None:
    run = run_of(result("q-0001", {metric: (hits, 30_000)}))
    (found,) = held(loaded(f'[[gate]]\nmetric = "{metric}"\n{bound}'), run)
    assert not found.holds
    assert found.told == f"{metric} {told}"


def test_a_gate_that_failed_names_its_bound_and_its_cases() -> None:
    (found,) = held(wants("at_least = 0.8"), run_of(*checks(RIGHT, "-+-+")))
    assert found == Outcome(RIGHT, "embedded", False, f"{RIGHT} is 0.5, wanted at least 0.8",
                            ("q-0001", "q-0003"))  # fmt: skip


def test_where_less_is_better_the_hits_are_the_cases_that_failed() -> None:
    thresholds = loaded(f'[[gate]]\nmetric = "{OPPOSITE}"\nat_most = 0.1')
    (found,) = held(thresholds, run_of(*checks(OPPOSITE, "-+-")))
    assert (found.told, found.cases) == (
        f"{OPPOSITE} is 0.333333, wanted at most 0.1", ("q-0002",),
    )  # fmt: skip


def test_a_gate_that_holds_names_no_cases() -> None:
    (found,) = held(wants("at_least = 0.5"), run_of(*checks(RIGHT, "-+")))
    assert found.holds
    assert found.cases == ()


def test_what_was_not_measured_is_held_to_nothing() -> None:
    assert held(wants("at_least = 1"), run_of(*checks("run/no_error", "-"))) == []


def test_a_gate_without_a_target_holds_for_each() -> None:
    run = run_of(*checks(RIGHT, "+"), *checks(RIGHT, "-", target="model"))
    found = held(wants("at_least = 1"), run)
    assert [(one.target, one.holds) for one in found] == [("embedded", True), ("model", False)]


def test_a_gate_of_one_target_leaves_the_others_alone() -> None:
    run = run_of(*checks(RIGHT, "+"), *checks(RIGHT, "-", target="model"))
    found = held(wants('at_least = 1\ntarget = "embedded"'), run)
    assert [one.target for one in found] == ["embedded"]


# --- against the baseline --------------------------------------------------------------------

NO_LOSSES = f'[baseline]\nno_losses = ["{RIGHT}", "{OPPOSITE}"]\nno_significant_loss = false'
NOT_BY_CHANCE = "[baseline]\nno_significant_loss = true"


def test_a_single_loss_breaks_a_metric_that_may_lose_none() -> None:
    before, after = run_of(*checks(RIGHT, "++-")), run_of(*checks(RIGHT, "+-+"))
    _, found, other = held(wants("at_least = 0", rest=NO_LOSSES), after, before)
    assert found == Outcome(f"{RIGHT}, no losses", "all", False,
                            f"{RIGHT} lost 1 cases against the baseline", ("q-0002",))  # fmt: skip
    assert other.holds  # of opposite verdicts nothing was measured


def test_gains_and_new_cases_are_no_losses() -> None:
    before, after = run_of(*checks(RIGHT, "+-")), run_of(*checks(RIGHT, "++-"))
    assert all(one.holds for one in held(wants("at_least = 0", rest=NO_LOSSES), after, before))


@pytest.mark.parametrize(("lost", "holds"), [(5, True), (6, False)])
def test_more_losses_than_chance_explains_break_the_gate(lost: int, holds: bool) -> None:
    before, after = (
        run_of(*checks(RIGHT, "+" * 40)),
        run_of(*checks(RIGHT, "-" * lost + "+" * (40 - lost))),
    )
    _, *found = held(wants("at_least = 0", rest=NOT_BY_CHANCE), after, before)
    assert all(one.holds for one in found) is holds
    if not holds:
        assert found == [
            Outcome(f"{RIGHT}, no significant loss", "embedded", False,
                    f"{RIGHT} went from 1.000 to 0.850 (p = 0.0312)",
                    tuple(f"q-000{n}" for n in range(1, 7)))
        ]  # fmt: skip


def test_a_loss_names_the_cases_of_its_own_target() -> None:
    before = run_of(*checks(RIGHT, "+" * 9), *checks(RIGHT, "+" * 9, target="model"))
    after = run_of(*checks(RIGHT, "-" * 8 + "+"), *checks(RIGHT, "+" * 8 + "-", target="model"))
    *_, found = held(wants("at_least = 0", rest=NOT_BY_CHANCE), after, before)
    assert (found.target, found.cases) == ("embedded", tuple(f"q-000{n}" for n in range(1, 9)))


def test_a_significant_gain_breaks_nothing() -> None:
    before, after = run_of(*checks(RIGHT, "-" * 20)), run_of(*checks(RIGHT, "+" * 20))
    _, *found = held(wants("at_least = 0", rest=NOT_BY_CHANCE), after, before)
    assert found == []


def test_costs_may_rise() -> None:
    before = run_of(*[result(f"q-{n}", {"cost/llm_calls": (1, 1)}) for n in range(9)])
    after = run_of(*[result(f"q-{n}", {"cost/llm_calls": (3, 1)}) for n in range(9)])
    assert held(wants("at_least = 0", rest=NOT_BY_CHANCE), after, before) == []


def test_without_a_baseline_nothing_is_compared() -> None:
    (found,) = held(wants("at_least = 0", rest=NO_LOSSES), run_of(*checks(RIGHT, "--")))
    assert found.holds
