"""Ways in which a real database takes nothing, each until its block ends."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hiring_advisor.errors import StorageUnavailable
from hiring_advisor.storage.database import Database
from hiring_advisor.storage.engine import POOL_SIZE

PROGRAM = Path(__file__).with_name("another_process.py")

# Refuses as a full disk does, by the same SQLSTATE; a real full disk is in test_full_disks.py.
_NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$
"""
_TABLES = ("conversations", "turns")


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Another process holds the lock."""
    with subprocess.Popen(  # noqa: ASYNC220 - it starts while nothing else goes on
        [sys.executable, str(PROGRAM), "lock", url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            process.communicate("go\n", timeout=20)


@asynccontextmanager
async def full(url: str) -> AsyncIterator[None]:
    """Nothing more fits: SQLite by its own bound, PostgreSQL by triggers."""
    database = Database(url)
    if database.is_sqlite:
        raise NotImplementedError("bound the connections of the database itself: `sqlite_is_full`")
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql(_NO_ROOM)
        for table in _TABLES:
            await connection.exec_driver_sql(
                f"CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION no_room()"
            )
    try:
        yield
    finally:
        async with database.engine.begin() as connection:
            await connection.exec_driver_sql("DROP FUNCTION no_room CASCADE")
        await database.close()


@asynccontextmanager
async def sqlite_is_full(database: Database) -> AsyncIterator[None]:
    """The file may not grow: every connection of the pool is bound, as a full disk binds all."""
    async with database.engine.connect() as connection:
        pages = await connection.scalar(text("PRAGMA page_count"))
    await _bind(database, str(pages))
    try:
        yield
    finally:
        await _bind(database, "1000000")


async def _bind(database: Database, pages: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(POOL_SIZE):
            connection = await stack.enter_async_context(database.engine.connect())
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


@asynccontextmanager
async def exhausted(database: Database) -> AsyncIterator[None]:
    """Every connection of the pool is at a statement that takes long."""
    begun, enough = asyncio.Semaphore(0), asyncio.Event()

    async def slow(connection: AsyncConnection) -> None:
        await connection.execute(text("SELECT 1"))
        begun.release()
        await enough.wait()

    async def hold() -> None:
        with contextlib.suppress(StorageUnavailable):  # given up at its deadline
            await database.read(slow)

    async def keep_busy() -> None:
        while not enough.is_set():
            await hold()

    async with asyncio.TaskGroup() as group:
        for _ in range(POOL_SIZE):
            group.create_task(keep_busy())
        for _ in range(POOL_SIZE):
            await begun.acquire()
        try:
            yield
        finally:
            enough.set()


Outage = Callable[[Database, str], AbstractAsyncContextManager[None]]


def lock(database: Database, url: str) -> AbstractAsyncContextManager[None]:
    return locked(url)


def fill(database: Database, url: str) -> AbstractAsyncContextManager[None]:
    return sqlite_is_full(database) if database.is_sqlite else full(url)


def exhaust(database: Database, url: str) -> AbstractAsyncContextManager[None]:
    return exhausted(database)
