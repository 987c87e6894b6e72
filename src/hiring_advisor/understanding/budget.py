"""The daily ceiling of model tokens: it halts the model, never the advisor.

Each call reserves the most that it can cost before it is sent, and settles what it did cost. The
day's sum lies in this process, or in Redis for several; a store that fails halts the model.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.understanding.endpoint import until_the_loop_ends

if TYPE_CHECKING:
    from redis.asyncio import Redis

KEPT_DAYS = 2
KEEP_S = KEPT_DAYS * 86_400
RETRY_STORE_AFTER_S = 5.0

log = logging.getLogger(__name__)


class Ledger(Protocol):
    """Keeps one sum a day."""

    async def add(self, day: str, tokens: int) -> int:
        """Add tokens, negative ones as well, and return the new sum; as one step."""
        ...


class MemoryLedger:
    """The sum of this process."""

    def __init__(self) -> None:
        self._sums: dict[str, int] = {}

    async def add(self, day: str, tokens: int) -> int:
        """Add; all but the latest days are forgotten: calls settle across midnight."""
        self._sums[day] = self._sums.get(day, 0) + tokens
        for old in sorted(self._sums)[:-KEPT_DAYS]:
            del self._sums[old]
        return self._sums.get(day, 0)


class RedisLedger:
    """The sum of all processes that share a Redis server."""

    def __init__(self, url: str, prefix: str = "hiring-advisor:tokens") -> None:
        self._url = url
        self._prefix = prefix
        self._clients: WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[Redis, AsyncIterator[None]]
        ] = WeakKeyDictionary()

    async def add(self, day: str, tokens: int) -> int:
        """Add on the server. Raises what the client of the day raises."""
        client = await self._client()
        key = f"{self._prefix}:{day}"
        async with client.pipeline(transaction=True) as pipeline:
            pipeline.incrby(key, tokens)
            pipeline.expire(key, KEEP_S)
            total, _ = await pipeline.execute()
        return int(total)

    async def _client(self) -> Redis:
        loop = asyncio.get_running_loop()
        held = self._clients.get(loop)
        if held is None:
            from redis.asyncio import Redis

            client = Redis.from_url(self._url, socket_timeout=0.5, socket_connect_timeout=0.5)
            held = self._clients[loop] = client, until_the_loop_ends(client.aclose)
            await anext(held[1])
        return held[0]


class Budget:
    """Tokens of a day, UTC. What is spent is never more than the ceiling and one reservation."""

    def __init__(
        self,
        ceiling: int,
        ledger: Ledger | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`ceiling` is in tokens, 0 for none."""
        self.ceiling = ceiling
        self._ledger = ledger or MemoryLedger()
        self._now = now
        self._clock = clock
        self._broken_until = 0.0
        self._halted = ""
        self._latest = "", 0

    @property
    def spent(self) -> int:
        """Today's tokens as far as this process knows; none are counted without a ceiling."""
        day, total = self._latest
        return total if day == self._today() else 0

    def _today(self) -> str:
        return self._now().astimezone(UTC).date().isoformat()

    async def reserve(self, tokens: int) -> Reservation:
        """Set tokens aside for a call. Raises `ModelUnavailable` where the day has none left."""
        day = self._today()
        if not self.ceiling:
            return Reservation(self, day, 0)
        total = await self._add(day, tokens)
        if total is None:
            raise ModelUnavailable("The count of model tokens is out of reach.", "budget_unknown")
        if total - tokens >= self.ceiling:
            await self._add(day, -tokens)
            if self._halted != day:
                self._halted = day
                log.error("the day's model tokens are used up: embedded answers until midnight UTC")
            raise ModelUnavailable("The day's model tokens are used up.", "budget")
        return Reservation(self, day, tokens)

    async def _add(self, day: str, tokens: int) -> int | None:
        """The new sum, or None where the store does not answer."""
        if self._clock() < self._broken_until:
            return None
        try:
            total = await self._ledger.add(day, tokens)
        except Exception as error:  # whatever the client of the day raises
            self._broken_until = self._clock() + RETRY_STORE_AFTER_S
            name = type(error).__name__
            log.error("the count of model tokens is out of reach, the model is halted: %s", name)
            return None
        # What a call settles after midnight belongs to the day before.
        if day >= self._latest[0]:
            self._latest = day, total
        return total


class Reservation:
    """Tokens set aside for one call. What is never settled stays spent."""

    def __init__(self, budget: Budget, day: str, tokens: int) -> None:
        self._budget = budget
        self._day = day
        self._tokens = tokens

    async def settle(self, tokens: int) -> None:
        """Give back what was not used, or add what was used beyond it; once."""
        if self._tokens:
            reserved, self._tokens = self._tokens, 0
            # To the end, also where the turn is cancelled meanwhile.
            await asyncio.shield(self._budget._add(self._day, tokens - reserved))


def at_most(text: str) -> int:
    """More tokens than a text has, but for the oddest: one for every two bytes."""
    return len(text.encode("utf-8", "replace")) // 2 + 1


def about(text: str) -> int:
    """The tokens of a text as a rule: one for every four bytes."""
    return -(-len(text.encode("utf-8", "replace")) // 4)
