"""Several worker processes on one socket: told to stop together, restarted one by one."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

from uvicorn.supervisors import Multiprocess

from hiring_advisor.channels.metrics import forget_worker

if TYPE_CHECKING:
    from socket import socket

    from uvicorn import Config


class Supervisor(Multiprocess):
    """uvicorn's, with readiness taken off before workers stop. SIGHUP restarts them one by one."""

    def __init__(
        self, config: Config, sockets: list[socket], *, delay_s: float, metrics: str
    ) -> None:
        super().__init__(config, sockets)
        self._delay_s = delay_s
        self._metrics = metrics
        self._told: set[int] = set()
        self._pids: set[int] = set()
        self._is_restarting = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if number in self._told or self._is_restarting:
            self.should_exit.set()
            self._tell(number)
        self._told.add(number)
        self.signal_queue.append(number)

    def _tell(self, number: int) -> None:
        for process in self.processes:
            if process.pid is not None and process.exitcode is None:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, number)

    def handle_term(self) -> None:
        """Take the readiness of all workers off, and stop them when that was noticed."""
        self._tell(signal.SIGUSR1)
        until = time.monotonic() + self._delay_s
        while time.monotonic() < until and not self.should_exit.is_set():
            time.sleep(0.05)
        super().handle_term()

    def handle_hup(self) -> None:
        """Replace each worker by a new one that is ready, then let the old one end its turns."""
        self._is_restarting = True
        try:
            super().handle_hup()
        finally:
            self._is_restarting = False

    def keep_subprocess_alive(self) -> None:
        """Begin a new worker for one that is gone."""
        super().keep_subprocess_alive()
        now = {process.pid for process in self.processes if process.pid is not None}
        for pid in self._pids - now:
            forget_worker(pid, self._metrics)
        self._pids = now
