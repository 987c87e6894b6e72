"""The breaker as a machine: whatever happens in whatever order, these things hold."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.understanding.breaker import PROBE_S, REFUSED_S, Breaker


class Calls(RuleBasedStateMachine):
    """Calls begin, end well or badly, or are given up, while the clock goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.breaker = Breaker(lambda: self.now)
        self.running: list[tuple[int, bool]] = []
        self.refused_until = 0.0
        self.probe_since = 0.0
        self.latest = 0
        """The pass that calls begin with now: of one that went before nothing is heard."""

    @rule()
    def begin(self) -> None:
        state = self.breaker.state
        try:
            passed = self.breaker.check()
        except ModelUnavailable:
            assert state != "closed"
            return
        assert state in {"closed", "half_open"}
        assert self.now >= self.refused_until
        if state == "half_open":
            self.probe_since = self.now
        self.latest = passed
        self.running.append((passed, state == "half_open"))

    @precondition(lambda self: self.running)
    @rule(data=st.data(), reason=st.sampled_from(
        ["", "timeout", "connection", "status_500", "status_401", "empty", "refusal", "left"]
    ))  # fmt: skip
    def end(self, data: st.DataObject, reason: str) -> None:
        place = data.draw(st.integers(0, len(self.running) - 1))
        passed, is_probe = self.running.pop(place)
        before = self.breaker.state
        if reason == "":
            self.breaker.succeeded(passed)
        elif reason == "left":
            self.breaker.left(passed)
        else:
            self.breaker.failed(reason, passed=passed)
        if passed != self.latest or (before != "closed" and not is_probe):
            assert self.breaker.state == before  # it comes too late to be heard
        elif reason == "status_401":
            assert self.breaker.state == "open" or before != "closed"
            if before == "closed":
                self.refused_until = self.now + REFUSED_S
        elif is_probe and before == "half_open" and reason in {"", "empty", "refusal"}:
            current = self.breaker.state
            assert current in {"closed", "half_open"}

    @rule(seconds=st.sampled_from([0.1, 1.0, 10.0, 20.0, 60.0, 300.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def at_most_one_probe_is_under_way(self) -> None:
        if self.breaker.state != "half_open":
            return
        young = [one for one in self.running if one[1] and self.now - self.probe_since < PROBE_S]
        if young and self._is_probing():
            with pytest.raises(ModelUnavailable):
                self.breaker.check()

    def _is_probing(self) -> bool:
        return self.now < self.breaker._probe_until


Calls.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestCalls = Calls.TestCase


def opened() -> tuple[Breaker, list[float]]:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(3):
        breaker.failed("timeout")
    return breaker, now


def tries(breaker: Breaker, count: int) -> int:
    """How many of so many calls go through."""
    through = 0
    for _ in range(count):
        try:
            breaker.check()
        except ModelUnavailable:
            continue
        through += 1
    return through


def test_its_state_is_there_to_be_seen() -> None:
    breaker, now = opened()
    seen: list[str] = [Breaker().state, breaker.state]
    now[0] += 20.0
    seen.append(breaker.state)
    breaker.succeeded(breaker.check())
    seen.append(breaker.state)
    assert seen == ["closed", "open", "half_open", "closed"]


def test_of_fifty_calls_at_once_one_is_the_probe() -> None:
    breaker, now = opened()
    now[0] += 20.0
    assert tries(breaker, 50) == 1


def test_a_probe_that_is_given_up_makes_room_for_the_next() -> None:
    breaker, now = opened()
    now[0] += 20.0
    breaker.left(breaker.check())
    assert tries(breaker, 5) == 1


def test_a_probe_of_which_nothing_is_heard_does_not_close_the_way_for_ever() -> None:
    breaker, now = opened()
    now[0] += 20.0
    breaker.check()
    now[0] += PROBE_S
    assert tries(breaker, 5) == 1


@pytest.mark.parametrize("reason", ["status_401", "status_403", "quota"])
def test_a_call_that_began_before_a_refusal_does_not_bring_the_endpoint_back(reason: str) -> None:
    breaker = Breaker()
    early = breaker.check()
    breaker.failed(reason, passed=breaker.check())
    breaker.succeeded(early)
    assert breaker.state == "open"


@pytest.mark.parametrize("reason", ["empty", "refusal", "content_filter", "length"])
def test_a_probe_that_is_answered_at_all_closes_it(reason: str) -> None:
    breaker, now = opened()
    now[0] += 20.0
    breaker.failed(reason, passed=breaker.check())
    assert breaker.state == "closed"


def test_who_asks_for_a_moment_gets_it_and_is_not_taken_for_broken() -> None:
    breaker = Breaker()
    for _ in range(50):
        breaker.failed("status_429", 1.0)
    assert breaker.state == "closed"
