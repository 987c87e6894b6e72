"""Which processes live: a turn is worked on by one, and is interrupted when that one is gone.

Each process that opens the database has an id and holds a lock that ends with it, so that a
crash is known at once and a slow process is never taken for a dead one: with SQLite a lock on a
file beside the database, with PostgreSQL an advisory lock of a session of its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from hiring_advisor.storage import tokens

_MARK = "-alive-"


class Presence(Protocol):
    """The presence of this process, and its view of others."""

    id: str

    async def hold(self) -> None:
        """Be seen, from now on or again; cheap to repeat. Raises `DBAPIError` or `OSError`."""
        ...

    async def is_gone(self, connection: AsyncConnection, owner: str) -> bool:
        """Whether the process of that id has ended."""
        ...

    async def end(self) -> None:
        """Be seen no more."""
        ...


class FilePresence:
    """Processes that share a file of SQLite, all on one machine."""

    def __init__(self, file: Path) -> None:
        self.id = tokens.new_id()
        self._file = file
        self._lock: int | None = None

    def _path(self, owner: str) -> Path:
        return self._file.with_name(f"{self._file.name}{_MARK}{owner}")

    async def hold(self) -> None:
        """Hold the lock, and clear away what dead processes left."""
        if self._lock is not None:
            return
        for left in self._file.parent.glob(f"{self._file.name}{_MARK}*"):
            self._is_free(left, remove=True)
        path = self._path(self.id)
        while self._lock is None:
            opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(opened, fcntl.LOCK_EX)
            # Another process may have cleared it away between the two calls.
            if path.exists() and os.fstat(opened).st_ino == path.stat().st_ino:
                self._lock = opened
            else:
                os.close(opened)

    async def is_gone(self, connection: AsyncConnection, owner: str) -> bool:
        """Whether nobody holds the lock of that id."""
        return owner != self.id and self._is_free(self._path(owner))

    @staticmethod
    def _is_free(path: Path, *, remove: bool = False) -> bool:
        try:
            opened = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if remove:
                path.unlink(missing_ok=True)
        except OSError:
            return False
        finally:
            os.close(opened)
        return True

    async def end(self) -> None:
        """Let go of the lock and take its file away."""
        if self._lock is not None:
            self._path(self.id).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None


class SessionPresence:
    """Processes that share a PostgreSQL server."""

    def __init__(self, address: URL) -> None:
        self.id = tokens.new_id()
        # Apart from the pool: the lock lasts as long as this one session.
        self._engine = create_async_engine(
            address, poolclass=NullPool, connect_args={"connect_timeout": 2}
        )
        self._session: AsyncConnection | None = None

    async def hold(self) -> None:
        """Take the lock in a session that stays; take it again where the session was lost."""
        try:
            if self._session is not None:
                await self._session.execute(text("SELECT 1"))
                return
        except DBAPIError:
            await self.end()
        session = await self._engine.connect()
        try:
            await session.execution_options(isolation_level="AUTOCOMMIT")
            await session.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _key(self.id)})
        except BaseException:
            await session.close()
            raise
        self._session = session

    async def is_gone(self, connection: AsyncConnection, owner: str) -> bool:
        """Whether no session holds the lock of that id."""
        if owner == self.id:
            return False
        held = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND (classid::bigint << 32) | objid::bigint = :key AND objsubid = 1"
        )
        return not await connection.scalar(held, {"key": _key(owner)})

    async def end(self) -> None:
        """Close the session, and the lock with it."""
        session, self._session = self._session, None
        if session is not None:
            try:
                await session.close()
            except DBAPIError:
                await session.invalidate()
        await self._engine.dispose()


def _key(owner: str) -> int:
    """The id as PostgreSQL's lock key: 64 bits with a sign."""
    return int.from_bytes(hashlib.sha256(owner.encode()).digest()[:8], "big", signed=True)
