"""A circuit breaker: an endpoint that is down is left alone, and nobody waits for it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from hiring_advisor.errors import ModelUnavailable

FAILURES = 3
WITHIN_S = 30.0
OPEN_S = 20.0
REFUSED_S = 300.0
"""A key that is refused now is refused in a minute as well."""
LONGEST_S = 300.0

_NOT_ITS_FAULT = frozenset(
    {"content_filter", "length", "context_too_long", "empty", "tool_args_invalid", "breaker_open"}
)


class Breaker:
    """Opens after three failures within half a minute, or at once where the endpoint says so.

    When its time is over, one call goes through as a probe; the others wait for what it brings.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._open_until = 0.0
        self._is_open = False

    @property
    def is_open(self) -> bool:
        """Whether calls are held back, but for a probe now and then."""
        return self._is_open

    def check(self) -> None:
        """Raise `ModelUnavailable` while calls are pointless; let a probe through otherwise."""
        now = self._clock()
        if not self._is_open:
            return
        if now < self._open_until:
            raise ModelUnavailable("The language model is left alone for a while.", "breaker_open")
        self._open_until = now + OPEN_S  # this call is the probe

    def succeeded(self) -> None:
        """The endpoint answers."""
        self._failures.clear()
        self._is_open = False

    def failed(self, reason: str, retry_after_s: float | None = None) -> None:
        """Count a failure; `retry_after_s` is what the endpoint asked for."""
        if reason in _NOT_ITS_FAULT:
            return
        now = self._clock()
        self._failures.append(now)
        if reason in {"status_401", "status_403"}:
            self._open(REFUSED_S)
        elif reason == "status_429" and retry_after_s is not None:
            self._open(min(max(retry_after_s, 0.0), LONGEST_S))
        elif self._is_open or (
            len(self._failures) == FAILURES and now - self._failures[0] <= WITHIN_S
        ):
            self._open(OPEN_S)

    def _open(self, seconds: float) -> None:
        self._is_open = True
        self._open_until = self._clock() + seconds
