"""Calls that may hang: waited for so long, then left behind with their threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from hiring_advisor.errors import IndexUnavailable
from hiring_advisor.retrieval.deadline import Patience

DEADLINE_S = 0.2
THREADS = 2


@pytest.fixture
def patience() -> Iterator[Patience[int]]:
    made: Patience[int] = Patience(DEADLINE_S, THREADS)
    yield made
    made.close()


def test_what_a_call_returns_or_raises_comes_back(patience: Patience[int]) -> None:
    def fail() -> int:
        raise LookupError("its own")

    assert patience.run(lambda: 7) == 7
    with pytest.raises(LookupError, match="its own"):
        patience.run(fail)
    assert patience.run(lambda: 8) == 8


def test_calls_run_side_by_side(patience: Patience[int]) -> None:
    both = threading.Barrier(2, timeout=5)
    with ThreadPoolExecutor(2) as pool:
        slow: Patience[int] = Patience(5.0, THREADS)
        found = [pool.submit(slow.run, both.wait) for _ in range(2)]
        assert sorted(one.result() for one in found) == [0, 1]
        slow.close()


def test_a_call_that_hangs_is_given_up_in_time(patience: Patience[int]) -> None:
    release = threading.Event()
    begun = time.monotonic()
    with pytest.raises(IndexUnavailable, match="slow"):
        patience.run(lambda: int(release.wait(30)))
    assert time.monotonic() - begun < 5
    release.set()


def test_after_a_call_that_hangs_the_next_ones_have_threads_of_their_own(
    patience: Patience[int],
) -> None:
    """As many calls hang as there are threads: in the old ones nothing would ever run again."""
    release = threading.Event()
    for _ in range(THREADS + 1):
        with pytest.raises(IndexUnavailable):
            patience.run(lambda: int(release.wait(30)))
    assert patience.run(lambda: 9) == 9
    release.set()


def test_threads_that_were_left_behind_end_with_their_calls() -> None:
    before = set(threading.enumerate())
    patience: Patience[int] = Patience(DEADLINE_S, THREADS)
    release = threading.Event()
    with pytest.raises(IndexUnavailable):
        patience.run(lambda: int(release.wait(30)))
    patience.close()
    release.set()
    deadline = time.monotonic() + 10
    while left := set(threading.enumerate()) - before:
        assert time.monotonic() < deadline, left
        time.sleep(0.01)
