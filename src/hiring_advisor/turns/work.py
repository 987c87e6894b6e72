"""Turns at work: stored first, then worked on in order, streamed to whoever listens, recorded.

Work on a turn does not depend on a connection: a visitor whose line drops resumes the stream, or
finds the finished turn. It ends when it is done, when its deadline comes, or when it is stopped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from weakref import WeakValueDictionary

from hiring_advisor import tracing
from hiring_advisor.advisor import Advice, Advisor, Past, TurnHead, past_of
from hiring_advisor.answering.turn import Event, Turn
from hiring_advisor.errors import Conflict, NotFound, ShuttingDown, StorageUnavailable
from hiring_advisor.storage.conversations import Accepted, Conversations, StoredTurn
from hiring_advisor.storage.tables import storable
from hiring_advisor.turns.live import LiveTurn, at_work, first_end
from hiring_advisor.turns.pasts import Pasts
from hiring_advisor.understanding.messages import Message

TURN_DEADLINE_S = 30.0
KEEP_FINISHED_S = 60.0

log = logging.getLogger(__name__)


class Turns:
    """The turns of all conversations that this process works on."""

    def __init__(
        self,
        advisor: Advisor,
        conversations: Conversations,
        *,
        deadline_s: float = TURN_DEADLINE_S,
        on_end: Callable[[Turn], None] = lambda turn: None,
    ) -> None:
        self.advisor = advisor
        self.conversations = conversations
        self._deadline_s = deadline_s
        self._on_end = on_end
        self._live: dict[str, LiveTurn] = {}
        self._by_message: dict[tuple[str, str], LiveTurn] = {}
        self._beginning: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._pasts = Pasts()
        self._is_closing = False

    async def begin(
        self, conversation_id: str, message_id: str | None, text: str
    ) -> LiveTurn | StoredTurn:
        """Store a message and begin work on it; return the turn that it has or gets.

        The same `message_id` again does no work twice, save where it was cut short by a crash or
        a failure: then it is worked on anew, as the same turn. Raises `Conflict`, `NotFound` and
        `StorageUnavailable`, and `ShuttingDown` at the very end of the process; in these cases
        nothing was begun.
        """
        if self._is_closing:
            raise ShuttingDown
        if message_id is None:
            return await self._accepted(conversation_id, None, text)
        key = (conversation_id, message_id)
        # Of the same message many times at once, one is stored, and the others find its turn.
        lock = self._beginning.setdefault(key, asyncio.Lock())
        async with lock:
            live = self._by_message.get(key)
            if live is not None and not (live.is_over and live.turn is None):
                if storable(live.message.text) != storable(text):
                    raise Conflict("This message id already belongs to a message with other words.")
                return live
            return await self._accepted(conversation_id, message_id, text)

    async def _accepted(
        self, conversation_id: str, message_id: str | None, text: str
    ) -> LiveTurn | StoredTurn:
        accepted = await self.conversations.accept(conversation_id, message_id, text)
        live = self._live.get(accepted.turn_id)
        if live is not None and not accepted.is_new:
            return live
        if not accepted.is_new:
            return await self.conversations.turn(conversation_id, accepted.turn_id)
        return self._start(conversation_id, accepted, text)

    def _start(self, conversation_id: str, accepted: Accepted, text: str) -> LiveTurn:
        head = TurnHead(
            accepted.turn_id,
            conversation_id,
            accepted.created_at.isoformat(timespec="milliseconds"),
        )
        live = LiveTurn(head, Message(accepted.message_id, "visitor", text), accepted.seq)
        self._live[accepted.turn_id] = live
        self._by_message[conversation_id, accepted.message_id] = live
        live.task = asyncio.create_task(self._work(live), name=f"turn {accepted.turn_id}")
        return live

    async def _work(self, live: LiveTurn) -> None:
        with tracing.turn(live.head.conversation_id) as span:
            await self._advise(live)
            if live.turn is None:
                span.fail("turn_failed")
            else:
                tracing.ended(span, live.turn)

    async def _advise(self, live: LiveTurn) -> None:
        head = live.head
        advice: Advice | None = None
        stopped = False
        try:
            past = await self._past(head.conversation_id, live.seq)
            advice = self.advisor.advise(head, live.message, past)
            async with asyncio.timeout(self._deadline_s):
                async for event in advice.events():
                    live.add(event)
        except asyncio.CancelledError:
            stopped = True
        except TimeoutError:
            log.warning("turn over its deadline", extra={"turn_id": head.turn_id})
            stopped = not await (advice or self._nothing_done(live)).close(live.add)
        except Exception:
            log.exception("turn failed", extra={"turn_id": head.turn_id})
            await self._fail(live, advice or self._nothing_done(live))
            return
        await self._record(live, advice or self._nothing_done(live), stopped=stopped)

    def _nothing_done(self, live: LiveTurn) -> Advice:
        return self.advisor.advise(live.head, live.message, Past())

    async def _record(self, live: LiveTurn, advice: Advice, *, stopped: bool) -> None:
        """Store the turn, then say that it is over: who sees the end finds it stored."""
        live.is_ending = True
        turn = advice.turn(stopped=stopped)
        self._on_end(turn)
        is_saved = False
        try:
            is_saved = await asyncio.shield(
                self.conversations.finish(turn, status="stopped" if stopped else "done")
            )
        except StorageUnavailable as error:
            log.error("turn not stored: %s", error.message)
        if not is_saved:
            turn = replace(turn, saved=False)
        live.turn = turn
        self._pasts.remember(live.head.conversation_id, live.seq, turn)
        live.add(Event("turn.completed", turn))
        self._forget_later(live)

    async def _fail(self, live: LiveTurn, advice: Advice) -> None:
        """End with an error; the record lets the conversation go on."""
        live.is_ending = True
        with suppress(StorageUnavailable):
            await self.conversations.finish(advice.turn(stopped=True), status="interrupted")
        problem = {
            "type": "about:blank",
            "title": "Something went wrong",
            "status": 500,
            "detail": "I could not finish this answer. Please send it once more.",
        }
        live.add(Event("error", problem))
        self._forget_later(live)

    def _forget_later(self, live: LiveTurn) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(KEEP_FINISHED_S, self._drop, live)

    def _drop(self, live: LiveTurn) -> None:
        # A turn that was taken up anew has another one under its id.
        if self._live.get(live.head.turn_id) is live:
            del self._live[live.head.turn_id]
        key = (live.head.conversation_id, live.message.message_id)
        if self._by_message.get(key) is live:
            del self._by_message[key]

    # --- what came before ----------------------------------------------------------------------

    async def _past(self, conversation_id: str, seq: int) -> Past:
        """What earlier turns left, once they all are over: turns of a conversation go in order.

        Out of the database's reach it is what this process remembers, which may be nothing.
        """
        remembered = self._pasts.before(conversation_id, seq)
        if remembered is not None:
            return remembered
        if seq == 1:
            return Past()
        limit = asyncio.get_running_loop().time() + self._deadline_s
        try:
            while True:
                stored = [
                    one for one in await self.conversations.turns(conversation_id) if one.seq < seq
                ]
                running = await self._at_work(stored)
                if running is None or asyncio.get_running_loop().time() > limit:
                    return past_of([one.view() for one in stored])
                live = self._live.get(running.turn_id)
                if live is not None and not live.is_over:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._deadline_s):
                            await live.done()
                else:  # another process is at it, or its record is on the way
                    await asyncio.sleep(0.02)
        except StorageUnavailable:
            return self._pasts.latest(conversation_id)

    async def _at_work(self, stored: list[StoredTurn]) -> StoredTurn | None:
        """The first of these turns that somebody still works on."""
        for one in stored:
            if one.status == "running" and not await self.conversations.is_abandoned(one):
                return one
        return None

    def forget(self, conversation_id: str) -> None:
        """Drop what is remembered of an erased conversation, and stop its turns."""
        self._pasts.forget(conversation_id)
        for live in list(self._live.values()):
            if live.head.conversation_id == conversation_id:
                live.cut_short()
                self._drop(live)

    # --- listening and stopping ----------------------------------------------------------------

    def live(self, conversation_id: str, turn_id: str) -> LiveTurn | None:
        """The turn while this process remembers it."""
        live = self._live.get(turn_id)
        return live if live and live.head.conversation_id == conversation_id else None

    async def stop(self, conversation_id: str, turn_id: str) -> None:
        """Stop work on a turn; a turn that is over stays as it is. Raises `NotFound`."""
        live = self.live(conversation_id, turn_id)
        if live is None:
            await self.conversations.turn(conversation_id, turn_id)
            return
        live.cut_short()

    async def wait(self, conversation_id: str, turn_id: str) -> dict[str, Any]:
        """The finished turn's JSON, wherever it is worked on.

        Raises `NotFound`, and `ShuttingDown` where this process ends before the turn does.
        """
        live = self.live(conversation_id, turn_id)
        if live is not None:
            await live.done()
            if live.turn is not None:
                return live.turn.view()
        limit = asyncio.get_running_loop().time() + self._deadline_s
        while True:
            if self._is_closing:
                raise ShuttingDown
            stored = await self.conversations.turn(conversation_id, turn_id)
            if stored.status != "running" or asyncio.get_running_loop().time() > limit:
                return stored.view()
            if await self.conversations.is_abandoned(stored):
                await self._interrupt(stored)
                continue
            await asyncio.sleep(0.05)

    async def recover(self) -> int:
        """Mark turns that a crash left half done as interrupted; return how many there were.

        Turns of processes that live are left to them. Of older releases' turns nobody knows whose
        they are: these get twice their deadline.
        """
        count = 0
        for stored in await self.conversations.unfinished(1000):
            if stored.owner is None:
                age = self.conversations.age(stored)
                is_dead = age > timedelta(seconds=2 * self._deadline_s)
            else:
                is_dead = await self.conversations.is_abandoned(stored)
            if is_dead:
                await self._interrupt(stored)
                count += 1
        return count

    async def _interrupt(self, stored: StoredTurn) -> None:
        head = TurnHead(stored.turn_id, stored.conversation_id, stored.created_at.isoformat())
        message = Message(stored.message_id, "visitor", stored.user_text)
        turn = self.advisor.advise(head, message, Past()).turn(stopped=True)
        with suppress(NotFound, StorageUnavailable):
            await self.conversations.finish(turn, status="interrupted")

    async def close(self, grace_s: float = 25.0) -> None:
        """Let turns end, those too that begin meanwhile, but no longer than `grace_s`; then stop
        and record what is left, and begin no more.
        """
        until = asyncio.get_running_loop().time() + grace_s
        while running := at_work(self._live.values()):
            if await first_end(running, until - asyncio.get_running_loop().time()):
                continue
            self._is_closing = True
            for live in running.values():
                live.cut_short()
            await asyncio.wait(running, timeout=2.0)
            return
