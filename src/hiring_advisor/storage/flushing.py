"""Writes what was held in memory, in order, once the database takes it again."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from itertools import islice
from typing import Any, Final, Protocol

import orjson
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from hiring_advisor.errors import StorageUnavailable
from hiring_advisor.storage import statements
from hiring_advisor.storage.database import Database
from hiring_advisor.storage.held import Held, HeldConversation, HeldTurn
from hiring_advisor.storage.records import StoredTurn, row_of

AT_ONCE: Final = 50
"""Turns in one transaction: one that takes too long is given up, and would be for ever."""

log = logging.getLogger(__name__)


class Tended(Protocol):
    """What has to be looked after again and again."""

    async def tend(self) -> float:
        """Do it once; return the seconds until the next time."""
        ...


async def tend(what: Tended) -> None:
    """Tend it until cancelled, whatever happens."""
    while True:
        pause = 2.0
        try:
            pause = await what.tend()
        except Exception:
            log.exception("the database could not be tended")
        await asyncio.sleep(pause)


async def be_seen(database: Database) -> None:
    """Show other processes that this one lives, again after a lost connection."""
    try:
        async with asyncio.timeout(3.0):
            await database.presence.hold()
    except (DBAPIError, OSError, TimeoutError):
        log.warning("other processes may not see this one")


def ended(stored: StoredTurn, held: StoredTurn) -> StoredTurn:
    """A turn of the database with the end that is held of it."""
    return replace(stored, status=held.status, turn=held.turn, is_saved=False)


async def write(database: Database, all_held: Held, held: HeldConversation, dialect: str) -> None:
    """Write what is held of a conversation, or the first of it, and let go of what was written.

    Raises `StorageUnavailable` where the database does not take it; what it will never take,
    such as turns of a conversation that is erased, is let go of too.
    """
    written = [
        (turn_id, turn, turn.end, turn.opinion)
        for turn_id, turn in islice(held.turns.items(), AT_ONCE)
    ]

    async def work(connection: AsyncConnection) -> None:
        if held.times is not None and held.token_hash is not None:
            row = row_of(held.token_hash, held.times)
            await connection.execute(statements.ADD_CONVERSATION[dialect], row)
        if dialect == "postgresql":
            key = {"of_conversation": held.conversation_id}
            await connection.execute(statements.LOCK_CONVERSATION, key)
        for _, turn, _, _ in written:
            await _write_turn(connection, held, turn, dialect, database.presence.id)

    try:
        await database.write(work)
    except StorageUnavailable:
        raise
    except Exception:
        log.exception("%d held turns cannot be stored and are lost", len(written))
    if all_held.get(held.conversation_id) is not held:
        return  # erased meanwhile
    held.token_hash = held.times = None
    for turn_id, turn, end, opinion in written:
        # It may have ended while it was written: its end is next then.
        turn.text = None
        if turn.end is end and turn.opinion is opinion:
            all_held.drop_turn(held, turn_id)
    if not held.turns:
        all_held.drop(held.conversation_id)


async def _write_turn(
    connection: AsyncConnection, held: HeldConversation, turn: HeldTurn, dialect: str, owner: str
) -> None:
    key = {"of_conversation": held.conversation_id}
    accepted = turn.accepted
    if turn.text is not None:
        new: dict[str, Any] = {
            "turn_id": accepted.turn_id,
            "message_id": accepted.message_id,
            "now": accepted.created_at,
            "user_text": turn.text,
            "owner": owner,
        }
        await connection.execute(statements.ADD_TURN[dialect], key | new)
    of_turn = key | {"of_turn": accepted.turn_id}
    if turn.end is not None:
        status, body = turn.end
        end = {"new_status": status, "new_body": orjson.dumps(body)}
        await connection.execute(statements.FINISH_TURN, of_turn | end)
    if turn.opinion is not None:
        rating, comment = turn.opinion
        opinion = {"new_rating": rating, "new_comment": comment}
        await connection.execute(statements.RATE_TURN, of_turn | opinion)
