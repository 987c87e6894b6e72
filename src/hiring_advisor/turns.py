"""Turns at work: stored first, then worked on in order, streamed to whoever listens, recorded.

Work on a turn does not depend on a connection: a visitor whose line drops resumes the stream, or
finds the finished turn. It ends when it is done, when its deadline comes, or when it is stopped.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from hiring_advisor import tracing
from hiring_advisor.advisor import Advice, Advisor, Past, TurnHead, past_of
from hiring_advisor.answering.turn import Event, Turn
from hiring_advisor.errors import NotFound, ShuttingDown, StorageUnavailable
from hiring_advisor.live_turn import LiveTurn
from hiring_advisor.storage.conversations import Accepted, Conversations, StoredTurn
from hiring_advisor.understanding.messages import Message

TURN_DEADLINE_S = 30.0
KEEP_FINISHED_S = 60.0
PASTS_REMEMBERED = 2048

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
        self._is_closing = False
        self._pasts: OrderedDict[str, tuple[int, Past]] = OrderedDict()

    async def begin(
        self, conversation_id: str, message_id: str | None, text: str
    ) -> LiveTurn | StoredTurn:
        """Store a message and begin work on it; return the turn that it has or gets.

        The same `message_id` again does no work twice. Raises `Conflict`, `NotFound` and
        `StorageUnavailable`, and `ShuttingDown` at the very end of the process; in these cases
        nothing was begun.
        """
        if self._is_closing:
            raise ShuttingDown
        accepted = await self.conversations.accept(conversation_id, message_id, text)
        live = self._live.get(accepted.turn_id)
        if live is not None:
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
            stopped = True
            log.warning("turn over its deadline", extra={"turn_id": head.turn_id})
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
        live.turn = turn
        self._on_end(turn)
        try:
            await asyncio.shield(
                self.conversations.finish(turn, status="stopped" if stopped else "done")
            )
            self._remember(live, turn)
        except StorageUnavailable as error:
            log.error("turn not stored: %s", error.message)
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
        loop.call_later(KEEP_FINISHED_S, self._live.pop, live.head.turn_id, None)

    # --- what came before ----------------------------------------------------------------------

    async def _past(self, conversation_id: str, seq: int) -> Past:
        """What earlier turns left, once they all are over: turns of a conversation go in order."""
        remembered = self._pasts.get(conversation_id)
        if remembered is not None and remembered[0] == seq - 1:
            return remembered[1]
        if seq == 1:
            return Past()
        limit = asyncio.get_running_loop().time() + self._deadline_s
        while True:
            stored = [
                one for one in await self.conversations.turns(conversation_id) if one.seq < seq
            ]
            running = [one for one in stored if one.status == "running"]
            if not running or asyncio.get_running_loop().time() > limit:
                return past_of([one.view() for one in stored])
            live = self._live.get(running[0].turn_id)
            if live is not None and not live.is_over:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._deadline_s):
                        await live.done()
            elif datetime.now(UTC) - running[0].created_at > timedelta(seconds=self._deadline_s):
                return past_of([one.view() for one in stored])
            else:  # another process is at it, or its record is on the way
                await asyncio.sleep(0.02)

    def _remember(self, live: LiveTurn, turn: Turn) -> None:
        """Keep what the next turn needs, so that it need not read the conversation again."""
        conversation_id = live.head.conversation_id
        before = self._pasts.pop(conversation_id, None)
        if live.seq > 1 and (before is None or before[0] != live.seq - 1):
            return
        messages = before[1].messages if before else ()
        latest = past_of([turn.view()])
        self._pasts[conversation_id] = (
            live.seq,
            Past(
                messages=(*messages, *latest.messages),
                facts=latest.facts,
                asked=latest.asked,
                verdict=latest.verdict or (before[1].verdict if before else None),
            ),
        )
        while len(self._pasts) > PASTS_REMEMBERED:
            self._pasts.popitem(last=False)

    def forget(self, conversation_id: str) -> None:
        """Drop what is remembered of an erased conversation, and stop its turns."""
        self._pasts.pop(conversation_id, None)
        for live in list(self._live.values()):
            if live.head.conversation_id == conversation_id:
                live.cut_short()
                self._live.pop(live.head.turn_id, None)

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
            await asyncio.sleep(0.05)

    async def recover(self) -> int:
        """Mark turns that a crash left half done as interrupted; return how many there were."""
        count = 0
        grace = timedelta(seconds=2 * self._deadline_s)
        for stored in await self.conversations.unfinished(1000, older_than=grace):
            head = TurnHead(stored.turn_id, stored.conversation_id, stored.created_at.isoformat())
            message = Message(stored.message_id, "visitor", stored.user_text)
            turn = self.advisor.advise(head, message, Past()).turn(stopped=True)
            with suppress(NotFound, StorageUnavailable):
                await self.conversations.finish(turn, status="interrupted")
                count += 1
        return count

    async def close(self, grace_s: float = 25.0) -> None:
        """Let turns end, those too that begin meanwhile, but no longer than `grace_s`; then stop
        and record what is left, and begin no more.
        """
        until = asyncio.get_running_loop().time() + grace_s
        while running := self._at_work():
            if await _first_of(running, until - asyncio.get_running_loop().time()):
                continue
            self._is_closing = True
            for live in running.values():
                live.cut_short()
            await asyncio.wait(running, timeout=2.0)
            return

    def _at_work(self) -> dict[asyncio.Task[None], LiveTurn]:
        return {
            live.task: live for live in self._live.values() if live.task and not live.task.done()
        }


async def _first_of(tasks: Iterable[asyncio.Task[None]], seconds: float) -> bool:
    """Whether one of the tasks ends within some seconds."""
    done, _ = await asyncio.wait(
        tasks, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED
    )
    return bool(done)
