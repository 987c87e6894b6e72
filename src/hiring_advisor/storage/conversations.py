"""Conversations: who may read them, what was said in them, and how all of it is erased.

A message is on disk before work on it starts, and a turn is whole or marked as cut short.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import orjson
from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from hiring_advisor.answering.turn import Turn
from hiring_advisor.errors import Conflict, NotFound
from hiring_advisor.storage import statements, tokens
from hiring_advisor.storage.database import Database
from hiring_advisor.storage.records import (
    Accepted,
    Conversation,
    NewConversation,
    Rating,
    Status,
    StoredTurn,
    row_of,
)
from hiring_advisor.storage.tables import storable

__all__ = [
    "Accepted", "Conversation", "Conversations", "NewConversation", "Rating", "Status", "StoredTurn"
]  # fmt: skip

_NOBODY: Final = tokens.fingerprint(tokens.new_token())


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


class Conversations:
    """The conversations of one database. Every call raises `StorageUnavailable` if it must."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        """Store in `database`, which is open; `clock` gives aware times."""
        self._database = database
        self._clock = clock

    async def create(self, retention_days: int) -> NewConversation:
        """Begin a conversation that lives for `retention_days`."""
        new = self.draw(retention_days)
        await self.keep(new)
        return new

    def draw(self, retention_days: int) -> NewConversation:
        """A conversation with an id and a token of its own, not stored yet."""
        now = self._clock()
        expires_at = now + timedelta(days=retention_days)
        return NewConversation(tokens.new_id(), tokens.new_token(), now, expires_at)

    async def keep(self, new: NewConversation) -> None:
        """Store a conversation that was drawn."""
        row = row_of(tokens.fingerprint(new.token), new)

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(statements.ADD_CONVERSATION[self._dialect], row)

        await self._database.write(work)

    @property
    def _dialect(self) -> str:
        return "sqlite" if self._database.is_sqlite else "postgresql"

    async def authorise(self, conversation_id: str, token: str) -> Conversation:
        """Return the conversation if the token opens it.

        Raises the same `NotFound` for an unknown id, a wrong token and an expired conversation.
        """
        rows = await self._rows(statements.FIND_CONVERSATION, {"of_conversation": conversation_id})
        row = rows[0] if rows else None
        # Compared even where there is nothing to compare with, for the same work either way.
        is_theirs = tokens.matches(token, row.token_hash if row else _NOBODY)
        if row is None or not is_theirs or row.expires_at <= self._clock():
            raise no_conversation()
        return Conversation(conversation_id, row.created_at, row.expires_at)

    async def accept(
        self,
        conversation_id: str,
        message_id: str | None,
        text: str,
        *,
        turn_id: str | None = None,
    ) -> Accepted:
        """Put a visitor's message on disk and give it the next number of its conversation.

        The same `message_id` again returns the turn it has, and does nothing; where that turn was
        interrupted, work on it is due once more. With other words it raises `Conflict`, as does a
        conversation that is full.
        """
        message_id = storable(message_id or str(uuid.uuid4()))
        turn_id, now = turn_id or tokens.new_id(), self._clock()
        key = {"of_conversation": conversation_id}
        me = self._database.presence.id
        new = {"turn_id": turn_id, "message_id": message_id, "now": now, "user_text": text}
        add = statements.ADD_TURN[self._dialect]

        async def work(connection: AsyncConnection) -> Accepted:
            if not self._database.is_sqlite:
                await connection.execute(statements.LOCK_CONVERSATION, key)
            seq = await connection.scalar(add, key | new | {"owner": me})
            if seq is not None:
                return Accepted(turn_id, message_id, seq, True, now)
            known = (
                await connection.execute(statements.FIND_MESSAGE, key | {"of_message": message_id})
            ).one_or_none()
            if known is None:
                raise await self._refusal(connection, key, now)
            if known.user_text != storable(text):
                raise Conflict("This message id already belongs to a message with other words.")
            # Ours is there already if the answer to a first try was lost on its way.
            is_new = known.turn_id == turn_id or await self._take_up(connection, key, known)
            return Accepted(known.turn_id, message_id, known.seq, is_new, known.created_at)

        return await self._database.write(work)

    async def _take_up(
        self, connection: AsyncConnection, key: dict[str, str], known: Row[*tuple[Any, ...]]
    ) -> bool:
        """Make an interrupted turn ours; False where it has ended or somebody is at it."""
        presence = self._database.presence
        if known.status == "running":
            if known.owner is None or not await presence.is_gone(connection, known.owner):
                return False
        elif known.status != "interrupted":
            return False
        was = {"was_status": known.status, "was_owner": known.owner, "new_owner": presence.id}
        taken = await connection.execute(
            statements.TAKE_UP_TURN, key | was | {"of_turn": known.turn_id}
        )
        return taken.rowcount == 1

    async def is_abandoned(self, stored: StoredTurn) -> bool:
        """Whether the process that was at a running turn is gone."""
        owner = stored.owner
        if stored.status != "running" or owner is None:
            return False

        async def work(connection: AsyncConnection) -> bool:
            return await self._database.presence.is_gone(connection, owner)

        return await self._database.read(work)

    async def finish(
        self, turn: Turn, *, status: Literal["done", "stopped", "interrupted"] = "done"
    ) -> bool:
        """Store what came of a turn. The first end stays, except that `interrupted` is none.

        Does nothing and returns False where the conversation has been erased meanwhile.
        """
        values = {
            "of_conversation": turn.conversation_id,
            "of_turn": turn.turn_id,
            "new_status": status,
            "new_body": orjson.dumps(turn),
        }

        async def work(connection: AsyncConnection) -> bool:
            return (await connection.execute(statements.FINISH_TURN, values)).rowcount == 1

        return await self._database.write(work)

    async def turn(self, conversation_id: str, turn_id: str) -> StoredTurn:
        """Return one turn; `NotFound` where it is not of that conversation."""
        key = {"of_conversation": conversation_id, "of_turn": turn_id}
        rows = await self._rows(statements.FIND_TURN, key)
        if not rows:
            raise _no_turn()
        return _stored(rows[0])

    async def turns(self, conversation_id: str) -> list[StoredTurn]:
        """Return the turns of a conversation, oldest first; none where it is unknown."""
        rows = await self._rows(statements.FIND_TURNS, {"of_conversation": conversation_id})
        return [_stored(row) for row in rows]

    async def unfinished(self, limit: int) -> list[StoredTurn]:
        """Return turns that have not ended, oldest first, at most `limit`."""
        rows = await self._rows(statements.FIND_RUNNING, {"at_most": limit})
        return [_stored(row) for row in rows]

    def age(self, stored: StoredTurn) -> timedelta:
        """How long ago a turn was stored, by the clock on the wall."""
        return self._clock() - stored.created_at

    async def rate(
        self, conversation_id: str, turn_id: str, rating: Rating, comment: str | None
    ) -> None:
        """Keep the visitor's opinion of an answer; the last one counts."""
        key = {"of_conversation": conversation_id, "of_turn": turn_id}
        opinion = {"new_rating": rating, "new_comment": comment}

        async def work(connection: AsyncConnection) -> None:
            if not (await connection.execute(statements.RATE_TURN, key | opinion)).rowcount:
                raise _no_turn()

        await self._database.write(work)

    async def delete(self, conversation_id: str) -> None:
        """Erase a conversation, every word of it; harmless where there is none."""
        await self._database.erase(statements.ERASE, {"of_conversation": conversation_id})

    async def erase_expired(self) -> int:
        """Erase every conversation past its time; return how many there were."""
        now, total = self._clock(), 0
        while count := await self._database.erase(statements.ERASE_SOME_EXPIRED, {"now": now}):
            total += count
        return total

    async def _rows(self, statement: Select[Any], values: dict[str, Any]) -> Sequence[Row[Any]]:
        async def work(connection: AsyncConnection) -> Sequence[Row[Any]]:
            rows: Sequence[Row[Any]] = (await connection.execute(statement, values)).all()
            return rows

        return await self._database.read(work)

    async def _refusal(
        self, connection: AsyncConnection, key: dict[str, str], now: datetime
    ) -> Conflict | NotFound:
        row = (await connection.execute(statements.FIND_CONVERSATION, key)).one_or_none()
        if row is None or row.expires_at <= now:
            return no_conversation()
        return Conflict("This conversation has grown very long. Please start a new one.")


def no_conversation() -> NotFound:
    """The one answer for an unknown id, a wrong token and an expired conversation."""
    return NotFound("There is no such conversation, or it has ended.")


def _no_turn() -> NotFound:
    return NotFound("There is no such answer in this conversation.")


def _stored(row: Row[Any]) -> StoredTurn:
    body = None if row.body is None else orjson.loads(row.body)
    return StoredTurn(
        conversation_id=row.conversation_id,
        turn_id=row.turn_id,
        message_id=row.message_id,
        seq=row.seq,
        status=row.status,
        user_text=row.user_text,
        created_at=row.created_at,
        turn=body,
        owner=row.owner,
    )
