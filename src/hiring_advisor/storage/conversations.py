"""Conversations: who may read them, what was said in them, and how all of it is erased.

A message is on disk before work on it starts, and a turn is whole or marked as cut short.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import orjson
from sqlalchemy import Row, Select, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from hiring_advisor.answering.turn import Turn
from hiring_advisor.errors import Conflict, NotFound
from hiring_advisor.storage import statements, tokens
from hiring_advisor.storage.database import Database
from hiring_advisor.storage.tables import conversations, storable

Status = Literal["running", "done", "stopped", "interrupted"]
Rating = Literal["up", "down"]

_NOBODY: Final = tokens.fingerprint(tokens.new_token())


@dataclass(frozen=True, slots=True)
class NewConversation:
    """A conversation just made. Its token is given out here and nowhere else."""

    conversation_id: str
    token: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation whose token was shown."""

    conversation_id: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """A visitor's message that is on disk. Work on it is due only where `is_new`."""

    turn_id: str
    message_id: str
    seq: int
    is_new: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One message and what came of it so far; `turn` is the Turn's JSON, None until it ended."""

    conversation_id: str
    turn_id: str
    message_id: str
    seq: int
    status: Status
    user_text: str
    created_at: datetime
    turn: dict[str, Any] | None

    def view(self) -> dict[str, Any]:
        """The turn as JSON values; one that has not ended is empty but for its message."""
        if self.turn is not None:
            return self.turn
        unfinished = Turn(
            turn_id=self.turn_id,
            conversation_id=self.conversation_id,
            message_id=self.message_id,
            created_at=self.created_at.isoformat(timespec="milliseconds"),
            kind="answer",
            user_text=self.user_text,
            text="",
            stopped=self.status != "running",
            timings_ms={"total": 0.0},
        )
        return {**unfinished.view(), "status": self.status}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Conversations:
    """The conversations of one database. Every call raises `StorageUnavailable` if it must."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = _utc_now) -> None:
        """Store in `database`, which is open; `clock` gives aware times."""
        self._database = database
        self._clock = clock

    async def create(self, retention_days: int) -> NewConversation:
        """Begin a conversation that lives for `retention_days`."""

        async def work(connection: AsyncConnection) -> NewConversation:
            now = self._clock()
            expires_at = now + timedelta(days=retention_days)
            new = NewConversation(tokens.new_id(), tokens.new_token(), now, expires_at)
            row = {
                "conversation_id": new.conversation_id,
                "token_hash": tokens.fingerprint(new.token),
                "created_at": now,
                "expires_at": expires_at,
            }
            await connection.execute(insert(conversations), row)
            return new

        return await self._database.write(work)

    async def authorise(self, conversation_id: str, token: str) -> Conversation:
        """Return the conversation if the token opens it.

        Raises the same `NotFound` for an unknown id, a wrong token and an expired conversation.
        """
        rows = await self._rows(statements.FIND_CONVERSATION, {"of_conversation": conversation_id})
        row = rows[0] if rows else None
        # Compared even where there is nothing to compare with, for the same work either way.
        is_theirs = tokens.matches(token, row.token_hash if row else _NOBODY)
        if row is None or not is_theirs or row.expires_at <= self._clock():
            raise _no_conversation()
        return Conversation(conversation_id, row.created_at, row.expires_at)

    async def accept(self, conversation_id: str, message_id: str | None, text: str) -> Accepted:
        """Put a visitor's message on disk and give it the next number of its conversation.

        The same `message_id` again returns the turn it has, and does nothing; with other words
        it raises `Conflict`, as does a conversation that is full.
        """
        message_id = storable(message_id or str(uuid.uuid4()))
        turn_id, now = tokens.new_id(), self._clock()
        key = {"of_conversation": conversation_id}
        new = {"turn_id": turn_id, "message_id": message_id, "now": now, "user_text": text}
        add = statements.ADD_TURN["sqlite" if self._database.is_sqlite else "postgresql"]

        async def work(connection: AsyncConnection) -> Accepted:
            if not self._database.is_sqlite:
                await connection.execute(statements.LOCK_CONVERSATION, key)
            seq = await connection.scalar(add, key | new)
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
            is_new = known.turn_id == turn_id
            return Accepted(known.turn_id, message_id, known.seq, is_new, known.created_at)

        return await self._database.write(work)

    async def finish(
        self, turn: Turn, *, status: Literal["done", "stopped", "interrupted"] = "done"
    ) -> None:
        """Store what came of a turn. The first end stays, except that `interrupted` is none.

        Does nothing where the conversation has been erased meanwhile.
        """
        values = {
            "of_conversation": turn.conversation_id,
            "of_turn": turn.turn_id,
            "new_status": status,
            "new_body": orjson.dumps(turn),
        }

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(statements.FINISH_TURN, values)

        await self._database.write(work)

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

    async def unfinished(
        self, limit: int, *, older_than: timedelta = timedelta(0)
    ) -> list[StoredTurn]:
        """Return turns that have not ended, oldest first, at most `limit`.

        Where several processes share the database, `older_than` a turn's deadline leaves out
        those that another one is still at.
        """
        values = {"until": self._clock() - older_than, "at_most": limit}
        return [_stored(row) for row in await self._rows(statements.FIND_RUNNING, values)]

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
            return _no_conversation()
        return Conflict("This conversation has grown very long. Please start a new one.")


def _no_conversation() -> NotFound:
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
    )
