"""The connection to SQLite: few ways to its thread, and nothing left behind by who goes away."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hiring_advisor.storage import sqlite_line
from hiring_advisor.storage.sqlite_line import Line


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    async with sqlite_line.connect(str(tmp_path / "x.sqlite3")) as opened:
        await opened.execute("CREATE TABLE words (word TEXT)")
        await opened.commit()
        yield opened  # type: ignore[misc]


async def test_a_write_goes_to_the_thread_twice(line: Line) -> None:
    before = line._begun
    cursor = await line.cursor()
    await cursor.execute("INSERT INTO words VALUES (?) RETURNING word", ["one"])
    rows = await cursor.fetchall()
    await cursor.close()
    await line.commit()
    await line.rollback()
    assert list(rows) == [("one",)]
    assert line._begun - before == 2


async def test_a_transaction_is_rolled_back(line: Line) -> None:
    cursor = await line.cursor()
    await cursor.execute("INSERT INTO words VALUES ('one')")
    await line.rollback()
    await cursor.execute("SELECT word FROM words")
    assert list(await cursor.fetchall()) == []
    await cursor.close()


async def test_what_a_cancelled_caller_left_is_waited_for_and_rolled_back(line: Line) -> None:
    go_on = threading.Event()

    def slow() -> sqlite3.Cursor:
        go_on.wait(10)
        return line._conn.execute("INSERT INTO words VALUES ('one')")

    caller = asyncio.create_task(line._execute(slow))
    await asyncio.sleep(0.01)
    caller.cancel()
    assert not line.in_transaction  # not yet: the thread is about to begin one
    asyncio.get_running_loop().call_later(0.05, go_on.set)
    await line.rollback()
    assert not line.in_transaction
    assert await line.execute_fetchall("SELECT word FROM words") == []
