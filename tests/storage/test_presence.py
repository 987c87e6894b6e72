"""Which processes live: what one sees of another, also when files vanish between two calls."""

from __future__ import annotations

import asyncio
import fcntl
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hiring_advisor.storage.database import Database
from hiring_advisor.storage.presence import FilePresence, SessionPresence

NO_CONNECTION: Any = None
"""Processes that share a file do not ask the database."""


def alive(folder: Path) -> set[str]:
    return {file.name.rpartition("-")[2] for file in folder.glob("advisor.db-alive-*")}


async def test_what_a_crash_left_is_cleared_away_and_who_lives_stays(tmp_path: Path) -> None:
    one, other = (FilePresence(tmp_path / "advisor.db") for _ in range(2))
    one.id, other.id = "one", "other"
    await one.hold()
    one._path("crashed").touch()
    await other.hold()
    assert alive(tmp_path) == {"one", "other"}
    for presence in (one, other):
        await presence.end()


@pytest.mark.postgres
async def test_a_session_that_the_server_cut_is_taken_again(postgres_url: str) -> None:
    database = Database(postgres_url)
    await database.open()
    mine, other = SessionPresence(database.engine.url), SessionPresence(database.engine.url)
    await mine.hold()
    async with database.engine.connect() as connection:
        assert not await other.is_gone(connection, mine.id)
        assert mine._session is not None
        number = await mine._session.scalar(text("SELECT pg_backend_pid()"))
        await connection.execute(text("SELECT pg_terminate_backend(:n, 5000)"), {"n": number})
        assert await other.is_gone(connection, mine.id)
        await mine.hold()
        assert not await other.is_gone(connection, mine.id)
    await mine.end()
    await database.close()


async def test_who_holds_and_who_has_ended_is_seen(tmp_path: Path) -> None:
    one, other = (FilePresence(tmp_path / "advisor.db") for _ in range(2))
    await one.hold()
    await one.hold()
    assert not await other.is_gone(NO_CONNECTION, one.id)
    assert not await one.is_gone(NO_CONNECTION, one.id)
    await one.end()
    assert await other.is_gone(NO_CONNECTION, one.id)
    assert alive(tmp_path) == set()


async def test_a_file_that_is_cleared_away_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (FilePresence(tmp_path / "advisor.db") for _ in range(2))
    lock, cleared = fcntl.flock, 0

    def just_too_late(file: int, how: int) -> None:
        nonlocal cleared
        if not cleared:
            cleared += 1
            # Another process took the file, not locked yet, for one that a crash had left.
            one._path(one.id).unlink()
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", just_too_late)
    await one.hold()
    assert cleared
    assert not await other.is_gone(NO_CONNECTION, one.id)
    await one.end()


async def test_nobodys_connection_is_taken_while_another_file_is_gone_over_to(
    sqlite_database: Database,
) -> None:
    begun, enough = asyncio.Event(), asyncio.Event()

    async def slow(connection: AsyncConnection) -> int:
        await connection.execute(text("SELECT 1"))
        begun.set()
        await enough.wait()
        return int(await connection.scalar(text("SELECT 7")) or 0)

    reading = asyncio.create_task(sqlite_database.read(slow))
    await begun.wait()
    mending = asyncio.create_task(sqlite_database._mend(sqlite_database._seen, damaged=False))
    await asyncio.sleep(0.3)
    assert not mending.done()
    enough.set()
    assert await reading == 7
    async with asyncio.timeout(10.0):
        await mending
    # Everybody has got his place back.
    assert [await sqlite_database.read(slow) for _ in range(3)] == [7, 7, 7]
