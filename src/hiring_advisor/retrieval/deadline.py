"""Calls that may hang, in threads that are left behind when they do.

The threads are daemons, so that one that hangs for ever holds no process back, and they wait for
the next call, since starting a thread costs more than most of the calls that it is for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from queue import SimpleQueue
from typing import Generic, TypeVar

from hiring_advisor.errors import IndexUnavailable

T = TypeVar("T")
_Job = tuple["Future[T]", Callable[[], T]]


class Patience(Generic[T]):
    """Runs calls side by side, and waits for each no longer than `deadline_s`."""

    def __init__(self, deadline_s: float, threads: int = 4) -> None:
        self._deadline_s = deadline_s
        self._threads = threads
        self._lock = threading.Lock()
        self._jobs: SimpleQueue[_Job[T] | None] | None = None

    def run(self, call: Callable[[], T]) -> T:
        """Return what the call returns, or raise what it raises.

        Raises `IndexUnavailable` when it is late. Its thread and its neighbours are given up then;
        the next call gets new ones.
        """
        future: Future[T] = Future()
        jobs = self._open()
        jobs.put((future, call))
        try:
            return future.result(self._deadline_s)
        except FutureTimeout:
            self._give_up(jobs)
            raise IndexUnavailable("The vector index is too slow.") from None

    def close(self) -> None:
        """Let the threads end when their calls have."""
        with self._lock:
            jobs = self._jobs
        if jobs is not None:
            self._give_up(jobs)

    def _open(self) -> SimpleQueue[_Job[T] | None]:
        with self._lock:
            if self._jobs is None:
                self._jobs = SimpleQueue()
                for _ in range(self._threads):
                    worker = threading.Thread(
                        target=_work, args=(self._jobs,), daemon=True, name="vector-query"
                    )
                    worker.start()
            return self._jobs

    def _give_up(self, jobs: SimpleQueue[_Job[T] | None]) -> None:
        with self._lock:
            if self._jobs is jobs:
                self._jobs = None
                for _ in range(self._threads):
                    jobs.put(None)


def _work(jobs: SimpleQueue[_Job[T] | None]) -> None:
    while (job := jobs.get()) is not None:
        future, call = job
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)
