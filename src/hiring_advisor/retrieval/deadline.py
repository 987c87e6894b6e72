"""Calls with a deadline: what hangs is left behind, and whoever asked goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from queue import SimpleQueue
from typing import Any, TypeVar

from hiring_advisor.errors import IndexUnavailable

THREADS = 4

T = TypeVar("T")
_Job = tuple[Future[Any], Callable[[], Any]]


class Crew:
    """A few daemon threads that run calls. After one was late the whole crew is left behind.

    Handing a call over costs some 50 µs; a thread a call cost three times that. At most `THREADS`
    calls can hang at once, however many questions come.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads = 0
        self._busy = 0

    def run(self, deadline_s: float, call: Callable[[], T]) -> T:
        """Return what the call returns, or raise what it raises.

        Raises `IndexUnavailable` when it takes longer than `deadline_s` seconds.
        """
        result: Future[T] = Future()
        with self._lock:
            jobs = self._jobs
            self._busy += 1
            if self._threads < min(self._busy, THREADS):
                self._threads += 1
                threading.Thread(target=_work, args=(jobs,), daemon=True, name="vectors").start()
            jobs.put((result, call))
        try:
            return result.result(deadline_s)
        except FutureTimeout:
            result.cancel()
            self._leave(jobs)
            raise IndexUnavailable("The vector index is too slow.", "slow") from None
        finally:
            with self._lock:
                self._busy -= jobs is self._jobs

    def _leave(self, late: SimpleQueue[_Job | None]) -> None:
        """Start with a crew of new threads; the old ones end when what they run does."""
        with self._lock:
            if self._jobs is late:
                for _ in range(self._threads):
                    late.put(None)
                self._jobs, self._threads, self._busy = SimpleQueue(), 0, 0


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        result, call = job
        if not result.set_running_or_notify_cancel():
            continue
        try:
            result.set_result(call())
        except BaseException as error:
            result.set_exception(error)
        del job, result, call
