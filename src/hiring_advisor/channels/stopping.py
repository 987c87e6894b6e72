"""How a process ends: readiness off, turns to their end, then the process.

At the first SIGTERM `/readyz` says 503 while everything is still served, for as long as load
balancers take to notice. Then no connection is taken any more, and turns have until the end of the
grace to finish; what is not over by then is cut short with a marked end, so that no stream breaks
off within an event. SIGINT, a person's, does the same without the wait. The same signal once more
ends the turns now.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from hiring_advisor.channels.services import Services

FLUSH_S = 3.0
"""For the last events to reach whoever listens, after the turns are over."""
HURRY_S = 2.0

log = logging.getLogger(__name__)

Handler = Callable[[int, FrameType | None], Any]


@contextmanager
def on_signals(services: Services) -> Iterator[None]:
    """Go by `Stop` before the server's own handlers of SIGTERM and SIGINT, which go on from there.

    SIGUSR1 takes readiness off and nothing else: so the supervisor of several workers tells them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears signals: whoever serves in another one ends it
        return
    stop = Stop(services)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    stop.handlers = {number: old for number, old in before.items() if callable(old)}
    for number in before:
        signal.signal(number, stop.told)
    signal.signal(signal.SIGUSR1, stop.told_to_be_unready)
    try:
        yield
    finally:
        # Not the server's again: a late signal must not begin what is over.
        for number in (*before, signal.SIGUSR1):
            signal.signal(number, signal.SIG_IGN)
        stop.over()


class Stop:
    """Ends one process. What signals call returns at once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._loop = asyncio.get_running_loop()
        self._told: set[int] = set()
        self._is_worker = multiprocessing.parent_process() is not None
        self._hurry = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        self.handlers: dict[signal.Signals, Handler] = {}

    def told(self, number: int, frame: FrameType | None) -> None:
        """Begin to end; at the same signal once more, end now."""
        is_first, is_again = not self._told, number in self._told
        self._told.add(number)
        # Of a worker that is merely replaced nobody outside hears: the others are ready.
        self._services.is_stopping |= not self._is_worker
        if is_first:
            self._loop.call_soon_threadsafe(self._begin, signal.Signals(number))
        elif is_again:
            self._loop.call_soon_threadsafe(self._end_now)

    def told_to_be_unready(self, number: int, frame: FrameType | None) -> None:
        """Take readiness off."""
        self._services.is_stopping = True

    def over(self) -> None:
        """The server has let its connections go."""
        if self._work is not None:
            self._work.cancel()

    def _begin(self, number: signal.Signals) -> None:
        self._work = asyncio.create_task(self._end(number))

    async def _end(self, number: signal.Signals) -> None:
        settings = self._services.settings
        # A worker's supervisor has waited already; a person has no load balancer.
        is_asked_now = self._is_worker or number == signal.SIGINT
        delay_s = 0.0 if is_asked_now else settings.stop_delay_s
        log.info("stopping", extra={"delay_s": delay_s, "grace_s": settings.stop_grace_s})
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), delay_s)
        if handler := self.handlers.get(number):
            handler(number, None)
        grace_s = max(0.0, settings.stop_grace_s - delay_s)
        await self._services.drain(0.0 if self._hurry.is_set() else grace_s)

    def _end_now(self) -> None:
        self._hurry.set()
        self._loop.create_task(self._services.turns.close(0.0), name="end now")
        # Whoever does not read its answer is not waited for.
        self._loop.call_later(HURRY_S, os._exit, 1)
