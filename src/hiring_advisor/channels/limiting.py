"""Rate limits: messages per conversation, per address and for the whole site.

Windows move; the arithmetic is the `limits` library's, in memory or in Redis. When Redis is out
of reach this process counts on its own: a limit that cannot be shared is still a limit. Where
nothing can count, nothing is let through.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from limits import RateLimitItem, parse
from limits.aio.strategies import MovingWindowRateLimiter

from hiring_advisor.channels.windows import BoundedWindows
from hiring_advisor.errors import TooManyRequests

if TYPE_CHECKING:
    from limits.aio.storage import Storage
    from redis.asyncio import ConnectionPool

RETRY_SHARED_AFTER_S = 30.0
REDIS_DEADLINE_S = 0.5
BEGIN_FACTOR = 10

log = logging.getLogger(__name__)


class Limiter:
    """Counts what visitors do. `rate` holds per conversation and per address, `site` for all."""

    def __init__(self, rate: str, site: str, redis_url: str | None = None) -> None:
        self._rate = parse(rate)
        self._site = parse(site)
        # Beginning a conversation costs no work: only a flood of them is refused.
        self._begin = type(self._rate)(BEGIN_FACTOR * self._rate.amount, self._rate.multiples)
        self._begin_site = type(self._site)(BEGIN_FACTOR * self._site.amount, self._site.multiples)
        self._own = MovingWindowRateLimiter(BoundedWindows())
        self._shared: MovingWindowRateLimiter | None = None
        self._shared_broken_until = 0.0
        self._pool: ConnectionPool | None = None
        if redis_url is not None:
            self._pool = _pool(redis_url)
            self._shared = MovingWindowRateLimiter(_storage(redis_url, self._pool))

    @property
    def state(self) -> str:
        """`memory`, `redis`, or `degraded` while Redis is out of reach and memory stands in."""
        if self._shared is None:
            return "memory"
        return "redis" if time.monotonic() >= self._shared_broken_until else "degraded"

    async def count_message(self, address: str, conversation_id: str) -> None:
        """Count a message. Raises `TooManyRequests` with the seconds to wait.

        What is refused is not counted, so that waiting helps.
        """
        await self._count(
            [
                (self._rate, f"message:in:{conversation_id}"),
                (self._rate, f"message:from:{address_key(address)}"),
                (self._site, "message:all"),
            ]
        )

    async def count_conversation(self, address: str) -> None:
        """Count the beginning of a conversation. Raises `TooManyRequests`."""
        await self._count(
            [
                (self._begin, f"conversation:from:{address_key(address)}"),
                (self._begin_site, "conversation:all"),
            ]
        )

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._pool is not None:
            await self._pool.aclose()

    async def _count(self, windows: Sequence[tuple[RateLimitItem, str]]) -> None:
        shared = self._shared
        if shared is not None and time.monotonic() >= self._shared_broken_until:
            try:
                async with asyncio.timeout(2 * REDIS_DEADLINE_S):
                    return await _count(shared, windows)
            except TooManyRequests:
                raise
            except Exception:  # whatever the client of the day raises
                log.warning("the shared rate limits are out of reach: counting here")
                self._shared_broken_until = time.monotonic() + RETRY_SHARED_AFTER_S
        return await _count(self._own, windows)


def _pool(url: str) -> ConnectionPool:
    from redis.asyncio import ConnectionPool
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    return ConnectionPool.from_url(
        url,
        socket_timeout=REDIS_DEADLINE_S,
        socket_connect_timeout=REDIS_DEADLINE_S,
        # A visitor waits: who counts is decided at the first failure.
        retry=Retry(NoBackoff(), 0),
    )


def _storage(url: str, pool: ConnectionPool) -> Storage:
    from limits.aio.storage import RedisStorage

    own: Any = {"connection_pool": pool}  # an option that the signature does not name
    return RedisStorage(
        f"async+{url}", implementation="redispy", key_prefix="hiring-advisor", **own
    )


async def _count(
    limiter: MovingWindowRateLimiter, windows: Sequence[tuple[RateLimitItem, str]]
) -> None:
    for item, key in windows:
        if not await limiter.test(item, key):
            raise await _refusal(limiter, item, key)
    for item, key in windows:
        # Others may have come in between: the last place is given to one of them.
        if not await limiter.hit(item, key):
            raise await _refusal(limiter, item, key)


async def _refusal(
    limiter: MovingWindowRateLimiter, item: RateLimitItem, key: str
) -> TooManyRequests:
    stats = await limiter.get_window_stats(item, key)
    wait = max(1, round(stats.reset_time - time.time() + 0.5))
    return TooManyRequests(wait, limit=item.amount)


def address_key(address: str) -> str:
    """What of an address counts as one visitor: an IPv4 address, or the /64 net of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)


async def reach(url: str) -> bool:
    """Whether Redis answers at an address."""
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    client = Redis(connection_pool=_pool(url))
    try:
        await client.ping()
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()
    return True
