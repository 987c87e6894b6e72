"""Two runs told apart: flips, paired differences, cases that came or went, and files of runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evals.builders import checks, result, run_of

from hiring_advisor.evals.compare import Comparison, Difference, compare
from hiring_advisor.evals.measures import Measure, unscored
from hiring_advisor.evals.runs import CaseResult, Run, by_group, read

RIGHT = "verdict/accepted"
OPPOSITE = "verdict/opposite"


def of(before: str, after: str, metric: str = RIGHT) -> Comparison:
    """Single checks before and after, written as `"++-"`."""
    return compare(run_of(*checks(metric, before)), run_of(*checks(metric, after)))


def difference(found: Comparison, metric: str = RIGHT) -> Difference:
    (one,) = [row for row in found.differences if row.metric == metric]
    return one


# --- flips -----------------------------------------------------------------------------------


def test_flips_go_both_ways_and_losses_come_first() -> None:
    found = of("-++-", "+-+-")
    assert [(one.case_id, one.is_loss) for one in found.flips] == [
        ("q-0002", True), ("q-0001", False),
    ]  # fmt: skip
    assert [one.case_id for one in found.losses] == ["q-0002"]
    loss = found.losses[0]
    assert (loss.metric, loss.target, loss.got_before, loss.got_after) == (
        RIGHT, "embedded", "+", "-",
    )  # fmt: skip
    assert (difference(found).gained, difference(found).lost) == (1, 1)


def test_where_less_is_better_a_hit_more_is_a_loss() -> None:
    found = of("---+", "+---", OPPOSITE)
    assert [(one.case_id, one.is_loss) for one in found.flips] == [
        ("q-0001", True), ("q-0004", False),
    ]  # fmt: skip


def test_losses_of_all_metrics_come_before_gains_of_any() -> None:
    before = result("q-0001", {RIGHT: (0, 1), "run/no_error": (1, 1)})
    after = result("q-0001", {RIGHT: (1, 1), "run/no_error": (0, 1)})
    found = compare(run_of(before), run_of(after))
    assert [one.metric for one in found.flips] == ["run/no_error", RIGHT]


def test_breakdowns_are_compared_and_their_flips_are_not_told_twice() -> None:
    part = "declines/not_invented.near_miss"
    found = of("+", "-", part)
    assert found.flips == ()
    assert difference(found, part).lost == 1


def test_a_case_of_several_observations_flips_when_one_of_them_is_the_first_to_fail() -> None:
    recall = "verdict/facts_recall"
    before = run_of(result("v-0001", {recall: (3, 3)}), result("v-0002", {recall: (2, 3)}))
    after = run_of(result("v-0001", {recall: (2, 3)}), result("v-0002", {recall: (1, 3)}))
    assert [one.case_id for one in compare(before, after).flips] == ["v-0001"]


# --- pairs -----------------------------------------------------------------------------------


def test_cases_are_paired_by_id_whatever_their_order() -> None:
    before, after = checks(RIGHT, "+-+"), checks(RIGHT, "+-+")
    found = compare(run_of(*before), run_of(*reversed(after)))
    assert found.flips == ()
    assert found.paired == 3


def test_new_and_gone_cases_are_counted_and_compared_with_nothing() -> None:
    old = checks(RIGHT, "+++")
    new = [*checks(RIGHT, "+")[:1], result("q-0009", {RIGHT: (0, 1)})]
    found = compare(run_of(*old), run_of(*new))
    assert (found.paired, found.only_before, found.only_after) == (1, 2, 1)
    assert found.flips == ()
    assert difference(found).cases == 1


def test_targets_are_compared_each_with_itself() -> None:
    before = run_of(*checks(RIGHT, "+"), *checks(RIGHT, "-", target="model"))
    after = run_of(*checks(RIGHT, "+"), *checks(RIGHT, "+", target="model"))
    found = compare(before, after)
    assert [(one.target, one.is_loss) for one in found.flips] == [("model", False)]
    assert [(one.target, one.before, one.after) for one in found.differences] == [
        ("embedded", 1, 1), ("model", 0, 1),
    ]  # fmt: skip


def test_a_target_that_was_not_measured_again_has_not_gone() -> None:
    before = run_of(*checks(RIGHT, "++"), *checks(RIGHT, "++", target="model"))
    assert compare(before, run_of(*checks(RIGHT, "++"))).only_before == 0


def test_what_either_run_leaves_unscored_is_not_compared() -> None:
    silent = (unscored(RIGHT, "no telling"),)
    before = run_of(*checks(RIGHT, "+"), CaseResult("q-0002", "x", "dev", "embedded", {}, "", "",
                                                   "", silent))  # fmt: skip
    found = compare(before, run_of(*checks(RIGHT, "+-")))
    assert found.paired == 2
    assert difference(found).cases == 1
    assert found.flips == ()


def test_the_first_repetition_of_a_case_stands_for_it() -> None:
    again = result("q-0001", {RIGHT: (0, 1)}, epoch=2)
    found = compare(run_of(*checks(RIGHT, "+"), again), run_of(*checks(RIGHT, "+"), again))
    assert (found.paired, difference(found).before, difference(found).after) == (1, 1, 1)


def test_times_are_not_compared() -> None:
    before = run_of(result("q-0001", {"cost/turn_ms": (9, 1), "cost/llm_calls": (1, 1)}))
    after = run_of(result("q-0001", {"cost/turn_ms": (90, 1), "cost/llm_calls": (2, 1)}))
    found = compare(before, after)
    assert [one.metric for one in found.differences] == ["cost/llm_calls"]


# --- figures ---------------------------------------------------------------------------------


def test_the_p_value_is_that_of_the_flips() -> None:
    # Nine lost, one gained, ten the same: 2 · (1 + 10) / 2¹⁰.
    found = difference(of("+" * 9 + "-" + "+" * 10, "-" * 9 + "+" + "+" * 10))
    assert found.p_value == pytest.approx(22 / 1024)
    assert (found.before, found.after) == (19 / 20, 11 / 20)
    assert found.interval.value == pytest.approx(-8 / 20)
    assert found.is_worse
    assert found.is_significant
    assert found.smallest_visible == 8 / 20


def test_five_losses_alone_may_be_chance_and_six_are_none() -> None:
    five = difference(of("+" * 40, "-" * 5 + "+" * 35))
    six = difference(of("+" * 40, "-" * 6 + "+" * 34))
    assert [one.p_value for one in (five, six)] == pytest.approx([2 / 32, 2 / 64])
    assert [one.is_significant for one in (five, six)] == [False, True]


@pytest.mark.parametrize(
    ("metric", "is_worse"), [(RIGHT, False), (OPPOSITE, True), ("grounding/answer_words", False)]
)
def test_whether_more_is_worse_depends_on_the_metric(metric: str, is_worse: bool) -> None:
    assert difference(of("--", "+-", metric), metric).is_worse is is_worse
    assert not difference(of("+-", "+-", metric), metric).is_worse


def test_means_have_an_interval_and_no_p_value() -> None:
    before = run_of(*[result(f"q-{n}", {"retrieval/mrr": (0.5, 1)}) for n in range(9)])
    after = run_of(*[result(f"q-{n}", {"retrieval/mrr": (0.25, 1)}) for n in range(9)])
    found = difference(compare(before, after), "retrieval/mrr")
    assert found.p_value is None
    assert (found.interval.low, found.interval.high) == (-0.25, -0.25)
    assert found.is_worse
    assert found.is_significant
    assert (found.gained, found.lost) == (0, 0)


def test_cases_that_get_worse_without_flipping_are_no_chance() -> None:
    # Of three facts two were found in each message, then one: nothing flips, all are worse.
    recall = "verdict/facts_recall"
    before = run_of(*[result(f"v-{n}", {recall: (2, 3)}) for n in range(20)])
    after = run_of(*[result(f"v-{n}", {recall: (1, 3)}) for n in range(20)])
    found = difference(compare(before, after), recall)
    assert (found.lost, found.p_value) == (0, 1)
    assert found.is_worse
    assert found.is_significant
    assert not difference(compare(before, before), recall).is_significant


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_swapping_the_runs_swaps_gains_and_losses(pairs: list[tuple[bool, bool]]) -> None:
    before, after = ("".join("+" if one[i] else "-" for one in pairs) for i in (0, 1))
    there, back = of(before, after), of(after, before)
    assert {(f.case_id, f.is_loss) for f in there.flips} == {
        (f.case_id, not f.is_loss) for f in back.flips
    }
    one, other = difference(there), difference(back)
    assert (one.gained, one.lost, one.p_value) == (other.lost, other.gained, other.p_value)
    assert one.interval.value == -other.interval.value


# --- runs ------------------------------------------------------------------------------------


def test_repetitions_are_one_base_case_of_several_observations() -> None:
    cases = [result("q-0001", {RIGHT: (hits, 1)}, epoch=n) for n, hits in enumerate((1, 0, 1), 1)]
    figure = run_of(*cases, result("q-0002", {RIGHT: (1, 1)})).figures("embedded")[RIGHT]
    assert (figure.interval.value, figure.cases, figure.of) == (3 / 4, 2, 4)


def test_unscored_cases_count_in_no_figure() -> None:
    silent = CaseResult("q-0002", "x", "dev", "embedded", {}, "", "", "", (unscored(RIGHT, "x"),))
    figures = run_of(*checks(RIGHT, "+"), silent).figures("embedded")
    assert figures == run_of(*checks(RIGHT, "+")).figures("embedded")
    assert run_of(silent).figures("embedded") == {}


def test_results_are_grouped_by_what_they_say_of_a_group() -> None:
    cases = [result(f"q-{n}", {}, groups=g) for n, g in enumerate(({"style": "b"}, {},
             {"style": "a"}, {"style": "b"}))]  # fmt: skip
    found = by_group(cases, "style")
    assert [(name, [one.case_id for one in of]) for name, of in found.items()] == [
        ("a", ["q-2"]), ("b", ["q-0", "q-3"]),
    ]  # fmt: skip


WHOLE = CaseResult(
    "v-0001", "verdicts", "test", "a model", {"style": "cto"}, "we’re\nmany", "hybrid", "full_time",
    (Measure(RIGHT, 0, 1, "got it"), unscored(OPPOSITE, "x"), Measure("cost/turn_ms", 7, 2)),
    {"conversations": [[{"text": "a\u2028b"}]], "error": None}, epoch=1,
)  # fmt: skip


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    run = run_of(WHOLE, result("v-0001", {RIGHT: (1, 1)}, epoch=2))
    path = run.write(tmp_path / "a" / "run")
    assert path.name == "run.json"
    assert read(path) == read(path.parent) == run


def test_a_baseline_keeps_verdicts_and_measures_and_no_words_or_times(tmp_path: Path) -> None:
    path = tmp_path / "baseline.jsonl"
    run_of(WHOLE, result("v-0001", {RIGHT: (1, 1)}, target="a model", epoch=2)).write_baseline(path)
    assert "many" not in path.read_text("utf-8")
    (kept,) = read(path).cases
    assert (kept.target, kept.case_id, kept.dataset, kept.split, kept.got) == (
        "a model", "v-0001", "verdicts", "test", "full_time",
    )  # fmt: skip
    assert kept.totals == {RIGHT: (0, 1)}
    assert read(path).meta == {"took_s": 1.5, "version": "0"}


def test_a_run_does_not_differ_from_its_own_baseline(tmp_path: Path) -> None:
    run = run_of(*checks(RIGHT, "+-+"), WHOLE)
    run.write_baseline(tmp_path / "baseline.jsonl")
    found = compare(read(tmp_path / "baseline.jsonl"), run)
    assert (found.flips, found.paired, found.only_before, found.only_after) == ((), 4, 0, 0)
    assert {one.interval.value for one in found.differences} == {0}


def test_a_baseline_s_lines_do_not_depend_on_the_order_of_a_run(tmp_path: Path) -> None:
    cases = [*checks(RIGHT, "+-+"), *checks(RIGHT, "-", target="model")]
    for name, some in (("a", cases), ("b", cases[::-1])):
        Run({}, some).write_baseline(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
