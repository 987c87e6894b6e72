"""Turns that a crash or a failure cut short: shown as such, and answered when asked again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.storage.conftest import Clock
from tests.turns.conftest import SHORT_S, Held, begin, events_of, stored, turns_of

from hiring_advisor.bootstrap import Parts
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database
from hiring_advisor.turns import LiveTurn, Turns

PROGRAM = Path(__file__).parents[1] / "storage" / "another_process.py"
MESSAGE = "6f9619ff-8b86-4011-b42d-00c04fc964ff"


@pytest.fixture
async def other(tmp_path: Path, talk: str) -> AsyncIterator[subprocess.Popen[str]]:
    """Another process that is at work on a turn of the conversation."""
    url = f"sqlite:///{tmp_path}/turns.sqlite3"
    process = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, str(PROGRAM), "begin", url, talk, MESSAGE],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)


async def test_a_turn_of_a_process_that_lives_is_left_to_it(
    turns: Turns, talk: str, other: subprocess.Popen[str]
) -> None:
    assert await turns.recover() == 0
    [kept] = await stored(turns, talk)
    assert kept.status == "running"


async def test_a_turn_whose_process_died_is_interrupted_at_once(
    turns: Turns, talk: str, other: subprocess.Popen[str]
) -> None:
    kill(other)
    assert await turns.recover() == 1
    assert await turns.recover() == 0
    [kept] = await stored(turns, talk)
    view = kept.view()
    assert (kept.status, view["status"]) == ("interrupted", "interrupted")
    assert (view["stopped"], view["user_text"], view["text"]) == (True, "Hello", "")


async def test_the_next_turn_does_not_wait_for_one_whose_process_died(
    turns: Turns, held: Held, talk: str, other: subprocess.Popen[str]
) -> None:
    kill(other)
    held.let.set()
    async with asyncio.timeout(5.0):
        live = await begin(turns, talk, "We want a demo.")
        await events_of(live)
    assert live.turn is not None
    assert "stage" in live.turn.facts


@pytest.mark.parametrize("is_marked", [False, True])
async def test_an_interrupted_turn_is_answered_once_when_its_message_is_sent_again(
    turns: Turns, held: Held, talk: str, other: subprocess.Popen[str], is_marked: bool
) -> None:
    held.let.set()
    kill(other)
    [before] = await stored(turns, talk)
    if is_marked:
        await turns.recover()
    begun = await asyncio.gather(*(turns.begin(talk, MESSAGE, "Hello") for _ in range(10)))
    assert len({id(one) for one in begun}) == 1
    assert isinstance(begun[0], LiveTurn)
    await events_of(begun[0])
    [after] = await stored(turns, talk)
    assert (after.turn_id, after.seq, after.status) == (before.turn_id, 1, "done")
    assert after.turn is not None
    assert after.turn["text"]
    assert held.reading == ["Hello"]


async def test_of_two_processes_that_are_asked_again_one_answers(
    parts: Parts, tmp_path: Path, talk: str, other: subprocess.Popen[str]
) -> None:
    kill(other)
    read: list[str] = []
    databases = [Database(f"sqlite:///{tmp_path}/turns.sqlite3") for _ in range(2)]
    both, readers = [], []
    for database in databases:
        await database.open()
        readers.append(Held(parts.advisor.extractor))
        both.append(turns_of(parts, readers[-1], Conversations(database)))
    begun = await asyncio.gather(*(turns.begin(talk, MESSAGE, "Hello") for turns in both))
    assert sorted(isinstance(one, LiveTurn) for one in begun) == [False, True]
    for reader in readers:
        reader.let.set()
    views = [await turns.wait(talk, begun[0].head.turn_id if isinstance(begun[0], LiveTurn)
                              else begun[0].turn_id) for turns in both]  # fmt: skip
    assert views[0] == views[1]
    read = [text for reader in readers for text in reader.reading]
    assert read == ["Hello"]
    for database in databases:
        await database.close()


async def test_a_turn_that_failed_is_worked_on_anew_when_it_is_sent_again(
    turns: Turns, held: Held, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held.let.set()
    broken = await turns.begin(talk, MESSAGE, "BREAK")
    assert isinstance(broken, LiveTurn)
    assert (await events_of(broken))[-1].name == "error"
    monkeypatch.setattr(Held, "breaks", False)
    again = await turns.begin(talk, MESSAGE, "BREAK")
    assert isinstance(again, LiveTurn)
    assert (await events_of(again))[-1].name == "turn.completed"
    assert again.head.turn_id == broken.head.turn_id
    [kept] = await stored(turns, talk)
    assert kept.status == "done"


async def test_a_turn_of_an_older_release_gets_twice_its_deadline(
    turns: Turns, talk: str, tmp_path: Path
) -> None:
    await turns.conversations.accept(talk, None, "Hello")
    async with turns.conversations._database.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE turns SET owner = NULL")
    assert await turns.recover() == 0
    turns._deadline_s = 0.01
    await asyncio.sleep(0.05)
    assert await turns.recover() == 1


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_wall_clock_that_jumps_by_a_day_changes_no_deadline(
    parts: Parts, held: Held, tmp_path: Path, days: int
) -> None:
    clock = Clock()
    clock.now = datetime.now(UTC)
    database = Database(f"sqlite:///{tmp_path}/clock.sqlite3")
    await database.open()
    conversations = Conversations(database, clock=clock)
    talk = (await conversations.create(30)).conversation_id
    turns = turns_of(parts, held, conversations)
    first = await begin(turns, talk, "We want a demo.")
    second = await begin(turns, talk, "Our budget is tight.")
    clock.now += timedelta(days=days)
    await asyncio.sleep(SHORT_S)
    # Neither is the first one given up, nor does the second one overtake it.
    assert await turns.recover() == 0
    assert held.reading == ["We want a demo."]
    assert not first.is_over
    held.let.set()
    await events_of(second)
    assert second.turn is not None
    assert not second.turn.stopped
    assert {"stage", "budget"} <= set(second.turn.facts)
    late = turns_of(parts, held, conversations, deadline_s=SHORT_S)
    held.let.clear()
    async with asyncio.timeout(5.0):
        events = await events_of(await begin(late, talk, "hello"))
    assert events[-1].data.trace["model_failures"] == ["deadline"]  # its end came by the clock
    held.let.set()
    await database.close()
