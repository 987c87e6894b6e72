"""A circuit breaker: an endpoint that is down is left alone, and nobody waits for it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Literal

from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.understanding.failures import LONGEST_PAUSE_S

FAILURES = 3
WITHIN_S = 30.0
OPEN_S = 20.0
REFUSED_S = 300.0
"""A key that is refused now is refused in a minute as well."""
LONGEST_S = 300.0
PROBE_S = 60.0
"""A probe of which nothing was heard for so long is taken for lost."""

State = Literal["closed", "open", "half_open"]

_ANSWERED = frozenset(
    {"content_filter", "refusal", "length", "context_too_long", "empty", "tool_args_invalid"}
)
"""Failures that show an endpoint at work."""
_REFUSED = frozenset({"status_401", "status_403", "quota"})


class Breaker:
    """Opens after three failures within half a minute, or at once where the endpoint says so.

    When its time is over, one call goes through as a probe; the others are refused until it is
    back. `check` gives each call a pass to report with: what a call that began before the breaker
    opened has to say comes too late and is not heard.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._open_until = 0.0
        self._probe_until = 0.0
        self._is_open = False
        self._pass = 0

    @property
    def state(self) -> State:
        """closed: calls go through; open: none does; half_open: one may try, or does."""
        if not self._is_open:
            return "closed"
        return "open" if self._clock() < self._open_until else "half_open"

    def check(self) -> int:
        """Give a call its pass. Raises `ModelUnavailable` while calls are pointless."""
        now = self._clock()
        if self._is_open:
            if now < self._open_until or now < self._probe_until:
                raise ModelUnavailable(
                    "The language model is left alone for a while.", "breaker_open"
                )
            self._probe_until = now + PROBE_S
            self._pass += 1
        return self._pass

    def succeeded(self, passed: int | None = None) -> None:
        """The endpoint answers."""
        if self._is_heard(passed):
            self._failures.clear()
            self._is_open = False
            self._probe_until = 0.0

    def left(self, passed: int) -> None:
        """A call was given up before it showed anything: the next one may be the probe."""
        if self._is_open and self._is_heard(passed):
            self._probe_until = 0.0

    def failed(
        self, reason: str, retry_after_s: float | None = None, passed: int | None = None
    ) -> None:
        """Count a failure; `retry_after_s` is what the endpoint asked for."""
        if not self._is_heard(passed):
            return
        is_busy = reason == "status_429" and retry_after_s is not None
        if reason in _ANSWERED:
            if self._is_open:
                self.succeeded(passed)
        elif reason in _REFUSED:
            self._open(max(REFUSED_S, min(retry_after_s or 0.0, LONGEST_S)))
        elif is_busy and retry_after_s is not None and retry_after_s > LONGEST_PAUSE_S:
            self._open(min(retry_after_s, LONGEST_S))
        elif self._is_open:
            self._open(OPEN_S)
        elif not is_busy:  # who asks for a moment gets it
            now = self._clock()
            self._failures.append(now)
            if len(self._failures) == FAILURES and now - self._failures[0] <= WITHIN_S:
                self._open(OPEN_S)

    def _is_heard(self, passed: int | None) -> bool:
        return passed is None or passed == self._pass

    def _open(self, seconds: float) -> None:
        self._is_open = True
        self._open_until = self._clock() + seconds
        self._probe_until = 0.0
        self._failures.clear()
        self._pass += 1
