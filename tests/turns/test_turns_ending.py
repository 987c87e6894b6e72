"""Turns that are cut short: each ends once, and the conversation goes on."""

from __future__ import annotations

import asyncio

import pytest
from tests.turns.conftest import PATIENCE_S, SHORT_S, Held, begin, events_of, stored, turns_of

from hiring_advisor.bootstrap import Parts
from hiring_advisor.errors import NotFound, ShuttingDown
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.turns import Turns


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


async def test_a_turn_over_its_deadline_ends_with_the_verdict_and_the_embedded_part(
    parts: Parts, held: Held, conversations: Conversations, talk: str
) -> None:
    turns = turns_of(parts, held, conversations, deadline_s=SHORT_S)
    text = "We want to build a quick demo on a tight budget. Whom should we hire?"
    events = await events_of(await begin(turns, talk, text))
    turn = events[-1].data
    assert events[-1].name == "turn.completed"
    assert (turn.stopped, turn.degraded, turn.recommendation.verdict) == (
        False, True, "freelancers",
    )  # fmt: skip
    assert all(sentence.text[-1] in ".!?”" for sentence in turn.sentences)
    assert turn.citations
    assert turn.trace["model_failures"] == ["deadline"]
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


async def test_a_turn_that_begins_while_others_end_is_waited_for_too(
    turns: Turns, held: Held, talk: str
) -> None:
    first = await begin(turns, talk, "hello")
    closing = asyncio.create_task(turns.close(grace_s=PATIENCE_S))
    await held.reads("hello")
    second = await begin(turns, talk, "good day")
    held.let.set()
    await closing
    assert [one.turn and one.turn.stopped for one in (first, second)] == [False, False]


async def test_at_the_very_end_nothing_is_begun_and_nobody_waits_for_another_process(
    turns: Turns, held: Held, talk: str
) -> None:
    elsewhere = await turns.conversations.accept(talk, None, "hello")
    waiting = asyncio.create_task(turns.wait(talk, elsewhere.turn_id))
    await begin(turns, talk, "good day")
    await turns.close(grace_s=0.0)
    with pytest.raises(ShuttingDown):
        await turns.begin(talk, None, "and now?")
    with pytest.raises(ShuttingDown):
        await waiting
    assert [one.user_text for one in await stored(turns, talk)] == ["hello", "good day"]
