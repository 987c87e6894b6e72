"""Limits on messages: per conversation, per address, for the whole site, shared or not."""

from __future__ import annotations

import asyncio
import os
import uuid

import pytest

from hiring_advisor.channels.limiting import Limiter, address_key
from hiring_advisor.errors import TooManyRequests

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


async def refused(limiter: Limiter, address: str, conversation: str) -> int:
    """Seconds to wait, or 0 when the message is taken."""
    try:
        await limiter.count_message(address, conversation)
    except TooManyRequests as error:
        return error.retry_after_s
    return 0


async def test_a_conversation_may_not_send_more_than_the_rate() -> None:
    limiter = Limiter("3/minute", "1000/minute")
    taken = [await refused(limiter, f"10.0.0.{n}", "one") for n in range(5)]
    assert taken[:3] == [0, 0, 0]
    assert all(1 <= wait <= 61 for wait in taken[3:])
    assert await refused(limiter, "10.0.0.9", "another") == 0


async def test_an_address_may_not_send_more_than_the_rate_over_conversations() -> None:
    limiter = Limiter("3/minute", "1000/minute")
    taken = [await refused(limiter, "10.0.0.1", f"c{n}") for n in range(4)]
    assert taken[:3] == [0, 0, 0]
    assert taken[3] > 0


async def test_the_site_has_a_ceiling_of_its_own() -> None:
    limiter = Limiter("100/minute", "4/minute")
    taken = [await refused(limiter, f"10.0.{n}.1", f"c{n}") for n in range(6)]
    assert [wait == 0 for wait in taken] == [True] * 4 + [False] * 2


async def test_what_is_refused_is_not_counted_so_that_waiting_helps() -> None:
    limiter = Limiter("2/second", "1000/minute")
    for _ in range(20):
        await refused(limiter, "10.0.0.1", "one")
    await asyncio.sleep(1.1)
    assert await refused(limiter, "10.0.0.1", "one") == 0


async def test_a_flood_of_new_conversations_is_refused_later_than_messages() -> None:
    limiter = Limiter("2/minute", "1000/minute")
    for _ in range(20):
        await limiter.count_conversation("10.0.0.1")
    with pytest.raises(TooManyRequests):
        await limiter.count_conversation("10.0.0.1")


async def test_two_processes_share_one_count_through_redis() -> None:
    conversation = uuid.uuid4().hex
    one = Limiter("3/minute", "100000/minute", REDIS_URL)
    two = Limiter("3/minute", "100000/minute", REDIS_URL)
    address = f"2001:db8:{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}::1"
    taken = [await refused(limiter, address, conversation) for limiter in (one, two, one, two)]
    assert taken[:3] == [0, 0, 0]
    await one.close()
    await two.close()
    assert taken[3] > 0, "is Redis running? TEST_REDIS_URL names it"


async def test_without_redis_the_limit_still_holds() -> None:
    limiter = Limiter("2/minute", "1000/minute", "redis://127.0.0.1:1/0")
    taken = [await refused(limiter, "10.0.0.1", "one") for _ in range(3)]
    await limiter.close()
    assert [wait == 0 for wait in taken] == [True, True, False]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("", "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_an_ipv6_visitor_is_its_net_and_a_mapped_one_its_ipv4(address: str, key: str) -> None:
    assert address_key(address) == key
