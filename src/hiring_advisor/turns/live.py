"""A turn while it is worked on, and for a minute after: its events, for whoever listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from hiring_advisor.advisor import TurnHead
from hiring_advisor.answering.turn import TERMINAL_EVENTS, Event, Turn
from hiring_advisor.understanding.messages import Message


@dataclass(slots=True)
class LiveTurn:
    """A turn in this process: its events so far, and a bell that rings for each new one."""

    head: TurnHead
    message: Message
    seq: int
    events: list[Event] = field(default_factory=list)
    turn: Turn | None = None
    task: asyncio.Task[None] | None = None
    is_ending: bool = False
    _waiting: set[asyncio.Future[None]] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """Append an event and wake everyone who waits for one."""
        self.events.append(event)
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    def cut_short(self) -> None:
        """Stop the work on it; a turn that is being recorded already is left to end."""

        def cancel() -> None:
            if self.task is not None and not self.is_ending:
                self.task.cancel()

        # Not at once: a task that is cancelled before its first step never runs, nor ends its turn.
        asyncio.get_running_loop().call_soon(cancel)

    @property
    def is_over(self) -> bool:
        """Whether the terminal event is there."""
        return bool(self.events) and self.events[-1].name in TERMINAL_EVENTS

    async def follow(self, after: int = 0) -> AsyncIterator[tuple[int, Event]]:
        """Yield numbered events (from 1) after number `after`, up to the terminal one."""
        place = after
        while news := await self.news(place):
            for event in news:
                place += 1
                yield place, event

    async def news(self, after: int) -> list[Event]:
        """The events after number `after`, as soon as there is one; none where it is over."""
        while len(self.events) <= after and not self.is_over:
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.add(waiter)
            try:
                await waiter
            finally:
                self._waiting.discard(waiter)
        return self.events[after:]

    async def done(self) -> None:
        """Wait for the terminal event."""
        async for _ in self.follow(len(self.events)):
            pass


def at_work(lives: Iterable[LiveTurn]) -> dict[asyncio.Task[None], LiveTurn]:
    """The turns whose work goes on, by its task."""
    return {live.task: live for live in lives if live.task and not live.task.done()}


async def first_end(tasks: Iterable[asyncio.Task[None]], seconds: float) -> bool:
    """Whether one of the tasks ends within some seconds."""
    done, _ = await asyncio.wait(
        tasks, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED
    )
    return bool(done)
