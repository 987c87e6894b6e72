"""Intervals and paired tests, against published values and sums that were worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hiring_advisor.evals.statistics import (
    kappa,
    mcnemar,
    paired_difference,
    ratio,
    smallest_visible_flips,
    smallest_visible_mean,
    wilson,
)

Pair = tuple[float, float]


@st.composite
def _cluster(draw: st.DrawFn) -> Pair:
    """(hits, of) of one base case with some observations."""
    of = draw(st.integers(1, 6))
    return float(draw(st.integers(0, of))), float(of)


_clusters = st.lists(_cluster(), min_size=1, max_size=40)
_checks = st.lists(st.booleans(), min_size=1, max_size=40)


# --- Wilson ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_s_interval_is_that_of_the_textbook(
    hits: int, of: int, low: float, high: float
) -> None:
    found = wilson(hits, of)
    assert found.value == hits / of
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 5000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_bounds_of_wilson_are_one_and_a_z_away_from_the_value(case: tuple[int, int]) -> None:
    # Its definition: the rates from which the observed one is exactly 1.96 standard errors away.
    hits, of = case
    found = wilson(hits, of)
    for bound in {found.low, found.high} - {0.0, 1.0}:
        error = math.sqrt(bound * (1 - bound) / of)
        assert abs(found.value - bound) == pytest.approx(1.959964 * error, rel=1e-3, abs=1e-9)


# --- ratios ----------------------------------------------------------------------------------


@given(_checks)
def test_single_checks_get_wilson_s_interval(checks: list[bool]) -> None:
    found = ratio([(float(one), 1.0) for one in checks], is_rate=True)
    assert found == wilson(sum(checks), len(checks))


def test_observations_of_one_text_tell_less_than_as_many_texts() -> None:
    # Ten texts all right and ten all wrong, five observations each; then a hundred texts.
    clustered = ratio([(5, 5), (0, 5)] * 10, is_rate=True)
    apart = ratio([(1, 1), (0, 1)] * 50, is_rate=True)
    assert clustered.value == apart.value == 0.5
    # Twenty coins: 2.5 % of resamples have six heads or fewer (binomial table, 0.0207 | 0.0577).
    assert (clustered.low, clustered.high) == pytest.approx((0.3, 0.7), abs=0.051)
    assert clustered.high - clustered.low > 1.5 * (apart.high - apart.low)


def test_all_right_of_many_observations_counts_texts_not_observations() -> None:
    assert ratio([(5, 5)] * 4, is_rate=True) == wilson(4, 4)


def test_a_mean_lies_between_the_means_of_its_resamples() -> None:
    found = ratio([(10, 1), (20, 1), (60, 1)], is_rate=False)
    assert found.value == 30
    # All three the smallest or all three the largest: one resample in 27 each, above 2.5 %.
    assert (found.low, found.high) == (10, 60)


def test_the_same_cases_get_the_same_interval_every_time() -> None:
    cases: list[Pair] = [(1, 3), (2, 2), (0, 4), (3, 5)]
    assert ratio(cases, is_rate=True) == ratio(cases, is_rate=True)


@given(_clusters)
def test_an_interval_holds_its_value(clusters: list[Pair]) -> None:
    found = ratio(clusters, is_rate=True)
    assert 0 <= found.low <= found.value <= found.high <= 1


@given(st.lists(st.integers(1, 6), min_size=1, max_size=40))
def test_all_right_is_never_certain(sizes: list[int]) -> None:
    found = ratio([(float(of), float(of)) for of in sizes], is_rate=True)
    assert found.value == found.high == 1
    assert found.low < 1


@given(st.integers(1, 200))
def test_more_cases_all_right_say_more(cases: int) -> None:
    fewer, more = ratio([(1, 1)] * cases, is_rate=True), ratio([(1, 1)] * (cases + 1), is_rate=True)
    assert fewer.low < more.low


@given(_clusters, st.integers(1, 5))
def test_a_case_that_says_nothing_changes_nothing(clusters: list[Pair], silent: int) -> None:
    with_silent = [*clusters, *[(0.0, 0.0)] * silent]
    assert ratio(with_silent, is_rate=True) == ratio(clusters, is_rate=True)
    assert ratio(with_silent, is_rate=False) == ratio(clusters, is_rate=False)


@pytest.mark.parametrize("nothing", [[], [(0.0, 0.0)]])
def test_nothing_measured_is_not_zero(nothing: list[Pair]) -> None:
    with pytest.raises(ValueError, match="nothing to measure"):
        ratio(nothing, is_rate=True)


# --- McNemar ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [
        (0, 0, 1.0),
        (0, 1, 1.0),  # 2 · 1/2
        (0, 5, 2 / 32),
        (0, 6, 2 / 64),
        (1, 9, 2 * (1 + 10) / 1024),
        (2, 8, 2 * (1 + 10 + 45) / 1024),
        (3, 12, 2 * (1 + 15 + 105 + 455) / 32768),
        (5, 5, 1.0),
    ],
)
def test_mcnemar_s_p_is_twice_the_tail_of_the_binomial(gained: int, lost: int, p: float) -> None:
    assert mcnemar(gained, lost) == pytest.approx(p, rel=1e-12)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_s_p_is_the_same_whichever_run_is_first(gained: int, lost: int) -> None:
    p = mcnemar(gained, lost)
    assert 0 <= p <= 1
    assert p == mcnemar(lost, gained)


# --- differences -----------------------------------------------------------------------------


def test_a_difference_is_that_of_the_two_ratios() -> None:
    before: list[Pair] = [(1, 4), (1, 1)]
    after: list[Pair] = [(3, 4), (0, 1)]
    assert paired_difference(before, after).value == pytest.approx(3 / 5 - 2 / 5)


def test_pairs_that_all_moved_alike_leave_no_doubt() -> None:
    before: list[Pair] = [(float(one), 1.0) for one in (10, 30, 70, 20, 90)]
    found = paired_difference(before, [(hits + 7, of) for hits, of in before])
    assert (found.value, found.low, found.high) == pytest.approx((7, 7, 7))


@given(_clusters)
def test_a_run_does_not_differ_from_itself(clusters: list[Pair]) -> None:
    found = paired_difference(clusters, clusters)
    assert (found.value, found.low, found.high) == (0, 0, 0)


@given(st.lists(st.tuples(_cluster(), _cluster()), min_size=1, max_size=40))
def test_swapping_the_runs_flips_the_sign(pairs: list[tuple[Pair, Pair]]) -> None:
    before, after = [a for a, _ in pairs], [b for _, b in pairs]
    there, back = paired_difference(before, after), paired_difference(after, before)
    assert there.value == -back.value
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-9)


def test_runs_over_other_cases_are_not_paired() -> None:
    with pytest.raises(ValueError, match="same base cases"):
        paired_difference([(1, 1)], [(1, 1), (0, 1)])


# --- what can be seen ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cases", "flips", "net"),
    [
        (100, 0, 6),  # six one way: p = 2/64; five: 2/32
        (100, 6, 6),
        (100, 8, 8),  # 7 to 1: p = 18/256 = 0.07
        (100, 9, 7),  # 8 to 1: p = 20/512 = 0.039
        (200, 10, 8),  # 9 to 1: p = 22/1024; 8 to 2: 112/1024
        (6, 3, 6),
    ],
)
def test_the_smallest_visible_share_of_flips(cases: int, flips: int, net: int) -> None:
    assert smallest_visible_flips(cases, flips) == net / cases


def test_fewer_than_six_cases_can_show_nothing() -> None:
    assert smallest_visible_flips(5, 0) is None


def test_the_smallest_visible_mean_is_2_8_standard_errors() -> None:
    # Differences 0 and 2: standard deviation √2, error √2 / √2 = 1.
    assert smallest_visible_mean([(5, 1), (5, 1)], [(5, 1), (7, 1)]) == pytest.approx(2.8)


def test_one_case_shows_no_difference_of_means() -> None:
    assert smallest_visible_mean([(5, 1)], [(9, 1)]) is None


# --- kappa -----------------------------------------------------------------------------------


def test_kappa_is_that_of_the_textbook() -> None:
    # Fifty grant proposals: 35 agreed, 0.7; by chance 0.5 · 0.6 + 0.5 · 0.4 = 0.5.
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10
    assert kappa([*pairs, *[(False, False)] * 15]) == pytest.approx(0.4)


def test_raters_who_always_differ_agree_less_than_chance() -> None:
    assert kappa([(True, False), (False, True)]) == pytest.approx(-1)


def test_a_rater_who_says_yes_to_all_agrees_no_more_than_chance() -> None:
    assert kappa([(True, True), (False, True), (True, True)]) == pytest.approx(0)


@given(st.lists(st.booleans(), min_size=1))
def test_kappa_of_a_rater_with_itself_is_1(said: list[bool]) -> None:
    assert kappa([(one, one) for one in said]) == pytest.approx(1)
