"""The daily ceiling of model tokens halts the model and never the advisor."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Amounts, Ask, Figures, free_port
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.advisor import Past
from hiring_advisor.answering.turn import Turn
from hiring_advisor.bootstrap import Parts
from hiring_advisor.corpus.tokens import count_tokens
from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.understanding.budget import Budget, RedisLedger, about, at_most
from hiring_advisor.understanding.chat import MAX_ANSWER_TOKENS, ChatModel

from .conftest import work
from .honest import GOOD, PROJECT, PROS, honest
from .rows import advisor_with

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
RESERVATION = 2_600
"""What one call of these tests sets aside, roughly."""


class Clock:
    """A day that can be turned."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


def model_of(server: OpenAIServer, budget: Budget) -> ChatModel:
    return ChatModel("stand-in", api_key="any", base_url=server.base_url, budget=budget)


async def spent_of(budget: Budget) -> int:
    return await budget._ledger.add(budget._now().date().isoformat(), 0)


async def together(parts: Parts, chats: list[ChatModel], turns: int) -> list[Turn]:
    """So many turns at once, over one or several models of the same budget."""
    advisors = [advisor_with(parts, chat) for chat in chats]
    texts = (PROJECT, PROS)
    return await asyncio.gather(
        *(
            work(advisors[number % len(advisors)], texts[number // 2 % 2], Past())
            for number in range(turns)
        )
    )


def reserved(server: OpenAIServer) -> int:
    return max(len(request.raw) // 2 + 1 + MAX_ANSWER_TOKENS for request in server.requests)


@pytest.mark.figures
@pytest.mark.parametrize(
    ("usage", "count"),
    [("auto", 200), (None, 50), (r.Usage(0, 0), 50)],
    ids=["told", "missing", "lying"],
)
def test_two_hundred_turns_at_once_spend_the_ceiling_and_one_reservation_at_most(
    shared_parts: Parts,
    server: OpenAIServer,
    ask: Ask,
    figure: Figures,
    usage: r.Usage | None,
    count: int,
) -> None:
    server.on_text = lambda _: r.Text(GOOD, usage=usage)
    budget = Budget(20_000)
    chat = model_of(server, budget)

    async def drained() -> tuple[list[Turn], int, list[Turn]]:
        first = await together(shared_parts, [chat], count)
        spent = await spent_of(budget)
        for _ in range(20):
            if await _has_room(budget):
                await together(shared_parts, [chat], 10)
        return first, spent, await together(shared_parts, [chat], 8)

    turns, spent, after = asyncio.run(drained())
    figure("model: tokens over the ceiling of 20,000", max(0, spent - 20_000), of=count,
           aim=f"≤ one reservation, {reserved(server)}")  # fmt: skip
    assert spent <= 20_000 + reserved(server)
    used = [turn for turn in turns if not turn.degraded]
    assert used
    for turn in turns + after:
        assert turn.recommendation == ask(turn.user_text).recommendation
    assert all(turn.degraded and turn.usage.llm_calls == 0 for turn in after)
    assert {tuple(turn.trace["model_failures"]) for turn in after} == {("budget",)}


async def _has_room(budget: Budget) -> bool:
    return await spent_of(budget) < budget.ceiling


def test_at_midnight_utc_the_model_is_back(shared_parts: Parts, server: OpenAIServer) -> None:
    clock = Clock()
    chat = model_of(server, Budget(10, now=clock))

    async def days() -> list[bool]:
        found = []
        for _ in range(2):
            found += [turn.degraded for turn in await together(shared_parts, [chat], 1)]
            found += [turn.degraded for turn in await together(shared_parts, [chat], 1)]
            clock.time += timedelta(minutes=2)
        return found

    assert asyncio.run(days()) == [False, True, False, True]


async def test_a_call_that_ends_after_midnight_leaves_the_new_day_as_it_is() -> None:
    clock = Clock()
    budget = Budget(1000, now=clock)
    late = await budget.reserve(400)
    clock.time += timedelta(minutes=2)
    await (await budget.reserve(300)).settle(250)
    await late.settle(100)
    assert await spent_of(budget) == 250


async def test_no_ceiling_counts_nothing() -> None:
    budget = Budget(0)
    for _ in range(10):
        await (await budget.reserve(10**9)).settle(10**9)


async def test_what_is_settled_twice_counts_once() -> None:
    budget = Budget(1000)
    reservation = await budget.reserve(400)
    await reservation.settle(100)
    await reservation.settle(100)
    assert await spent_of(budget) == 100


class Store:
    """A Redis ledger of a day of its own, and what else stands on it."""

    def __init__(self) -> None:
        self.prefix = f"hiring-advisor-test:{uuid.uuid4().hex}"

    def budget(self, ceiling: int) -> Budget:
        return Budget(ceiling, RedisLedger(REDIS_URL, self.prefix))


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    from redis.asyncio import Redis

    made = Store()
    yield made
    async with Redis.from_url(REDIS_URL) as client:
        async for key in client.scan_iter(f"{made.prefix}:*"):
            assert 0 < await client.ttl(key) <= 2 * 86_400
            await client.delete(key)


@pytest.mark.figures
async def test_processes_that_share_a_redis_share_the_ceiling(
    store: Store, figure: Figures, amount: Amounts
) -> None:
    calls = amount(400, stress=4000)
    budgets = [store.budget(50_000) for _ in range(2)]

    async def call(budget: Budget) -> None:
        try:
            reservation = await budget.reserve(RESERVATION)
        except ModelUnavailable:
            return
        await asyncio.sleep(0.002)
        await reservation.settle(900)

    for _ in range(0, calls, 50):
        await asyncio.gather(*(call(budgets[number % 2]) for number in range(50)))
    for _ in range(60):  # what was given back is there for others
        await call(budgets[1])
    spent = await spent_of(budgets[0])
    figure("model: tokens over a ceiling shared by two", max(0, spent - 50_000), of=calls,
           aim=f"≤ one reservation, {RESERVATION}")  # fmt: skip
    assert 50_000 <= spent <= 50_000 + RESERVATION
    with pytest.raises(ModelUnavailable):
        await budgets[1].reserve(1)


async def test_turns_of_two_processes_share_it_too(
    shared_parts: Parts, server: OpenAIServer, store: Store
) -> None:
    server.on_text = honest
    chats = [model_of(server, store.budget(9_000)) for _ in range(2)]
    while await spent_of(chats[0].budget) < 9_000:
        await together(shared_parts, chats, 4)
    assert await spent_of(chats[0].budget) <= 9_000 + reserved(server)
    turns = await together(shared_parts, chats, 4)
    assert all(turn.degraded and turn.sentences for turn in turns)


def test_a_store_that_is_out_of_reach_halts_the_model_and_not_the_advisor(
    shared_parts: Parts, server: OpenAIServer, ask: Ask
) -> None:
    ledger = RedisLedger(f"redis://127.0.0.1:{free_port()}/0")
    chat = model_of(server, Budget(10**9, ledger))
    turns = asyncio.run(together(shared_parts, [chat], 6))
    assert server.requests == []
    for turn in turns:
        assert turn.degraded
        assert turn.trace["model_failures"] == ["budget_unknown"]
        assert turn.recommendation == ask(turn.user_text).recommendation


async def test_a_store_that_comes_back_is_used_again_after_a_moment() -> None:
    now = [0.0]
    ledger = RedisLedger(f"redis://127.0.0.1:{free_port()}/0")
    budget = Budget(1000, ledger, clock=lambda: now[0])
    with pytest.raises(ModelUnavailable):
        await budget.reserve(1)
    budget._ledger = Budget(1)._ledger
    with pytest.raises(ModelUnavailable):
        await budget.reserve(1)
    now[0] += 5.0
    await budget.reserve(1)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=200))
def test_a_reservation_is_no_less_than_a_text_has_tokens(text: str) -> None:
    assert at_most(text) * 2 >= count_tokens(text)


def test_our_own_estimate_is_near_what_plain_prose_has() -> None:
    text = f"{GOOD} {PROJECT} {PROS}" * 10
    assert 0.7 < about(text) / count_tokens(text) < 1.6
    assert at_most(text) >= count_tokens(text)
