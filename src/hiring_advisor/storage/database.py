"""The database: opened, migrated and guarded, SQLite and PostgreSQL behind one face.

Whoever stores something hands a piece of work to `read`, `write` or `erase`. It may be run a
second time when the first was cut short, so it has to be harmless when done twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Delete, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from hiring_advisor import tracing
from hiring_advisor.errors import StorageUnavailable
from hiring_advisor.storage import damage, migrations
from hiring_advisor.storage.engine import (
    BUSY_TIMEOUT,
    POOL_SIZE,
    address_of,
    engine_for,
    is_sqlite,
)
from hiring_advisor.storage.faults import is_damaged, is_locked, is_passing, is_read_only
from hiring_advisor.storage.presence import FilePresence, Presence, SessionPresence

_QUEUE_WAIT_S: Final = 1.0
_RETRY_PAUSE_S: Final = 0.1
_DEADLINE_S: Final = 3.5  # two tries, each as long as busy_timeout, and a little more
_ERASE_DEADLINE_S: Final = 12.0
_CHECK_DEADLINE_S: Final = 2.0
_OPEN_PATIENCE_S: Final = 30.0
_TRUNCATE_TRIES: Final = 5
_TRUNCATE_PAUSE_S: Final = 0.1

_UNAVAILABLE: Final = "Conversations cannot be stored right now. Please try again in a moment."
_READ_ONLY: Final = (
    "The database is read-only, file, folder or disk: make it writable, "
    "or set ADVISOR_ALLOW_UNSTORED=true to answer without storing."
)

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

log = logging.getLogger(__name__)


class _Moved(Exception):
    """Another file stands under the name by now."""


class Database:
    """One database, for one event loop. `url` is any SQLAlchemy URL of SQLite or PostgreSQL."""

    def __init__(self, url: str) -> None:
        """Take the address; nothing is touched before `open`. Raises `SettingsError`."""
        address = address_of(url)
        self._file = Path(address.database or "") if is_sqlite(address) else None
        self.engine = engine_for(address)
        self.presence: Presence = (
            FilePresence(self._file) if self._file is not None else SessionPresence(address)
        )
        self._seen: damage.Identity | None = None
        self._mending = asyncio.Lock()
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

        Any number of processes may open the same empty database at the same time. A damaged file
        is moved aside. Raises `StorageUnavailable`, also where nothing could be written.
        """
        try:
            async with asyncio.timeout(_OPEN_PATIENCE_S):
                await self._prepare()
                await self._truncate_log(tries=1)
                await self.presence.hold()
        except (DBAPIError, OSError, TimeoutError) as error:
            await self.engine.dispose()
            # EROFS and EACCES come from making the file, the other from writing to it.
            refused = isinstance(error, OSError) and error.errno in {13, 30}
            sentence = _READ_ONLY if refused or is_read_only(error) else _UNAVAILABLE
            raise StorageUnavailable(sentence) from error

    async def _prepare(self) -> None:
        if self._file is not None:
            self._seen = await asyncio.to_thread(damage.create, self._file)
        # Switching an empty file to WAL fails at once, without waiting, while another process
        # does the same.
        while not await self._migrated():  # noqa: ASYNC110 - nobody could tell us
            await asyncio.sleep(0.05)

    async def close(self) -> None:
        """Give back every connection. The database can be opened again."""
        if self._log_holds_erased:
            await self._truncate_log(tries=1)
        await self.presence.end()
        await self.engine.dispose()

    def lying_aside(self) -> list[Path]:
        """Damaged files of SQLite that were moved aside, oldest first."""
        return damage.lying_aside(self._file) if self._file is not None else []

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
            return await self._guarded(
                lambda: self._write(work, truncate_tries=_TRUNCATE_TRIES), _ERASE_DEADLINE_S
            )

    async def _read(self, work: Work[T]) -> T:
        if self._has_moved():
            raise _Moved
        async with _place_in(self._connections), self.engine.connect() as connection:
            return await work(connection)

    async def _write(self, work: Work[T], truncate_tries: int = 1) -> T:
        async with _place_in(self._writers):
            async with _place_in(self._connections), self.engine.begin() as connection:
                result = await work(connection)
            if self._has_moved():
                raise _Moved  # what was written lies aside: once more, into the new file
            if self._log_holds_erased:
                await self._truncate_log(truncate_tries)
            return result

    async def _guarded(
        self, attempt: Callable[[], Awaitable[T]], deadline_s: float = _DEADLINE_S
    ) -> T:
        """Try, try once more after a lock or a lost connection, then say that it did not work."""
        try:
            async with asyncio.timeout(deadline_s):
                retried = False
                while True:
                    seen = self._seen
                    try:
                        return await attempt()
                    except _Moved:
                        await self._mend(seen, damaged=False)
                    except DBAPIError as error:
                        if is_damaged(error):
                            await self._mend(seen, damaged=True)
                        elif retried or not is_passing(error):
                            raise
                        elif not is_locked(error):
                            await asyncio.sleep(_RETRY_PAUSE_S)
                        retried = True
        except (IntegrityError, DataError):
            raise  # our own mistake, not the database's
        except (DBAPIError, TimeoutError, OSError, _Moved) as error:
            raise StorageUnavailable(_UNAVAILABLE) from error

    def _has_moved(self) -> bool:
        return self._file is not None and damage.identity(self._file) != self._seen

    async def _mend(self, seen: damage.Identity | None, *, damaged: bool) -> None:
        """Move a damaged file aside, and go on with the one that stands under the name then.

        A caller whose time is up leaves; the mending goes on, and the next one waits for it.
        """
        await asyncio.shield(asyncio.ensure_future(self._mended(seen, damaged=damaged)))

    async def _mended(self, seen: damage.Identity | None, *, damaged: bool) -> None:
        async with self._mending, asyncio.timeout(_OPEN_PATIENCE_S):
            if self._file is None or self._seen != seen:
                return  # somebody else has mended it while we waited
            # Nobody's connection is taken from under him, and none is left open behind the pool.
            taken = 0
            try:
                for _ in range(POOL_SIZE):
                    await self._connections.acquire()
                    taken += 1
                if damaged:
                    await self._set_aside(self._file)
                await self.engine.dispose()
                await self._prepare()
            finally:
                for _ in range(taken):
                    self._connections.release()

    async def _set_aside(self, file: Path) -> None:
        aside = await asyncio.to_thread(damage.set_aside, file, self._seen)
        self._seen = damage.identity(file)
        if aside is not None:
            log.critical(
                "the database was damaged: it lies aside as %s and a new one was begun; "
                "`hiring-advisor doctor` says how to recover it",
                aside.name,
            )

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
                if not await connection.run_sync(migrations.is_current):
                    await connection.rollback()
                    await connection.run_sync(migrations.upgrade)
                elif self.is_sqlite:
                    await connection.rollback()
                    # Tables that are up to date in a file that cannot be written are no use.
                    await connection.exec_driver_sql("BEGIN IMMEDIATE")
        except DBAPIError as error:
            if is_damaged(error) and self._file is not None:
                await self.engine.dispose()
                await self._set_aside(self._file)
                return False
            if not is_locked(error):
                raise
            return False
        return True


@asynccontextmanager
async def _place_in(queue: asyncio.Semaphore) -> AsyncIterator[None]:
    if queue.locked():
        async with asyncio.timeout(_QUEUE_WAIT_S):
            await queue.acquire()
    else:
        await queue.acquire()  # does not wait
    try:
        yield
    finally:
        queue.release()
