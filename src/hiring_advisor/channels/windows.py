"""Moving windows in this process: what `limits` counts with where no Redis is shared.

The library's own memory walks through all keys at each hit. This one touches the key alone, and
holds no more keys than it was told to, whoever comes.
"""

from __future__ import annotations

import time
from collections import OrderedDict

from limits.aio.storage import MovingWindowSupport, Storage

MAX_KEYS = 50_000


class BoundedWindows(Storage, MovingWindowSupport):
    """Times of the hits of each key, newest last; seconds since the epoch, as `limits` has them."""

    STORAGE_SCHEME = None

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        super().__init__()
        self._max_keys = max_keys
        # The key that was hit last stands last, so that the first is the one to let go.
        self._hits: OrderedDict[str, tuple[int, list[float]]] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing here fails."""
        return ValueError

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` hits of a key unless more than `limit` were in `expiry` seconds."""
        now = time.time()
        hits = self._within(key, expiry, now)
        if len(hits) + amount > limit:
            return False
        hits.extend([now] * amount)
        self._hits[key] = (expiry, hits)
        self._hits.move_to_end(key)
        self._tidy(now)
        return True

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """(time of the oldest hit that still counts, how many count)."""
        now = time.time()
        hits = self._within(key, expiry, now)
        return (hits[0] if hits else now), len(hits)

    def _within(self, key: str, expiry: int, now: float) -> list[float]:
        _, hits = self._hits.get(key, (expiry, list[float]()))
        if hits and hits[-1] > now:
            hits.clear()  # the clock was set back: these would count for as long as it was wrong
        past = 0
        while past < len(hits) and hits[past] <= now - expiry:
            past += 1
        del hits[:past]
        return hits

    def _tidy(self, now: float) -> None:
        """Let go of the keys that count no more, and of the longest unused beyond the bound.

        Whoever has that many addresses gains nothing: the limit of the whole site, whose key is
        hit most, is never among them.
        """
        for _ in range(2):  # one is added at a time: taking two keeps up
            if not self._hits:
                return
            key, (expiry, hits) = next(iter(self._hits.items()))
            if len(self._hits) <= self._max_keys and hits and hits[-1] > now - expiry:
                return
            del self._hits[key]

    async def get(self, key: str) -> int:
        """How many hits of a key are kept."""
        return len(self._hits[key][1]) if key in self._hits else 0

    async def get_expiry(self, key: str) -> float:
        """When the newest hit of a key stops to count."""
        expiry, hits = self._hits.get(key, (0, list[float]()))
        return hits[-1] + expiry if hits else time.time()

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Fixed windows are not kept here."""
        raise NotImplementedError

    async def check(self) -> bool:
        """Memory is always there."""
        return True

    async def reset(self) -> int:
        """Forget everything; how many keys there were."""
        count = len(self._hits)
        self._hits.clear()
        return count

    async def clear(self, key: str) -> None:
        """Forget a key."""
        self._hits.pop(key, None)
