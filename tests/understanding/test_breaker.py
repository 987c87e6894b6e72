"""The breaker by the clock: when it opens, for how long, and what closes it again."""

from __future__ import annotations

import pytest

from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.understanding.breaker import OPEN_S, REFUSED_S, WITHIN_S, Breaker


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def is_open(breaker: Breaker) -> bool:
    try:
        breaker.check()
    except ModelUnavailable as error:
        return error.reason == "breaker_open"
    return False


def test_it_is_closed_at_first_and_after_two_failures(breaker: Breaker) -> None:
    assert not is_open(breaker)
    breaker.failed("timeout")
    breaker.failed("connection")
    assert not is_open(breaker)


def test_three_failures_in_a_row_open_it_for_a_while(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3):
        breaker.failed("timeout")
    assert is_open(breaker)
    clock.now += OPEN_S - 1
    assert is_open(breaker)


def test_failures_far_apart_do_not_open_it(breaker: Breaker, clock: Clock) -> None:
    for _ in range(10):
        breaker.failed("timeout")
        clock.now += WITHIN_S
    assert not is_open(breaker)


def test_a_success_in_between_begins_the_count_anew(breaker: Breaker) -> None:
    for _ in range(5):
        breaker.failed("timeout")
        breaker.failed("timeout")
        breaker.succeeded()
    assert not is_open(breaker)


@pytest.mark.parametrize("reason", ["status_401", "status_403"])
def test_a_refused_key_opens_it_at_once_and_for_long(
    breaker: Breaker, clock: Clock, reason: str
) -> None:
    breaker.failed(reason)
    clock.now += REFUSED_S - 1
    assert is_open(breaker)


@pytest.mark.parametrize(("asked", "opens_for"), [(60, 60), (100_000, 300), (2.5, 2.5)])
def test_it_waits_as_long_as_the_endpoint_asks_but_not_for_ever(
    breaker: Breaker, clock: Clock, asked: float, opens_for: float
) -> None:
    breaker.failed("status_429", asked)
    clock.now += opens_for - 0.1
    assert is_open(breaker)
    clock.now += 0.2
    assert not is_open(breaker)


@pytest.mark.parametrize("reason", ["content_filter", "length", "empty", "context_too_long"])
def test_what_is_not_the_endpoints_fault_never_opens_it(breaker: Breaker, reason: str) -> None:
    for _ in range(20):
        breaker.failed(reason)
    assert not is_open(breaker)


def test_one_probe_goes_through_when_the_time_is_over(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3):
        breaker.failed("timeout")
    clock.now += OPEN_S
    assert [is_open(breaker) for _ in range(3)] == [False, True, True]


def test_a_probe_that_fails_opens_it_again_and_one_that_works_closes_it(
    breaker: Breaker, clock: Clock
) -> None:
    for _ in range(3):
        breaker.failed("timeout")
    clock.now += OPEN_S
    assert not is_open(breaker)
    breaker.failed("timeout")
    clock.now += OPEN_S - 1
    assert is_open(breaker)
    clock.now += 1
    assert not is_open(breaker)
    breaker.succeeded()
    assert [is_open(breaker) for _ in range(3)] == [False] * 3
