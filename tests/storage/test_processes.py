"""Several processes at one database, and processes that die."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from hiring_advisor.storage import migrations
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database

PROGRAM = Path(__file__).with_name("another_process.py")


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_at_once(*processes: subprocess.Popen[str], quiet: bool = True) -> list[str]:
    """Let processes that are ready go at the same moment; return what each printed then."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    results = [process.communicate(timeout=60) for process in processes]
    assert [
        (process.returncode, errors if quiet else "")
        for process, (_, errors) in zip(processes, results, strict=True)
    ] == [(0, "")] * len(processes)
    return [printed for printed, _ in results]


async def test_processes_that_open_one_empty_database_at_once_all_succeed(
    database_url: str,
) -> None:
    printed = run_at_once(*(start("open", database_url) for _ in range(4)))

    assert printed == ["opened\n"] * 4
    database = Database(database_url)
    await database.open()
    async with database.engine.connect() as connection:
        assert await connection.run_sync(migrations.is_current)
    await database.close()


async def test_one_message_sent_by_two_processes_at_once_is_stored_once(
    database: Database, database_url: str
) -> None:
    new = await Conversations(database).create(30)

    printed = run_at_once(
        *(start("say", database_url, new.conversation_id, "m-1") for _ in range(2))
    )

    told = [line.split() for text in printed for line in text.splitlines()]
    assert len(told) == 50
    assert len({turn_id for turn_id, _ in told}) == 1
    assert [is_new for _, is_new in told].count("True") == 1
    assert len(await Conversations(database).turns(new.conversation_id)) == 1


async def test_a_killed_writer_loses_nothing_that_it_acknowledged(
    database: Database, database_url: str
) -> None:
    conversations = Conversations(database)
    chance = random.Random(11)
    acknowledged: dict[str, set[str]] = {"accepted": set(), "finished": set()}
    new = await conversations.create(30)
    for _ in range(10):
        writer = start("write", database_url, new.conversation_id)
        assert writer.stdout is not None
        for _ in range(chance.randint(1, 60)):
            acknowledged_what, turn_id = writer.stdout.readline().split()
            acknowledged[acknowledged_what].add(turn_id)
        writer.kill()
        # What it still said before it died counts as well.
        rest, _ = writer.communicate()
        for line in rest.splitlines(keepends=True):
            if line.endswith("\n"):
                acknowledged_what, turn_id = line.split()
                acknowledged[acknowledged_what].add(turn_id)

    turns = await conversations.turns(new.conversation_id)

    assert len(acknowledged["finished"]) >= 10
    assert acknowledged["accepted"] <= {turn.turn_id for turn in turns}
    whole = {turn.turn_id for turn in turns if turn.status == "done" and turn.turn}
    assert acknowledged["finished"] <= whole
    assert [turn.seq for turn in turns] == list(range(1, len(turns) + 1))
    running = await conversations.unfinished(100)
    assert {turn.turn_id for turn in running} == {turn.turn_id for turn in turns} - whole
