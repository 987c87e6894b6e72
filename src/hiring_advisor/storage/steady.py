"""Conversations that go on while the database does not.

What it does not take is held in memory, marked as not saved, and written in order once it does.
While anything fails, nobody else waits for it: one caller, the tending task, tries.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Row, Select

from hiring_advisor.answering.turn import Turn
from hiring_advisor.errors import Conflict, NotFound, StorageUnavailable
from hiring_advisor.storage import flushing, tokens
from hiring_advisor.storage.conversations import Conversations, no_conversation, utc_now
from hiring_advisor.storage.database import Database
from hiring_advisor.storage.held import End, Held, HeldTurn
from hiring_advisor.storage.known import Known
from hiring_advisor.storage.records import (
    Accepted,
    Conversation,
    NewConversation,
    Rating,
    StoredTurn,
)
from hiring_advisor.storage.tables import storable

_READ_PAUSE_S: Final = 1.0
_UNKNOWN_SEQ: Final = 1_000_000
"""Above every number that the database gives, for turns of which it cannot be asked."""

State = Literal["ok", "degraded", "down"]

log = logging.getLogger(__name__)


class SteadyConversations(Conversations):
    """Conversations in a database, and in memory while that is out of order."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = utc_now,
        held: Held | None = None,
    ) -> None:
        super().__init__(database, clock=clock)
        self._held = Held() if held is None else held
        self._known = Known()
        self._is_open = self._works = True
        self._reads_again_at = 0.0
        self._moving = asyncio.Lock()
        self._tending: asyncio.Task[None] | None = None

    # --- its life ------------------------------------------------------------------------------

    async def open(self, *, allow_unstored: bool = False) -> None:
        """Open the database and begin to tend it.

        Where that fails it raises `StorageUnavailable`, or goes on in memory if that is allowed.
        """
        try:
            await self._database.open()
        except StorageUnavailable as error:
            if not allow_unstored:
                raise
            self._is_open = self._works = False
            self._held.evicts = True
            log.critical("nothing is stored: %s", error.message)
        self._tending = asyncio.create_task(flushing.tend(self), name="tend the database")

    async def close(self) -> None:
        """Try once more to write what is held, then close the database."""
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
        if self._is_open:
            await self.flush()
        if self._held:
            lost = (len(self._held), len(list(self._held)))
            log.critical("%d turns of %d conversations were not stored and are lost", *lost)
        await self._database.close()

    @property
    def unsaved(self) -> int:
        """How many turns wait in memory."""
        return len(self._held)

    async def state(self) -> State:
        """`ok`; `degraded` while answers are given and not stored; `down` when out of reach."""
        if self._held.evicts:
            return "degraded"
        try:
            await self._database.check()
        except StorageUnavailable:
            return "down"
        return "ok" if self._works and not self._held else "degraded"

    async def tend(self) -> float:
        """Look after the database once; return how many seconds may pass until the next time."""
        if not self._is_open:
            try:
                await self._database.open()
            except StorageUnavailable:
                return 5.0
            self._is_open, self._held.evicts = True, False
        await flushing.be_seen(self._database)
        if self._held or not self._works:
            await self.flush()
        return 1.0 if self._works else 0.5

    async def flush(self) -> None:
        """Write what is held, conversation by conversation, until the database fails."""
        try:
            while held := next(iter(self._held), None):
                async with self._moving:
                    await flushing.write(self._database, self._held, held, self._dialect)
                self._works = True
            self._works = True
        except StorageUnavailable:
            self._works = False

    def _failed(self) -> None:
        if self._works:
            log.error("the database takes nothing: turns wait in memory")
        self._works = False

    # --- the calls -----------------------------------------------------------------------------

    async def create(self, retention_days: int) -> NewConversation:
        """Begin a conversation, in memory where need be."""
        new = self.draw(retention_days)
        times = Conversation(new.conversation_id, new.created_at, new.expires_at)
        token_hash = tokens.fingerprint(new.token)
        self._known.add(token_hash, times)
        self._known.note(new.conversation_id, 0)
        if self._works:
            try:
                await self.keep(new)
            except StorageUnavailable:
                self._failed()
            else:
                return new
        self._held.begin(token_hash, times)
        return new

    async def authorise(
        self, conversation_id: str, token: str, *, for_message: bool = False
    ) -> Conversation:
        """As in the database; out of reach, whoever was let in not long ago is let in again.

        `for_message` trusts that for a minute at any time: storing the message looks for the
        conversation once more.
        """
        held = self._held.get(conversation_id)
        if held is not None and held.times is not None and held.token_hash is not None:
            if not tokens.matches(token, held.token_hash) or held.times.expires_at <= self._clock():
                raise no_conversation()
            return held.times
        known = self._known.get(conversation_id, tokens.fingerprint(token), self._clock())
        if known is not None and for_message and self._known.is_fresh(conversation_id):
            return known
        try:
            found = await super().authorise(conversation_id, token)
        except NotFound:
            self._known.forget(conversation_id)
            raise
        except StorageUnavailable:
            if known is None:
                raise
            return known
        self._known.add(tokens.fingerprint(token), found)
        return found

    async def accept(
        self,
        conversation_id: str,
        message_id: str | None,
        text: str,
        *,
        turn_id: str | None = None,
    ) -> Accepted:
        """Put a message on disk, or hold it where the database does not take it."""
        message_id = storable(message_id or str(uuid.uuid4()))
        turn_id = turn_id or tokens.new_id()
        self._known.goes_on(conversation_id)
        if self._works and self._held.get(conversation_id) is None:
            try:
                accepted = await super().accept(conversation_id, message_id, text, turn_id=turn_id)
            except StorageUnavailable:
                self._failed()
            else:
                self._known.note(conversation_id, accepted.seq)
                return accepted
        return self._hold(conversation_id, message_id, text, turn_id)

    def _hold(self, conversation_id: str, message_id: str, text: str, turn_id: str) -> Accepted:
        held = self._held.get(conversation_id)
        again = held.by_message(message_id) if held else None
        if again is not None:
            if again.text is not None and again.text != storable(text):
                raise Conflict("This message id already belongs to a message with other words.")
            first = again.accepted
            return Accepted(first.turn_id, message_id, first.seq, False, first.created_at)
        last = max((one.accepted.seq for one in held.turns.values()), default=0) if held else 0
        is_whole = held is not None and held.times is not None
        before = last or (0 if is_whole else self._known.last_seq(conversation_id))
        seq = _UNKNOWN_SEQ if before is None else before + 1
        accepted = Accepted(turn_id, message_id, seq, True, self._clock())
        self._held.add(conversation_id, HeldTurn(accepted, storable(text)))
        return accepted

    async def finish(self, turn: Turn, *, status: End = "done") -> bool:
        """Store what came of a turn; False where it is in memory alone for now."""
        held = self._held.turn(turn.conversation_id, turn.turn_id)
        if held is None and self._works:
            try:
                return await super().finish(turn, status=status)
            except StorageUnavailable:
                self._failed()
        if self._known.is_erased(turn.conversation_id):
            return False
        held = self._held.turn(turn.conversation_id, turn.turn_id)
        if held is None:
            # Its number is read from the database; here it only has to come after the others.
            when = datetime.fromisoformat(turn.created_at)
            accepted = Accepted(turn.turn_id, turn.message_id, _UNKNOWN_SEQ, False, when)
            held = HeldTurn(accepted, None)
            self._held.add(turn.conversation_id, held)
        self._held.end(held, (status, turn))
        return False

    async def turn(self, conversation_id: str, turn_id: str) -> StoredTurn:
        """Return one turn, from memory where it is there."""
        held = self._held.turn(conversation_id, turn_id)
        return (
            held.stored(conversation_id) if held else await super().turn(conversation_id, turn_id)
        )

    async def turns(self, conversation_id: str) -> list[StoredTurn]:
        """Return the turns of a conversation, those in memory last."""
        held = self._held.get(conversation_id)
        stored = [] if held and held.times else await super().turns(conversation_id)
        if stored:
            self._known.note(conversation_id, stored[-1].seq)
        # Once more: what was held may have been written while the database was read.
        held = self._held.get(conversation_id)
        waiting = dict(held.turns) if held else {}
        for place, one in enumerate(stored):
            if (end := waiting.pop(one.turn_id, None)) is not None and end.end is not None:
                view = end.stored(conversation_id)
                stored[place] = flushing.ended(one, view)
        return stored + [
            one.stored(conversation_id) for one in waiting.values() if one.text is not None
        ]

    async def rate(
        self, conversation_id: str, turn_id: str, rating: Rating, comment: str | None
    ) -> None:
        """Keep an opinion, beside its turn where that is held."""
        held = self._held.turn(conversation_id, turn_id)
        if held is not None:
            held.opinion = (rating, comment)
            return
        await super().rate(conversation_id, turn_id, rating, comment)

    async def delete(self, conversation_id: str) -> None:
        """Erase a conversation, from memory first; raises where the database may still hold it."""
        async with self._moving:
            held = self._held.drop(conversation_id)
            self._known.erased(conversation_id)
            if held is None or held.times is None or self._works:
                await super().delete(conversation_id)
            self._known.forget(conversation_id)

    async def erase_expired(self) -> int:
        """Erase every conversation past its time, in memory and in the database."""
        expired = self._held.drop_expired(self._clock())
        for conversation_id in expired:
            self._known.erased(conversation_id)
        return len(expired) + await super().erase_expired()

    async def _rows(self, statement: Select[Any], values: dict[str, Any]) -> Sequence[Row[Any]]:
        loop = asyncio.get_running_loop()
        if not self._is_open or loop.time() < self._reads_again_at:
            raise StorageUnavailable("Conversations cannot be read right now. Please try again.")
        try:
            return await super()._rows(statement, values)
        except StorageUnavailable:
            self._reads_again_at = loop.time() + _READ_PAUSE_S
            raise
