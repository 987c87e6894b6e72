from __future__ import annotations

import random
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.storage.conftest import Clock, turn_for

from hiring_advisor.errors import NotFound
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database


def bytes_on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def one_of_everything(conversations: Conversations, word: str) -> str:
    """A conversation with `word` in a message, in an answer and in a comment."""
    new = await conversations.create(30)
    accepted = await conversations.accept(new.conversation_id, None, f"message-{word} " * 40)
    await conversations.finish(turn_for(new.conversation_id, accepted, f"answer-{word} " * 400))
    await conversations.rate(new.conversation_id, accepted.turn_id, "up", f"comment-{word}")
    return new.conversation_id


async def test_an_erased_conversation_is_gone_for_every_caller(
    conversations: Conversations,
) -> None:
    new = await conversations.create(30)
    accepted = await conversations.accept(new.conversation_id, None, "Hello")

    await conversations.delete(new.conversation_id)
    await conversations.delete(new.conversation_id)
    await conversations.finish(turn_for(new.conversation_id, accepted, "too late"))

    with pytest.raises(NotFound):
        await conversations.authorise(new.conversation_id, new.token)
    with pytest.raises(NotFound):
        await conversations.turn(new.conversation_id, accepted.turn_id)
    assert await conversations.turns(new.conversation_id) == []
    assert await conversations.unfinished(10) == []


async def test_no_word_of_an_erased_conversation_is_left_on_disk(
    sqlite_database: Database, folder: Path
) -> None:
    conversations = Conversations(sqlite_database)
    erased = await one_of_everything(conversations, "walrus")
    await one_of_everything(conversations, "otter")
    before = bytes_on_disk(folder)

    await conversations.delete(erased)

    after = bytes_on_disk(folder)
    for kind in (b"message-", b"answer-", b"comment-"):
        assert kind + b"walrus" in before
        assert kind + b"walrus" not in after
        assert kind + b"otter" in after


async def test_rows_that_the_database_moved_about_leave_no_words_behind(
    sqlite_database: Database, folder: Path
) -> None:
    """Interleaved conversations of all sizes make SQLite move rows between pages."""
    conversations = Conversations(sqlite_database)
    chance = random.Random(7)
    live: dict[str, str] = {}
    running: list[tuple[str, str]] = []
    left_behind = []
    for step in range(1500):
        if step % 12 == 0:
            live[(await conversations.create(30)).conversation_id] = f"<secret {step:06d}>"
        conversation_id = chance.choice(list(live))
        words = live[conversation_id] * chance.choice([1, 5, 20, 50, 100])
        accepted = await conversations.accept(conversation_id, None, words)
        running.append((conversation_id, accepted.turn_id))
        if step % 3:
            at = running.pop(chance.randrange(len(running)))
            words = live.get(at[0], "") * chance.choice([5, 20, 60, 300])
            turn = turn_for(at[0], accepted, words)
            await conversations.finish(replace(turn, turn_id=at[1]))
        if step % 20 == 19:
            erased = chance.choice(list(live))
            words = live.pop(erased)
            await conversations.delete(erased)
            if words.encode() in bytes_on_disk(folder):
                left_behind.append(words)

    assert left_behind == []


async def test_a_reader_who_holds_the_log_delays_erasure_only_until_the_next_write(
    sqlite_database: Database, folder: Path
) -> None:
    conversations = Conversations(sqlite_database)
    erased = await one_of_everything(conversations, "walrus")
    reader = sqlite3.connect(folder / "advisor.db")
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM turns").fetchone()

        started = time.monotonic()
        await conversations.delete(erased)
        took = time.monotonic() - started
        held_back = bytes_on_disk(folder)
    finally:
        reader.close()
    await conversations.create(30)

    assert took < 3
    assert b"walrus" in held_back
    assert b"walrus" not in bytes_on_disk(folder)


async def test_an_erasure_cut_short_by_a_crash_is_completed_on_opening(
    sqlite_database: Database, sqlite_url: str, folder: Path
) -> None:
    conversations = Conversations(sqlite_database)
    await one_of_everything(conversations, "walrus")
    # Deleted and committed, and the log not yet truncated: as after a kill between the two.
    with sqlite3.connect(folder / "advisor.db") as crashed:
        crashed.executescript("PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;")
        crashed.execute("DELETE FROM conversations")
        crashed.commit()
        assert b"walrus" in bytes_on_disk(folder)

        opened = Database(sqlite_url)
        await opened.open()
        await opened.close()
    crashed.close()

    assert b"walrus" not in bytes_on_disk(folder)


async def test_expired_conversations_are_erased_and_the_others_stay(
    conversations: Conversations, clock: Clock
) -> None:
    short = [await conversations.create(1) for _ in range(3)]
    long = await conversations.create(30)
    for conversation in (*short, long):
        await conversations.accept(conversation.conversation_id, None, "Hello")
    clock.advance(days=2)

    assert await conversations.erase_expired() == 3
    assert await conversations.erase_expired() == 0

    await conversations.authorise(long.conversation_id, long.token)
    assert [turn.conversation_id for turn in await conversations.unfinished(10)] == [
        long.conversation_id
    ]


async def test_no_word_of_an_expired_conversation_is_left_on_disk(
    sqlite_database: Database, folder: Path, clock: Clock
) -> None:
    conversations = Conversations(sqlite_database, clock=clock)
    await one_of_everything(conversations, "walrus")
    clock.advance(days=31)
    await one_of_everything(conversations, "otter")

    assert await conversations.erase_expired() == 1

    assert b"walrus" not in bytes_on_disk(folder)
    assert b"otter" in bytes_on_disk(folder)
