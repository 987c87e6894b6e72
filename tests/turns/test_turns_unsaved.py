"""Turns while the database takes nothing: answered, marked, in order, with what was said before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.storage.outages import locked
from tests.storage.test_outages import is_written
from tests.turns.conftest import Held, begin, events_of, turns_of

from hiring_advisor.bootstrap import Parts
from hiring_advisor.storage.database import Database
from hiring_advisor.storage.steady import SteadyConversations


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/steady.sqlite3"


@pytest.fixture
async def steady(url: str) -> AsyncIterator[SteadyConversations]:
    steady = SteadyConversations(Database(url))
    await steady.open()
    yield steady
    await steady.close()


async def test_turns_are_answered_with_what_was_said_before_and_say_that_they_are_not_saved(
    parts: Parts, held: Held, steady: SteadyConversations, url: str
) -> None:
    held.let.set()
    turns = turns_of(parts, held, steady)
    talk = (await steady.create(30)).conversation_id
    first = await begin(turns, talk, "We want a demo.")
    await events_of(first)
    async with locked(url):
        second = await begin(turns, talk, "Our budget is tight.")
        third = await begin(turns, talk, "Whom should we hire?")
        for live in (second, third):
            assert (await events_of(live))[-1].name == "turn.completed"
        assert [one.view()["saved"] for one in await steady.turns(talk)] == [True, False, False]
    await is_written(steady)

    assert first.turn is not None
    assert second.turn is not None
    assert third.turn is not None
    assert [live.turn.saved for live in (first, second, third) if live.turn] == [True, False, False]
    assert {"stage", "budget"} <= set(third.turn.facts)
    assert third.turn.recommendation is not None
    kept = [one.view() for one in await steady.turns(talk)]
    assert [one["saved"] for one in kept] == [True, True, True]
    assert [one["text"] for one in kept[1:]] == [second.turn.text, third.turn.text]
    # The next one goes on from there, through the database.
    fourth = await begin(turns_of(parts, held, steady), talk, "What does it cost?")
    await events_of(fourth)
    assert fourth.turn is not None
    assert fourth.turn.saved
    assert {"stage", "budget"} <= set(fourth.turn.facts)
