"""The database takes nothing for a while: visitors are answered, and what was held is written."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from tests.storage.conftest import turn_for
from tests.storage.outages import Outage, exhaust, fill, lock, locked

from hiring_advisor.errors import Conflict, NotFound, StorageUnavailable
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database
from hiring_advisor.storage.held import Held
from hiring_advisor.storage.steady import SteadyConversations

PATIENCE_S = 15.0
LONG = "words " * 1000


@pytest.fixture
async def steady(database_url: str) -> AsyncIterator[SteadyConversations]:
    steady = SteadyConversations(Database(database_url))
    await steady.open()
    yield steady
    await steady.close()


async def is_written(steady: SteadyConversations) -> None:
    """Wait until nothing is held any more."""
    async with asyncio.timeout(PATIENCE_S):
        while steady.unsaved:  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("outage", [lock, fill, exhaust])
async def test_what_is_said_in_an_outage_is_answered_and_written_in_order_afterwards(
    steady: SteadyConversations, database_url: str, outage: Outage
) -> None:
    new = await steady.create(30)
    before = await steady.accept(new.conversation_id, "m-0", "Before")
    started = time.monotonic()
    async with outage(steady._database, database_url):
        accepted = [await steady.accept(new.conversation_id, f"m-{n}", LONG) for n in range(1, 6)]
        assert not await steady.finish(turn_for(new.conversation_id, before, LONG))
        assert not await steady.finish(turn_for(new.conversation_id, accepted[0]))
        took = time.monotonic() - started
        assert steady.unsaved == 6
        assert await steady.state() in {"degraded", "down"}
    await is_written(steady)

    # Two tries of a second each for the first one, none for the others.
    assert took < 8
    turns = await Conversations(steady._database).turns(new.conversation_id)
    assert [(one.seq, one.message_id) for one in turns] == [(n, f"m-{n - 1}") for n in range(1, 7)]
    assert [one.turn_id for one in turns[1:]] == [one.turn_id for one in accepted]
    assert [one.status for one in turns] == ["done", "done", *["running"] * 4]
    assert all(one.is_saved for one in await steady.turns(new.conversation_id))
    assert await steady.finish(turn_for(new.conversation_id, accepted[1]))
    assert await steady.state() == "ok"


async def test_a_conversation_begun_in_an_outage_is_whole_afterwards(
    steady: SteadyConversations, database_url: str
) -> None:
    async with fill(steady._database, database_url):
        new = await steady.create(30)
        accepted = await steady.accept(new.conversation_id, "m-1", LONG)
        await steady.finish(turn_for(new.conversation_id, accepted))
        await steady.rate(new.conversation_id, accepted.turn_id, "up", "clear")
        await steady.authorise(new.conversation_id, new.token)
        with pytest.raises(NotFound):
            await steady.authorise(new.conversation_id, "another token")
        [held] = await steady.turns(new.conversation_id)
        assert (held.seq, held.status, held.view()["saved"]) == (1, "done", False)
    await is_written(steady)

    later = Conversations(steady._database)
    await later.authorise(new.conversation_id, new.token)
    [stored] = await later.turns(new.conversation_id)
    assert (stored.seq, stored.status, stored.view()["saved"]) == (1, "done", True)
    async with steady._database.engine.connect() as connection:
        rating = await connection.exec_driver_sql("SELECT rating, comment FROM turns")
        assert rating.one() == ("up", "clear")


async def test_the_same_message_again_in_an_outage_is_the_same_turn(
    steady: SteadyConversations, database_url: str
) -> None:
    new = await steady.create(30)
    async with locked(database_url):
        sent = await asyncio.gather(
            *(steady.accept(new.conversation_id, "m-1", "Hello") for _ in range(20))
        )
        again = await steady.accept(new.conversation_id, "m-1", "Hello")
        with pytest.raises(Conflict):
            await steady.accept(new.conversation_id, "m-1", "Good bye")
    await is_written(steady)
    later = await steady.accept(new.conversation_id, "m-1", "Hello")

    assert len({one.turn_id for one in (*sent, again, later)}) == 1
    assert [one.is_new for one in (*sent, again, later)].count(True) == 1
    assert len(await steady.turns(new.conversation_id)) == 1


async def test_what_was_held_is_erased_with_its_conversation(
    steady: SteadyConversations, database_url: str
) -> None:
    stored, held = await steady.create(30), None
    async with fill(steady._database, database_url):
        held = await steady.create(30)
        late = []
        for new in (stored, held):
            late.append(await steady.accept(new.conversation_id, None, LONG))
            await steady.delete(new.conversation_id)
            await steady.finish(turn_for(new.conversation_id, late[-1]))
        assert steady.unsaved == 0
    await steady.flush()

    for new in (stored, held):
        assert await Conversations(steady._database).turns(new.conversation_id) == []
        with pytest.raises(NotFound):
            await steady.authorise(new.conversation_id, new.token)


@pytest.mark.postgres
async def test_out_of_reach_only_a_holder_who_was_let_in_before_is_let_in(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady = SteadyConversations(Database(postgres_url))
    await steady.open()
    known, unknown = await steady.create(30), await Conversations(steady._database).create(30)
    async with locked(postgres_url):  # nothing can be read either
        await steady.authorise(known.conversation_id, known.token)
        for token in ("another token", unknown.token):
            with pytest.raises(StorageUnavailable):
                await steady.authorise(known.conversation_id, token)
        with pytest.raises(StorageUnavailable):
            await steady.authorise(unknown.conversation_id, unknown.token)
        with pytest.raises(StorageUnavailable):  # half a conversation would look like a loss
            await steady.turns(known.conversation_id)
        with pytest.raises(StorageUnavailable):  # it cannot say that the words are gone
            await steady.delete(known.conversation_id)
        later = time.monotonic() + 901
        monkeypatch.setattr("hiring_advisor.storage.known.monotonic", lambda: later)
        with pytest.raises(StorageUnavailable):
            await steady.authorise(known.conversation_id, known.token)
    monkeypatch.undo()
    await asyncio.sleep(1.1)
    await steady.authorise(unknown.conversation_id, unknown.token)
    await steady.close()


@pytest.mark.parametrize("held", [Held(max_turns=3), Held(max_bytes=20_000)])
async def test_what_waits_is_bounded_and_what_is_there_is_kept(sqlite_url: str, held: Held) -> None:
    steady = SteadyConversations(Database(sqlite_url), held=held)
    await steady.open()
    new = await steady.create(30)
    async with locked(sqlite_url):
        taken = []
        with suppress(StorageUnavailable):
            for _ in range(10):
                taken.append(await steady.accept(new.conversation_id, None, LONG))  # noqa: PERF401
        assert 2 <= len(taken) <= 3
        # Who was taken may come to an end all the same.
        for one in taken:
            await steady.finish(turn_for(new.conversation_id, one))
    await is_written(steady)

    stored = await steady.turns(new.conversation_id)
    assert [one.turn_id for one in stored] == [one.turn_id for one in taken]
    assert {one.status for one in stored} == {"done"}
    await steady.close()


async def test_a_stop_in_an_outage_tries_once_more_and_says_what_is_lost(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    steady = SteadyConversations(Database(sqlite_url))
    await steady.open()
    new = await steady.create(30)
    async with locked(sqlite_url):
        await steady.accept(new.conversation_id, None, "a walrus")
        with caplog.at_level(logging.CRITICAL):
            await steady.close()

    assert "1 turns of 1 conversations were not stored" in caplog.text
    assert "walrus" not in caplog.text


async def test_a_stop_right_after_an_outage_loses_nothing(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    steady = SteadyConversations(Database(sqlite_url))
    await steady.open()
    new = await steady.create(30)
    async with locked(sqlite_url):
        await steady.accept(new.conversation_id, None, "Hello")
    await steady.close()

    later = Database(sqlite_url)
    await later.open()
    assert len(await Conversations(later).turns(new.conversation_id)) == 1
    await later.close()
    assert "lost" not in caplog.text
