"""The limiter under stress: bounded in memory, deaf to a Redis that hangs, shut when broken."""

from __future__ import annotations

import shutil
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.channels.client import Client, Conversation
from tests.conftest import Amounts, Figures, Server, start_server

from hiring_advisor.channels.limiting import Limiter
from hiring_advisor.channels.windows import BoundedWindows
from hiring_advisor.errors import TooManyRequests


@pytest.fixture
def limited_server(built_data: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of this test alone, which takes five messages a minute."""
    shutil.copytree(built_data, tmp_path / "data")
    server = start_server(tmp_path / "data", ADVISOR_RATE_LIMIT="5/minute")
    try:
        yield server
    finally:
        assert server.stop() == 0


def resident() -> int:
    """Resident memory of this process in bytes."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * 4096


@pytest.mark.figures
@pytest.mark.timeout(600)
async def test_a_million_addresses_cost_a_bounded_memory(amount: Amounts, figure: Figures) -> None:
    windows = BoundedWindows(max_keys=10_000)
    tries = amount(100_000, stress=1_000_000)
    before = resident()
    for n in range(tries):
        assert await windows.acquire_entry(f"2001:db8:{n >> 16:x}:{n & 0xFFFF:x}::", 30, 3600)
    grown = (resident() - before) / 2**20
    figure("MiB that the limiter grew by, addresses of an hour", round(grown, 1), of=tries)
    kept = await windows.reset()
    assert kept <= 10_000
    assert grown <= 32


async def test_the_key_that_is_hit_most_is_never_let_go() -> None:
    windows = BoundedWindows(max_keys=10)
    for n in range(1000):
        await windows.acquire_entry(f"address {n}", 1, 3600)
        await windows.acquire_entry("site", 10_000, 3600)
    assert await windows.get("site") == 1000


async def test_a_flood_of_new_addresses_meets_the_limit_of_the_site() -> None:
    limiter = Limiter("30/minute", "5/minute")
    for n in range(50):
        await limiter.count_conversation(f"10.0.{n}.1")
    with pytest.raises(TooManyRequests) as refused:
        await limiter.count_conversation("10.1.0.1")
    assert refused.value.limit == 50


async def test_a_redis_that_hangs_is_waited_for_once_and_the_limit_holds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        limiter = Limiter(
            "3/minute", "100/minute", f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        )
        started = time.monotonic()
        taken = []
        for _ in range(6):
            try:
                await limiter.count_message("192.0.2.1", "one")
                taken.append(True)
            except TooManyRequests:
                taken.append(False)
        await limiter.close()
    assert taken == [True] * 3 + [False] * 3
    assert time.monotonic() - started < 3


async def test_where_nothing_can_count_nothing_is_let_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limiter = Limiter("3/minute", "100/minute")

    async def broken(*_: object, **__: object) -> bool:
        raise MemoryError

    monkeypatch.setattr(limiter._own, "hit", broken)
    with pytest.raises(MemoryError):
        await limiter.count_message("192.0.2.1", "one")


async def test_a_clock_that_is_set_back_locks_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = BoundedWindows()
    assert await windows.acquire_entry("one", 1, 60)
    assert not await windows.acquire_entry("one", 1, 60)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 86_400)
    assert await windows.acquire_entry("one", 1, 60)


@pytest.mark.figures
@pytest.mark.timeout(300)
def test_over_the_limit_is_refused_at_once_and_says_when_to_come_again(
    limited_server: Server, amount: Amounts, figure: Figures
) -> None:
    client = Client(limited_server.url)
    talk: Conversation = client.converse()
    spent: list[float] = []
    statuses: list[int] = []

    def flood() -> None:
        until = time.monotonic() + amount(3, stress=60)
        while time.monotonic() < until:
            started = time.monotonic()
            reply = talk.send("Are freelancers cheaper?")
            statuses.append(reply.status)
            if reply.status == 429:
                spent.append(time.monotonic() - started)
                wait = int(reply.headers["retry-after"])
                assert 1 <= wait <= 61
                assert reply.headers["ratelimit-limit"] == "5"
                assert reply.headers["ratelimit-remaining"] == "0"
                assert int(reply.headers["ratelimit-reset"]) == wait

    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 429}
    assert statuses.count(200) <= 5
    typical = 1000 * statistics.median(spent)
    figure("p50 of a 429 under a flood, ms", round(typical, 1), of=len(spent), aim="≤ 20")
    figure(
        "5xx under a flood", sum(status >= 500 for status in statuses), of=len(statuses), aim="0"
    )
    started = time.monotonic()
    assert client.call("POST", "/v1/score", {"facts": {}}).status == 200
    assert time.monotonic() - started < 2
