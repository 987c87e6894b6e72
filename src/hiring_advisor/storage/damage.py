"""SQLite's file: made, and moved aside when it is damaged. It is never deleted.

Several processes may share the file. A lock file beside it lets one of them move it at a time,
and nobody makes the new one meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hiring_advisor.storage.faults import is_damaged

_LOGS: Final = ("-wal", "-shm")
_MARK: Final = ".damaged-"

Identity = tuple[int, int]
"""Device and inode of a file: another file under the same name has another."""


def identity(file: Path) -> Identity | None:
    """Which file stands under the name now; None where there is none."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def create(file: Path) -> Identity:
    """Make folder and file if need be, for the owner alone; the log's files inherit the mode.

    Raises `OSError` where that is refused.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(file):
        return _make(file)


def set_aside(file: Path, seen: Identity | None) -> Path | None:
    """Move a damaged file and its logs aside and make a new one; return where the old one lies.

    Returns None and moves nothing where another process has done it already, or where the file
    turns out to be whole: only SQLite's own word on the file itself counts.
    """
    with _only_one(file):
        if identity(file) != seen or not _is_damaged(file):
            return None
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        aside = file.with_name(f"{file.name}{_MARK}{stamp}")
        # First of all the file: who still writes into it sees after each write that it moved.
        file.rename(aside)
        for log in _LOGS:
            if (old := file.with_name(file.name + log)).exists():
                old.rename(aside.with_name(aside.name + log))
        _make(file)
        return aside


def lying_aside(file: Path) -> list[Path]:
    """Damaged files that were moved aside, oldest first."""
    found = file.parent.glob(f"{file.name}{_MARK}*")
    return sorted(one for one in found if not one.name.endswith(_LOGS))


def _make(file: Path) -> Identity:
    opened = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        found = os.fstat(opened)
    finally:
        os.close(opened)
    return found.st_dev, found.st_ino


def _is_damaged(file: Path) -> bool:
    # Read-only: closing a writer would write its log into the damaged file.
    address = f"{file.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=1)) as database:
            return bool(database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.Error as error:
        return is_damaged(error)


@contextmanager
def _only_one(file: Path) -> Iterator[None]:
    """Hold the lock beside the file; the system lets go of it when a process dies."""
    lock = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
