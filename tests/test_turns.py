"""Turns at work, in process: each ends once, in order, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hiring_advisor.advisor import Advisor
from hiring_advisor.answering.turn import Event
from hiring_advisor.bootstrap import Parts
from hiring_advisor.errors import Conflict, NotFound
from hiring_advisor.storage.conversations import Conversations, StoredTurn
from hiring_advisor.storage.database import Database
from hiring_advisor.turns import LiveTurn, Turns
from hiring_advisor.understanding.chat import Spent
from hiring_advisor.understanding.extractor import Extractor, Understanding
from hiring_advisor.understanding.facts import Fact
from hiring_advisor.understanding.messages import Message

PATIENCE_S = 20.0
SHORT_S = 0.2


class Held(Extractor):
    """Reads as the real one does, but only while it is let; a message with BREAK breaks it."""

    def __init__(self, real: Extractor) -> None:
        self._real = real
        self.let = asyncio.Event()
        self.reading: list[str] = []

    async def extract(
        self,
        earlier: Sequence[Message],
        message: Message,
        known: Mapping[str, Fact],
        asked: str | None,
        spent: Spent,
    ) -> Understanding:
        self.reading.append(message.text)
        await self.let.wait()
        if "BREAK" in message.text:
            raise LookupError("not foreseen")
        return await self._real.extract(earlier, message, known, asked, spent)

    async def reads(self, text: str) -> None:
        """Wait until it is at this message."""
        async with asyncio.timeout(PATIENCE_S):
            while text not in self.reading:
                await asyncio.sleep(0.005)


@pytest.fixture
async def conversations(tmp_path: Path) -> AsyncIterator[Conversations]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/turns.sqlite3")
    await database.open()
    yield Conversations(database)
    await database.close()


@pytest.fixture
async def talk(conversations: Conversations) -> str:
    """The id of a new conversation."""
    return (await conversations.create(retention_days=1)).conversation_id


@pytest.fixture
async def held(parts: Parts) -> Held:
    return Held(parts.advisor.extractor)


def turns_of(
    parts: Parts, held: Held, conversations: Conversations, deadline_s: float = PATIENCE_S
) -> Turns:
    real = parts.advisor
    advisor = Advisor(real.retriever, held, real.tool, real.composer)
    return Turns(advisor, conversations, deadline_s=deadline_s)


@pytest.fixture
async def turns(parts: Parts, held: Held, conversations: Conversations) -> Turns:
    return turns_of(parts, held, conversations)


async def begin(turns: Turns, talk: str, text: str, message_id: str | None = None) -> LiveTurn:
    begun = await turns.begin(talk, message_id, text)
    assert isinstance(begun, LiveTurn)
    return begun


async def events_of(live: LiveTurn, after: int = 0) -> list[Event]:
    async with asyncio.timeout(PATIENCE_S):
        return [event async for _, event in live.follow(after)]


async def stored(turns: Turns, talk: str) -> list[StoredTurn]:
    return await turns.conversations.turns(talk)


async def test_a_message_is_on_disk_before_work_on_it_starts(
    turns: Turns, held: Held, talk: str
) -> None:
    live = await begin(turns, talk, "hello")
    (kept,) = await stored(turns, talk)
    assert (kept.user_text, kept.status, kept.turn) == ("hello", "running", None)
    held.let.set()
    await events_of(live)
    (kept,) = await stored(turns, talk)
    assert kept.status == "done"


async def test_whoever_sees_the_end_finds_the_turn_stored(
    turns: Turns, held: Held, talk: str
) -> None:
    held.let.set()
    live = await begin(turns, talk, "hello")
    end = (await events_of(live))[-1]
    assert end.name == "turn.completed"
    (kept,) = await stored(turns, talk)
    assert kept.turn is not None
    assert kept.turn["text"] == end.data.text


async def test_all_listeners_hear_the_same_from_wherever_they_come_in(
    turns: Turns, held: Held, talk: str
) -> None:
    live = await begin(turns, talk, "We want a demo. Whom should we hire?")
    listeners = [asyncio.create_task(events_of(live, after)) for after in range(4)]
    await held.reads("We want a demo. Whom should we hire?")
    held.let.set()
    whole = await events_of(live)
    assert len(whole) > 4
    for after, listener in enumerate(listeners):
        assert await listener == whole[after:]
    assert await events_of(live, len(whole)) == []


async def test_the_same_message_joins_the_turn_that_is_worked_on(
    turns: Turns, held: Held, talk: str
) -> None:
    message_id = str(uuid.uuid4())
    first = await begin(turns, talk, "hello", message_id)
    assert await begin(turns, talk, "hello", message_id) is first
    with pytest.raises(Conflict):
        await turns.begin(talk, message_id, "good day")
    held.let.set()
    await events_of(first)
    assert held.reading == ["hello"]


async def test_a_turn_waits_for_the_one_before_and_knows_what_was_said_in_it(
    turns: Turns, held: Held, talk: str
) -> None:
    first = await begin(turns, talk, "We want a demo.")
    second = await begin(turns, talk, "Our budget is tight.")
    await held.reads("We want a demo.")
    await asyncio.sleep(SHORT_S)
    assert held.reading == ["We want a demo."]
    held.let.set()
    await events_of(second)
    assert first.is_over
    assert second.turn is not None
    assert {"stage", "budget"} <= set(second.turn.facts)


@pytest.mark.parametrize("moment", ["before it begins", "while it waits", "while it is read"])
@pytest.mark.parametrize("times", [1, 3])
async def test_a_stopped_turn_ends_at_once_however_often_it_is_stopped(
    turns: Turns, held: Held, talk: str, moment: str, times: int
) -> None:
    if moment == "while it waits":
        await begin(turns, talk, "hello")
    live = await begin(turns, talk, "good day")
    if moment == "while it waits":
        await asyncio.sleep(SHORT_S)
    elif moment == "while it is read":
        await held.reads("good day")
    for _ in range(times):
        await turns.stop(talk, live.head.turn_id)
        # Lets the work notice, so that the next stop meets it at its end.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    async with asyncio.timeout(1.0):
        events = await events_of(live)
    assert [event.name for event in events][-1] == "turn.completed"
    assert events[-1].data.stopped
    assert (await stored(turns, talk))[-1].status == "stopped"
    held.let.set()
    await turns.close()


async def test_a_stopped_turn_takes_no_fact_away(turns: Turns, held: Held, talk: str) -> None:
    held.let.set()
    await events_of(await begin(turns, talk, "We want a demo."))
    held.let.clear()
    waits_for, stopped = [await begin(turns, talk, text) for text in ("hello", "good day")]
    await turns.stop(talk, stopped.head.turn_id)
    await events_of(stopped)
    await turns.stop(talk, waits_for.head.turn_id)
    await events_of(waits_for)
    held.let.set()
    last = await begin(turns, talk, "Our budget is tight.")
    await events_of(last)
    assert last.turn is not None
    assert {"stage", "budget"} <= set(last.turn.facts)


async def test_only_a_turn_of_the_conversation_can_be_stopped(
    turns: Turns, held: Held, talk: str
) -> None:
    live = await begin(turns, talk, "hello")
    other = (await turns.conversations.create(retention_days=1)).conversation_id
    with pytest.raises(NotFound):
        await turns.stop(other, live.head.turn_id)
    assert turns.live(other, live.head.turn_id) is None
    held.let.set()
    assert not (await events_of(live))[-1].data.stopped


async def test_a_turn_ends_at_its_deadline(
    parts: Parts, held: Held, conversations: Conversations, talk: str
) -> None:
    turns = turns_of(parts, held, conversations, deadline_s=SHORT_S)
    events = await events_of(await begin(turns, talk, "hello"))
    assert events[-1].name == "turn.completed"
    assert events[-1].data.stopped
    held.let.set()


async def test_a_failure_that_nobody_foresaw_ends_the_turn_and_not_the_conversation(
    turns: Turns, held: Held, talk: str
) -> None:
    held.let.set()
    await events_of(await begin(turns, talk, "We want a demo."))
    broken = await begin(turns, talk, "BREAK")
    events = await events_of(broken)
    assert [event.name for event in events] == ["turn.started", "error"]
    assert "not foreseen" not in str(events[-1].data)

    async with asyncio.timeout(5.0):
        after = await begin(turns, talk, "Our budget is tight.")
        assert (await events_of(after))[-1].name == "turn.completed"

    assert after.turn is not None
    assert {"stage", "budget"} <= set(after.turn.facts)
    kept = await stored(turns, talk)
    assert [one.user_text for one in kept] == ["We want a demo.", "BREAK", "Our budget is tight."]
    assert "running" not in [one.status for one in kept]


async def test_what_was_said_is_known_to_a_process_that_comes_later(
    parts: Parts, held: Held, conversations: Conversations, talk: str
) -> None:
    held.let.set()
    await events_of(await begin(turns_of(parts, held, conversations), talk, "We want a demo."))
    later = turns_of(parts, held, conversations)
    live = await begin(later, talk, "Our budget is tight.")
    await events_of(live)
    assert live.turn is not None
    assert {"stage", "budget"} <= set(live.turn.facts)


async def test_erasing_a_conversation_ends_its_turns_and_keeps_nothing(
    turns: Turns, held: Held, talk: str
) -> None:
    live = await begin(turns, talk, "We want a demo.")
    await held.reads("We want a demo.")
    turns.forget(talk)
    await turns.conversations.delete(talk)
    assert (await events_of(live))[-1].name == "turn.completed"
    assert await stored(turns, talk) == []
    assert turns.live(talk, live.head.turn_id) is None


async def test_closing_lets_turns_end_and_stops_those_that_do_not(
    turns: Turns, held: Held, talk: str
) -> None:
    ready = await begin(turns, talk, "hello")
    held.let.set()
    await turns.close()
    assert ready.turn is not None
    assert not ready.turn.stopped

    held.let.clear()
    stuck = await begin(turns, talk, "good day")
    await held.reads("good day")
    await turns.close(grace_s=SHORT_S)
    assert stuck.turn is not None
    assert stuck.turn.stopped
    assert [one.status for one in await stored(turns, talk)] == ["done", "stopped"]


async def test_a_turn_that_a_crash_cut_short_is_marked_and_its_message_kept(
    parts: Parts, held: Held, conversations: Conversations, talk: str
) -> None:
    held.let.set()
    await events_of(await begin(turns_of(parts, held, conversations), talk, "We want a demo."))
    await conversations.accept(talk, None, "hello")
    turns = turns_of(parts, held, conversations, deadline_s=0.01)
    await asyncio.sleep(0.05)
    assert await turns.recover() == 1
    assert await turns.recover() == 0
    kept = (await stored(turns, talk))[-1]
    view = kept.view()
    assert (kept.status, view["stopped"], view["user_text"]) == ("interrupted", True, "hello")

    live = await begin(turns_of(parts, held, conversations), talk, "Our budget is tight.")
    assert (await events_of(live))[-1].name == "turn.completed"
    assert live.turn is not None
    assert {"stage", "budget"} <= set(live.turn.facts)


async def test_a_turn_that_may_still_be_worked_on_elsewhere_is_left_alone(
    turns: Turns, talk: str
) -> None:
    await turns.conversations.accept(talk, None, "hello")
    assert await turns.recover() == 0
    (kept,) = await stored(turns, talk)
    assert kept.status == "running"
    assert datetime.now(UTC) - kept.created_at < timedelta(minutes=1)
