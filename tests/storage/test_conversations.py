from __future__ import annotations

import orjson
import pytest
from sqlalchemy import text
from tests.storage.conftest import Clock, turn_for

from hiring_advisor.errors import NotFound
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database


async def test_the_token_opens_its_conversation(conversations: Conversations, clock: Clock) -> None:
    new = await conversations.create(retention_days=30)

    found = await conversations.authorise(new.conversation_id, new.token)

    assert found.conversation_id == new.conversation_id
    assert found.created_at == new.created_at == clock.now
    assert (found.expires_at - found.created_at).days == 30
    assert found.expires_at == new.expires_at
    assert found.expires_at.utcoffset() is not None


async def test_unknown_wrong_and_expired_are_one_and_the_same_answer(
    conversations: Conversations, clock: Clock
) -> None:
    mine = await conversations.create(retention_days=1)
    other = await conversations.create(retention_days=30)
    attempts = [
        ("nobody", mine.token),
        (other.conversation_id, mine.token),
        (mine.conversation_id, ""),
        (mine.conversation_id, mine.token + "x"),
        ("\x00", "\x00"),
    ]
    messages = set()
    for conversation_id, token in attempts:
        with pytest.raises(NotFound) as refused:
            await conversations.authorise(conversation_id, token)
        messages.add(refused.value.message)
    clock.advance(days=1)
    with pytest.raises(NotFound) as refused:
        await conversations.authorise(mine.conversation_id, mine.token)
    messages.add(refused.value.message)

    assert len(messages) == 1


async def test_the_token_itself_is_stored_nowhere(
    conversations: Conversations, database: Database
) -> None:
    new = await conversations.create(retention_days=30)

    async with database.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM conversations"))).all()

    assert len(rows) == 1
    assert new.token not in repr(rows)


async def test_a_finished_turn_is_given_back_whole(conversations: Conversations) -> None:
    new = await conversations.create(30)
    accepted = await conversations.accept(new.conversation_id, None, "Whom should we hire?")
    turn = turn_for(new.conversation_id, accepted, "Beide — “freelancers” zuerst. 🙂")

    await conversations.finish(turn)

    stored = await conversations.turn(new.conversation_id, accepted.turn_id)
    assert stored.status == "done"
    assert stored.turn == orjson.loads(orjson.dumps(turn))


@pytest.mark.parametrize(
    ("first", "then", "kept"),
    [
        ("done", "stopped", "done"),
        ("stopped", "done", "stopped"),
        ("stopped", "interrupted", "stopped"),
        ("interrupted", "done", "done"),
    ],
)
async def test_the_first_real_end_of_a_turn_stays(
    conversations: Conversations, first: str, then: str, kept: str
) -> None:
    new = await conversations.create(30)
    accepted = await conversations.accept(new.conversation_id, None, "Hello")

    for status in (first, then):
        turn = turn_for(new.conversation_id, accepted, f"{status} text")
        await conversations.finish(turn, status=status)  # type: ignore[arg-type]

    stored = await conversations.turn(new.conversation_id, accepted.turn_id)
    assert stored.status == kept
    assert stored.turn is not None
    assert stored.turn["text"] == f"{kept} text"


async def test_a_turn_is_found_in_its_own_conversation_only(conversations: Conversations) -> None:
    one, other = await conversations.create(30), await conversations.create(30)
    accepted = await conversations.accept(one.conversation_id, None, "Hello")

    with pytest.raises(NotFound):
        await conversations.turn(other.conversation_id, accepted.turn_id)
    with pytest.raises(NotFound):
        await conversations.rate(other.conversation_id, accepted.turn_id, "up", None)
    assert await conversations.turns(other.conversation_id) == []


async def test_the_last_rating_wins(conversations: Conversations, database: Database) -> None:
    new = await conversations.create(30)
    accepted = await conversations.accept(new.conversation_id, None, "Hello")

    await conversations.rate(new.conversation_id, accepted.turn_id, "down", "Too short")
    await conversations.rate(new.conversation_id, accepted.turn_id, "up", None)

    async with database.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT rating, comment FROM turns"))).all()
    assert [tuple(row) for row in rows] == [("up", None)]


async def test_turns_that_never_ended_are_found_again_oldest_first(
    conversations: Conversations, clock: Clock
) -> None:
    new = await conversations.create(30)
    turns = []
    for n in range(4):
        turns.append(await conversations.accept(new.conversation_id, None, f"Message {n}"))
        clock.advance(minutes=1)
    await conversations.finish(turn_for(new.conversation_id, turns[1]))

    found = await conversations.unfinished(limit=2)

    assert [turn.turn_id for turn in found] == [turns[0].turn_id, turns[2].turn_id]
    assert {turn.conversation_id for turn in found} == {new.conversation_id}
