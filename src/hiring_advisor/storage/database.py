"""The database: opened, migrated and guarded, SQLite and PostgreSQL behind one face.

Whoever stores something hands a piece of work to `read`, `write` or `erase`. It may be run a
second time when the first was cut short, so it has to be harmless when done twice.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Delete, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from hiring_advisor import tracing
from hiring_advisor.errors import StorageUnavailable
from hiring_advisor.storage import migrations
from hiring_advisor.storage.engine import (
    BUSY_TIMEOUT,
    POOL_SIZE,
    address_of,
    engine_for,
    is_sqlite,
)

_QUEUE_WAIT_S: Final = 5.0
_DEADLINE_S: Final = 12.0  # two tries, each as long as busy_timeout, and a little more
_CHECK_DEADLINE_S: Final = 2.0
_OPEN_PATIENCE_S: Final = 30.0
_TRUNCATE_TRIES: Final = 5
_TRUNCATE_PAUSE_S: Final = 0.1

_UNAVAILABLE: Final = "Conversations cannot be stored right now. Please try again in a moment."

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

log = logging.getLogger(__name__)


class Database:
    """One database, for one event loop. `url` is any SQLAlchemy URL of SQLite or PostgreSQL."""

    def __init__(self, url: str) -> None:
        """Take the address; nothing is touched before `open`. Raises `SettingsError`."""
        address = address_of(url)
        self._file = Path(address.database or "") if is_sqlite(address) else None
        self.engine = engine_for(address)
        self._system = address.get_backend_name()
        # Two queues, first come, first served. SQLite has one writer at a time, and waiting
        # for it inside SQLite is polling; the engine's pool lets newcomers push in.
        self._writers = asyncio.Semaphore(1 if self.is_sqlite else POOL_SIZE)
        self._connections = asyncio.Semaphore(POOL_SIZE)
        self._log_holds_erased = False

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite; otherwise it is PostgreSQL."""
        return self._file is not None

    async def open(self) -> None:
        """Create the file where there is none, bring the tables up to date, finish old erasures.

        Any number of processes may open the same empty database at the same time.
        """
        try:
            async with asyncio.timeout(_OPEN_PATIENCE_S):
                if self._file is not None:
                    _create(self._file)
                # Switching an empty file to WAL fails at once, without waiting, while
                # another process does the same.
                while not await self._migrated():  # noqa: ASYNC110 - nobody could tell us
                    await asyncio.sleep(0.05)
                await self._truncate_log(tries=1)
        except (DBAPIError, OSError, TimeoutError) as error:
            await self.engine.dispose()
            raise StorageUnavailable(_UNAVAILABLE) from error

    async def close(self) -> None:
        """Give back every connection. The database can be opened again."""
        if self._log_holds_erased:
            await self._truncate_log(tries=1)
        await self.engine.dispose()

    async def check(self) -> None:
        """Read one row, to see that the database answers. Raises `StorageUnavailable`."""

        async def look(connection: AsyncConnection) -> None:
            await connection.execute(text("SELECT version_num FROM alembic_version"))

        await self._guarded(lambda: self._read(look), _CHECK_DEADLINE_S)

    async def read(self, work: Work[T]) -> T:
        """Do work that changes nothing."""
        with tracing.storage(self._system, "read"):
            return await self._guarded(lambda: self._read(work))

    async def write(self, work: Work[T]) -> T:
        """Do work in one transaction; it is on disk when this returns."""
        with tracing.storage(self._system, "write"):
            return await self._guarded(lambda: self._write(work))

    async def erase(self, statement: Delete, values: Mapping[str, Any]) -> int:
        """Delete rows so that their bytes leave the disk too, and return how many there were.

        That is kept on SQLite: once no other process still reads the old state, the words are
        neither in the file nor in its log. PostgreSQL forgets them at its own pace: dead rows
        with the next vacuum, its log with the next recycling.
        """

        async def work(connection: AsyncConnection) -> int:
            count = (await connection.execute(statement, values)).rowcount
            # Noted before the commit: from then on a cancelled call must not forget it.
            self._log_holds_erased |= self.is_sqlite and count > 0
            return count

        with tracing.storage(self._system, "erase"):
            return await self._guarded(lambda: self._write(work, truncate_tries=_TRUNCATE_TRIES))

    async def _read(self, work: Work[T]) -> T:
        async with _place_in(self._connections), self.engine.connect() as connection:
            return await work(connection)

    async def _write(self, work: Work[T], truncate_tries: int = 1) -> T:
        async with _place_in(self._writers):
            async with _place_in(self._connections), self.engine.begin() as connection:
                result = await work(connection)
            if self._log_holds_erased:
                await self._truncate_log(truncate_tries)
            return result

    async def _guarded(
        self, attempt: Callable[[], Awaitable[T]], deadline_s: float = _DEADLINE_S
    ) -> T:
        """Try, try once more after a lock or a lost connection, then say that it did not work."""
        try:
            async with asyncio.timeout(deadline_s):
                try:
                    return await attempt()
                except DBAPIError as error:
                    if not (error.connection_invalidated or _is_locked(error)):
                        raise
                return await attempt()
        except (IntegrityError, DataError):
            raise  # our own mistake, not the database's
        except (DBAPIError, TimeoutError, OSError) as error:
            raise StorageUnavailable(_UNAVAILABLE) from error

    async def _truncate_log(self, tries: int) -> None:
        """Empty SQLite's write-ahead log, which still holds what was deleted from the file.

        A reader in another process can hold that back. It is tried again then after each
        write, on closing and on opening.
        """
        if not self.is_sqlite:
            return
        self._log_holds_erased = True
        try:
            async with _place_in(self._connections), self.engine.connect() as connection:
                # Not waiting inside SQLite, which would hold other writers' work back.
                await connection.exec_driver_sql("PRAGMA busy_timeout = 0")
                try:
                    for again in range(tries):
                        await asyncio.sleep(_TRUNCATE_PAUSE_S if again else 0)
                        result = await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                        if not result.one()[0]:
                            self._log_holds_erased = False
                            return
                finally:
                    await connection.exec_driver_sql(f"PRAGMA {BUSY_TIMEOUT}")
        except (DBAPIError, TimeoutError) as error:
            log.warning("the write-ahead log could not be truncated: %s", type(error).__name__)

    async def _migrated(self) -> bool:
        """Bring the tables up to date; False when another process is in the way right now."""
        try:
            async with self.engine.connect() as connection:
                if await connection.run_sync(migrations.is_current):
                    return True
                await connection.rollback()
                await connection.run_sync(migrations.upgrade)
        except DBAPIError as error:
            if not _is_locked(error):
                raise
            return False
        return True


@asynccontextmanager
async def _place_in(queue: asyncio.Semaphore) -> AsyncIterator[None]:
    async with asyncio.timeout(_QUEUE_WAIT_S):
        await queue.acquire()
    try:
        yield
    finally:
        queue.release()


def _create(file: Path) -> None:
    """Make folder and file if need be, for the owner alone; the log's files inherit the mode."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def _is_locked(error: DBAPIError) -> bool:
    return "database is locked" in str(error.orig)
