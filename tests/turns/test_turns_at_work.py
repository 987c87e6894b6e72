"""Turns at work: stored first, in order, heard by all, and done once."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from tests.turns.conftest import SHORT_S, Held, begin, events_of, stored, turns_of

from hiring_advisor.bootstrap import Parts
from hiring_advisor.errors import Conflict
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.turns import Turns


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
