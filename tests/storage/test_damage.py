"""A damaged file of SQLite: moved aside whole, never deleted, by one process alone."""

# ruff: noqa: ASYNC240 - nothing else goes on in these event loops

from __future__ import annotations

import asyncio
import logging
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.storage.conftest import turn_for
from tests.storage.outages import locked
from tests.storage.test_processes import run_at_once, start

from hiring_advisor.errors import NotFound, StorageUnavailable
from hiring_advisor.storage import damage
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database

FILE = "advisor.db"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / FILE


def aside(file: Path) -> list[Path]:
    return sorted(file.parent.glob(f"{FILE}.damaged-*"))


def garble(file: Path) -> bytes:
    """Random bytes over all of it; return them."""
    noise = random.Random(5).randbytes(max(file.stat().st_size, 8192))
    with file.open("r+b") as opened:
        opened.write(noise)
    return noise


async def filled(url: str) -> None:
    database = Database(url)
    await database.open()
    conversations = Conversations(database)
    new = await conversations.create(30)
    for _ in range(20):
        accepted = await conversations.accept(new.conversation_id, None, "words " * 500)
        await conversations.finish(turn_for(new.conversation_id, accepted))
    await database.close()


async def test_a_file_that_is_damaged_at_the_start_is_moved_aside_as_it_is(
    sqlite_url: str, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await filled(sqlite_url)
    noise = garble(file)
    database = Database(sqlite_url)
    with caplog.at_level(logging.WARNING):
        await database.open()

    new = await Conversations(database).create(30)
    await Conversations(database).authorise(new.conversation_id, new.token)
    await database.close()
    [old] = aside(file)
    assert old.read_bytes() == noise
    assert database.lying_aside() == [old]
    [said] = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert old.name in said.getMessage()
    assert str(file.parent) not in said.getMessage()


async def test_a_file_that_is_damaged_while_it_is_used_is_replaced_without_a_restart(
    sqlite_url: str, file: Path
) -> None:
    await filled(sqlite_url)
    database, other = Database(sqlite_url), Database(sqlite_url)
    for one in (database, other):
        await one.open()
    conversations = Conversations(database)
    lost = await conversations.create(30)
    garble(file)

    # Two processes meet it at once; each had its connections open. What one of them still wrote
    # with its pages in memory, before the other met the damage, lies aside with the file.
    await asyncio.gather(
        *(Conversations(one).create(30) for one in (database, other) for _ in range(2))
    )
    made = await asyncio.gather(
        *(Conversations(one).create(30) for one in (database, other) for _ in range(2))
    )
    for new in made:
        for one in (database, other):
            await Conversations(one).authorise(new.conversation_id, new.token)
    with pytest.raises(NotFound):
        await conversations.authorise(lost.conversation_id, lost.token)
    for one in (database, other):
        await one.close()
    assert len([one for one in aside(file) if not one.name.endswith(("-wal", "-shm"))]) == 1


async def test_what_is_written_while_another_process_moves_the_file_lands_in_the_new_one(
    sqlite_database: Database, file: Path
) -> None:
    conversations = Conversations(sqlite_database)
    await conversations.create(30)
    # As another process would, after it had met the damage first.
    file.rename(file.with_name(f"{FILE}.damaged-20260101T000000Z"))
    for log in ("-wal", "-shm"):
        file.with_name(FILE + log).rename(file.with_name(f"{FILE}.damaged-20260101T000000Z{log}"))

    new = await conversations.create(30)

    with sqlite3.connect(file) as opened:
        found = opened.execute("SELECT conversation_id FROM conversations").fetchall()
    opened.close()
    assert found == [(new.conversation_id,)]


async def test_processes_that_start_on_one_damaged_file_move_it_once(
    sqlite_url: str, file: Path
) -> None:
    await filled(sqlite_url)
    noise = garble(file)

    printed = run_at_once(*(start("open", sqlite_url) for _ in range(4)), quiet=False)

    assert printed == ["opened\n"] * 4
    [old] = [one for one in aside(file) if not one.name.endswith(("-wal", "-shm"))]
    assert old.read_bytes() == noise
    with sqlite3.connect(file) as opened:
        assert opened.execute("SELECT count(*) FROM conversations").fetchone() == (4,)
    opened.close()


async def test_a_locked_file_is_never_taken_for_a_damaged_one(
    sqlite_database: Database, sqlite_url: str, file: Path
) -> None:
    before = os.stat(file).st_ino
    async with locked(sqlite_url):
        with pytest.raises(StorageUnavailable):
            await Conversations(sqlite_database).create(30)
    assert os.stat(file).st_ino == before
    assert aside(file) == []


async def test_a_file_that_is_whole_is_not_moved_whatever_a_connection_said(
    sqlite_database: Database, file: Path
) -> None:
    """An error of one connection, whose memory may be at fault, is checked on the file itself."""
    await Conversations(sqlite_database).create(30)
    seen = damage.identity(file)
    assert damage.set_aside(file, seen) is None
    assert damage.identity(file) == seen
    assert aside(file) == []


async def test_a_file_that_cannot_be_read_is_never_taken_for_a_damaged_one(
    sqlite_url: str, file: Path
) -> None:
    file.mkdir(parents=True)  # a folder: root reads every file
    database = Database(sqlite_url)
    with pytest.raises(StorageUnavailable):
        await database.open()
    await database.close()
    assert file.is_dir()
    assert aside(file) == []


@pytest.mark.parametrize("part", ["a page in the middle", "a cut-off end"])
async def test_a_file_that_is_damaged_in_part_is_moved_aside_and_can_be_recovered(
    sqlite_url: str, file: Path, part: str
) -> None:
    await filled(sqlite_url)
    with file.open("r+b") as opened:
        if part == "a cut-off end":
            opened.truncate(file.stat().st_size // 2 // 4096 * 4096)
        else:
            for page in range(2, 12):
                opened.seek(page * 4096)
                opened.write(random.Random(page).randbytes(4096))
    database = Database(sqlite_url)
    await database.open()
    conversations = Conversations(database)
    new = await conversations.create(30)
    for _ in range(5):
        await conversations.accept(new.conversation_id, None, "Hello")
    assert len(await conversations.turns(new.conversation_id)) == 5
    await database.close()
    with sqlite3.connect(file) as checked:
        assert checked.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    checked.close()
    assert len([one for one in aside(file) if not one.name.endswith(("-wal", "-shm"))]) == 1


async def test_doctor_says_how_to_recover_what_lies_aside(sqlite_url: str, file: Path) -> None:
    await filled(sqlite_url)
    garble(file)
    said = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "hiring_advisor", "doctor"],
        env={**os.environ, "DATABASE_URL": sqlite_url, "ADVISOR_DATA_DIR": str(file.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    [old] = aside(file)
    assert said.returncode == 1
    assert f"sqlite3 {old} .recover | sqlite3 {old}.recovered" in said.stdout
