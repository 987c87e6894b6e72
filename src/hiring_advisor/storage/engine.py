"""From a database URL to an engine, with the driver and the settings that our promises need."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hiring_advisor.errors import SettingsError
from hiring_advisor.storage import sqlite_line

POOL_SIZE: Final = 10
BUSY_TIMEOUT: Final = "busy_timeout = 1000"
"""How long a lock is waited for, in milliseconds, twice: then the visitor is answered unsaved."""
PRAGMAS: Final = (
    BUSY_TIMEOUT,  # first, because the next ones may have to wait
    "page_size = 4096",  # the padding of `turns` is cut to this size
    "journal_mode = WAL",
    "synchronous = FULL",  # what was acknowledged outlives a power cut, not just a crash
    "foreign_keys = ON",
    "secure_delete = ON",
    "temp_store = MEMORY",  # no words in the system's temporary folder
)

_SERVER_DEADLINES_MS: Final = {
    "lock_timeout": 1_000,
    "statement_timeout": 15_000,
    "idle_in_transaction_session_timeout": 30_000,
}


def address_of(url: str) -> URL:
    """Parse a URL and choose the driver where it names none. Raises `SettingsError`."""
    wanted = "DATABASE_URL wants an address like sqlite:///var/advisor.db or postgresql://host/name"
    try:
        address = make_url(url.replace("postgres://", "postgresql://", 1))
    except ArgumentError as error:
        raise SettingsError(f"{wanted}.") from error
    backend = address.get_backend_name()
    if backend == "postgresql":
        plain = address.drivername == backend
        return address.set(drivername="postgresql+psycopg") if plain else address
    if not is_sqlite(address):
        raise SettingsError(f"{wanted}; other databases are not supported.")
    if address.database in (None, "", ":memory:"):
        raise SettingsError(f"{wanted}; SQLite in memory would forget what it promised to keep.")
    return address.set(drivername="sqlite+aiosqlite")


def is_sqlite(address: URL) -> bool:
    """Whether the address is one of SQLite; otherwise it is PostgreSQL."""
    return address.get_backend_name() == "sqlite"


def engine_for(address: URL) -> AsyncEngine:
    """Make the engine; it connects when it is first used. Raises `SettingsError`."""
    options: dict[str, Any] = {
        "hide_parameters": True,  # they are visitors' words: no log gets to see them
        "pool_size": POOL_SIZE,
        "max_overflow": 0,  # a burst would spend its time on opening and closing connections
    }
    if is_sqlite(address):
        # Python opens a transaction before the first change; IMMEDIATE takes the write lock
        # there and then, where waiting still helps.
        options["connect_args"] = {
            "isolation_level": "IMMEDIATE",
            "async_creator_fn": sqlite_line.connect,
        }
    else:
        options |= {"connect_args": {"connect_timeout": 2}, "pool_pre_ping": True}
    try:
        engine = create_async_engine(address, **options)
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"DATABASE_URL asks for the driver {error.name}, which is not installed: "
            "pip install 'hiring-advisor[postgres]'."
        ) from error
    on_connect = _apply_pragmas if is_sqlite(address) else _apply_deadlines
    event.listen(engine.sync_engine, "connect", on_connect)
    return engine


def _apply_pragmas(connection: Any, _record: object) -> None:
    _run(connection, [f"PRAGMA {pragma}" for pragma in PRAGMAS])


def _apply_deadlines(connection: Any, _record: object) -> None:
    # The server's own, beside ours: a call that we gave up does not go on there for ever.
    _run(connection, [f"SET {name} = {ms}" for name, ms in _SERVER_DEADLINES_MS.items()])
    connection.commit()


def _run(connection: Any, statements: list[str]) -> None:
    try:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
    except Exception:
        connection.close()  # the pool never gets it, so nobody else would
        raise
