from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from tests.storage.conftest import Clock

from hiring_advisor.errors import Conflict, NotFound
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database


async def test_a_message_is_stored_before_work_on_it_starts(
    conversations: Conversations, clock: Clock
) -> None:
    new = await conversations.create(30)

    accepted = await conversations.accept(new.conversation_id, "m-1", "Whom should we hire?")

    [stored] = await conversations.turns(new.conversation_id)
    assert accepted.is_new
    assert (stored.turn_id, stored.message_id, stored.seq) == (accepted.turn_id, "m-1", 1)
    assert (stored.status, stored.user_text, stored.turn) == (
        "running",
        "Whom should we hire?",
        None,
    )
    assert stored.created_at == accepted.created_at == clock.now


async def test_a_message_without_an_id_is_given_one(conversations: Conversations) -> None:
    new = await conversations.create(30)

    first = await conversations.accept(new.conversation_id, None, "Hello")
    second = await conversations.accept(new.conversation_id, None, "Hello")

    assert first.message_id != second.message_id
    assert (first.seq, second.seq) == (1, 2)


async def test_fifty_messages_at_once_are_numbered_without_gaps(
    conversations: Conversations,
) -> None:
    new = await conversations.create(30)

    accepted = await asyncio.gather(
        *(conversations.accept(new.conversation_id, None, f"Message {n}") for n in range(50))
    )

    assert sorted(one.seq for one in accepted) == list(range(1, 51))
    assert [turn.seq for turn in await conversations.turns(new.conversation_id)] == list(
        range(1, 51)
    )


async def test_one_message_sent_fifty_times_at_once_is_stored_once(
    conversations: Conversations,
) -> None:
    new = await conversations.create(30)

    accepted = await asyncio.gather(
        *(conversations.accept(new.conversation_id, "m-1", "Hello") for _ in range(50))
    )

    assert len({(one.turn_id, one.seq, one.created_at) for one in accepted}) == 1
    assert [one.is_new for one in accepted].count(True) == 1
    assert len(await conversations.turns(new.conversation_id)) == 1


async def test_a_message_id_cannot_be_used_for_other_words(conversations: Conversations) -> None:
    new = await conversations.create(30)
    await conversations.accept(new.conversation_id, "m-1", "Hello")

    with pytest.raises(Conflict):
        await conversations.accept(new.conversation_id, "m-1", "Good bye")

    [stored] = await conversations.turns(new.conversation_id)
    assert stored.user_text == "Hello"


async def test_two_conversations_may_use_the_same_message_id(conversations: Conversations) -> None:
    one, other = await conversations.create(30), await conversations.create(30)

    first = await conversations.accept(one.conversation_id, "m-1", "Hello")
    second = await conversations.accept(other.conversation_id, "m-1", "Good bye")

    assert first.is_new
    assert second.is_new
    assert second.seq == 1


async def test_an_unknown_or_expired_conversation_takes_no_message(
    conversations: Conversations, clock: Clock
) -> None:
    new = await conversations.create(1)
    clock.advance(days=2)

    with pytest.raises(NotFound):
        await conversations.accept("nobody", None, "Hello")
    with pytest.raises(NotFound):
        await conversations.accept(new.conversation_id, None, "Hello")


async def test_a_conversation_ends_kindly_after_two_thousand_turns(
    conversations: Conversations, database: Database
) -> None:
    new = await conversations.create(30)
    first = await conversations.accept(new.conversation_id, "m-1", "Hello")
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE turns SET seq = 1999"))

    last = await conversations.accept(new.conversation_id, "m-2", "One more")
    with pytest.raises(Conflict, match="start a new one"):
        await conversations.accept(new.conversation_id, "m-3", "And another")
    repeated = await conversations.accept(new.conversation_id, "m-1", "Hello")

    assert last.seq == 2000
    assert (repeated.turn_id, repeated.is_new) == (first.turn_id, False)


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("a\x00b", "a\ufffdb"),
        ("a\ud800b", "a\ufffdb"),
        (
            "  spaces, \r\n and \u202e stay 👩\u200d🚀 ",
            "  spaces, \r\n and \u202e stay 👩\u200d🚀 ",
        ),
        ("'); DROP TABLE turns; --", "'); DROP TABLE turns; --"),
        ("", ""),
    ],
)
async def test_words_are_stored_as_they_are_save_what_no_database_takes(
    conversations: Conversations, said: str, stored: str
) -> None:
    new = await conversations.create(30)

    await conversations.accept(new.conversation_id, "m\x00", said)
    again = await conversations.accept(new.conversation_id, "m\x00", said)
    await conversations.rate(new.conversation_id, again.turn_id, "up", said)

    [turn] = await conversations.turns(new.conversation_id)
    assert turn.user_text == stored
    assert not again.is_new
