"""What a database's error means: worth a second try, a damaged file, a disk that takes nothing."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
# PostgreSQL: lock_timeout, deadlock, serialisation, shutting down, crashed, starting up.
_PASSING: Final = frozenset({"55P03", "40P01", "40001", "57P01", "57P02", "57P03"})


def _sqlite_code(error: BaseException | None) -> int:
    """The primary result code of SQLite, 0 where the error is another one."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def is_damaged(error: BaseException) -> bool:
    """Whether SQLite says that its file is damaged or no database; never for a lock."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return _sqlite_code(cause) in _DAMAGED


def is_read_only(error: BaseException) -> bool:
    """Whether SQLite may read its file and not write it."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return _sqlite_code(cause) == sqlite3.SQLITE_READONLY


def is_locked(error: DBAPIError) -> bool:
    """Whether somebody else holds SQLite's lock."""
    return _sqlite_code(error.orig) in _LOCKED


def is_passing(error: DBAPIError) -> bool:
    """Whether a second try makes sense: a lock, a lost connection, a server that restarts."""
    if error.connection_invalidated or is_locked(error):
        return True
    state = getattr(error.orig, "sqlstate", None)
    # psycopg has no state for a connection that was refused.
    refused = state is None and type(error.orig).__module__.startswith("psycopg")
    return refused or state in _PASSING
