"""aiosqlite's connection with fewer ways to its thread and back.

aiosqlite hands each call to the connection's thread and its result back to the event loop, which
costs more than most of the calls themselves. Here only what may touch the disk goes there: a
statement brings its rows along, and a cursor is made and closed, and a transaction that is none
rolled back, on the spot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

import aiosqlite
from aiosqlite.context import contextmanager

Work = Callable[..., Any]


class Line(aiosqlite.Connection):
    """A connection to a file. Its `sqlite3` connection must be one for any thread."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True
        # Two counts, each of one thread alone: a caller that is cancelled leaves its work behind.
        self._begun = 0
        self._ended = 0

    async def _execute(self, fn: Work, *args: Any, **kwargs: Any) -> Any:
        """Do a piece of work in the connection's thread."""

        def work() -> Any:
            try:
                return fn(*args, **kwargs)
            finally:
                self._ended += 1

        self._begun += 1
        return await super()._execute(work)  # type: ignore[no-untyped-call]

    async def quickly(self, fn: Work) -> Any:
        """Do on the spot what touches no disk, unless the connection is at work."""
        return fn() if self._begun == self._ended else await self._execute(fn)

    @contextmanager
    async def cursor(self) -> aiosqlite.Cursor:
        """Make a cursor."""
        return Cursor(self, await self.quickly(self._conn.cursor))

    async def rollback(self) -> None:
        """Roll back, where there is anything to roll back or work is left that may begin it."""
        if self.in_transaction or self._begun != self._ended:
            await super().rollback()


class Cursor(aiosqlite.Cursor):
    """A cursor that holds its rows when its statement has run."""

    _conn: Line
    _rows: Iterable[Any] = ()

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Cursor:
        """Run a statement and fetch its rows."""
        given = [] if parameters is None else parameters
        self._rows = await self._conn._execute(self._run, sql, given)
        return self

    def _run(self, sql: str, parameters: Any) -> Iterable[Any]:
        self._cursor.execute(sql, parameters)
        return self._cursor.fetchall() if self._cursor.description else ()

    async def fetchall(self) -> Iterable[Any]:
        """The rows of the last statement."""
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """Close it."""
        await self._conn.quickly(self._cursor.close)


def connect(database: str, **options: Any) -> Line:
    """Begin a connection; awaiting it opens the file. Options are those of `sqlite3.connect`."""
    anywhere = options | {"check_same_thread": False}
    return Line(lambda: sqlite3.connect(database, **anywhere))
