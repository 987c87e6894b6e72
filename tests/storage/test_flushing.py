"""What is held is written whatever happens meanwhile: an end, an erasure, an odd turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.storage.conftest import Clock, turn_for

from hiring_advisor.storage import flushing
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database
from hiring_advisor.storage.steady import SteadyConversations


@pytest.fixture
async def steady(sqlite_url: str) -> AsyncIterator[SteadyConversations]:
    """Conversations that nobody tends: a test flushes them itself."""
    steady = SteadyConversations(Database(sqlite_url))
    await steady._database.open()
    yield steady
    await steady.close()


def after_each_write(
    monkeypatch: pytest.MonkeyPatch, database: Database, then: Callable[[], Awaitable[None]]
) -> None:
    """Have something happen when a write is on disk and its caller does not know it yet."""
    write = database.write

    async def written(work: Any) -> Any:
        result = await write(work)
        await then()
        return result

    monkeypatch.setattr(database, "write", written)


async def statuses(steady: SteadyConversations, conversation_id: str) -> list[str]:
    kept = await Conversations(steady._database).turns(conversation_id)
    return [one.status for one in kept]


async def test_a_turn_that_ends_while_it_is_written_is_written_with_its_end(
    steady: SteadyConversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = await steady.create(30)
    steady._works = False
    accepted = await steady.accept(new.conversation_id, "m-1", "Hello")
    ends = [turn_for(new.conversation_id, accepted, "the answer")]

    async def end() -> None:
        if ends:
            assert not await steady.finish(ends.pop())

    after_each_write(monkeypatch, steady._database, end)
    await steady.flush()
    assert steady.unsaved == 0
    assert await statuses(steady, new.conversation_id) == ["done"]


async def test_an_opinion_that_comes_while_its_turn_is_written_is_kept(
    steady: SteadyConversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = await steady.create(30)
    steady._works = False
    accepted = await steady.accept(new.conversation_id, "m-1", "Hello")
    await steady.finish(turn_for(new.conversation_id, accepted, "the answer"))
    ratings = ["up"]

    async def rate() -> None:
        if ratings:
            await steady.rate(new.conversation_id, accepted.turn_id, "up", ratings.pop())

    after_each_write(monkeypatch, steady._database, rate)
    await steady.flush()
    async with steady._database.engine.connect() as connection:
        kept = await connection.exec_driver_sql("SELECT rating, comment FROM turns")
        assert kept.one() == ("up", "up")


async def test_what_is_said_after_a_conversation_was_let_go_of_while_written_is_not_lost(
    steady: SteadyConversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = await steady.create(30)
    steady._works = False
    await steady.accept(new.conversation_id, "m-1", "Hello")
    said = ["m-2"]

    async def make_room_and_go_on() -> None:
        if said:
            steady._held.drop(new.conversation_id)
            await steady.accept(new.conversation_id, said.pop(), "And then?")

    after_each_write(monkeypatch, steady._database, make_room_and_go_on)
    await steady.flush()
    kept = await Conversations(steady._database).turns(new.conversation_id)
    assert [one.user_text for one in kept] == ["Hello", "And then?"]


async def test_a_turn_that_can_never_be_stored_holds_nobody_else_up(
    steady: SteadyConversations, caplog: pytest.LogCaptureFixture
) -> None:
    first, odd, last = [await steady.create(30) for _ in range(3)]
    taken = await steady.accept(first.conversation_id, None, "Hello")
    steady._works = False
    # The id of another conversation's turn: the database refuses it each time.
    await steady.accept(odd.conversation_id, None, "a walrus", turn_id=taken.turn_id)
    await steady.accept(last.conversation_id, None, "Hello")
    with caplog.at_level(logging.ERROR):
        await steady.flush()

    assert steady.unsaved == 0
    assert await steady.state() == "ok"
    assert await statuses(steady, odd.conversation_id) == []
    assert await statuses(steady, last.conversation_id) == ["running"]
    assert "1 held turns cannot be stored and are lost" in caplog.text
    assert "walrus" not in caplog.text


async def test_what_is_held_past_its_time_is_erased_and_never_written(sqlite_url: str) -> None:
    clock = Clock()
    steady = SteadyConversations(Database(sqlite_url), clock=clock)
    await steady._database.open()
    steady._works = False
    short, long = await steady.create(1), await steady.create(30)
    for new in (short, long):
        accepted = await steady.accept(new.conversation_id, "m-1", "Hello")
    clock.advance(days=2)
    assert await steady.erase_expired() == 1
    assert steady.unsaved == 1
    # Its answer was on the way all the same.
    late = replace(turn_for(short.conversation_id, accepted), turn_id="late")
    assert not await steady.finish(late)
    assert steady.unsaved == 1
    await steady.flush()
    assert await statuses(steady, short.conversation_id) == []
    assert await statuses(steady, long.conversation_id) == ["running"]
    assert steady.unsaved == 0
    await steady.close()


async def test_tending_goes_on_after_an_error_that_nobody_foresaw() -> None:
    class Unlucky:
        calls = 0

        async def tend(self) -> float:
            self.calls += 1
            if self.calls == 1:
                raise LookupError("not foreseen")
            return 0.01

    what = Unlucky()
    task = asyncio.create_task(flushing.tend(what))
    async with asyncio.timeout(10.0):
        while what.calls < 3 and not task.done():  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.02)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
