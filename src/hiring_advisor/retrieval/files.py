"""What an embedded index consists of on disk, and whether that is still as it was built."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from hiring_advisor.errors import IndexUnavailable

LOCK_DEADLINE_S = 1.0
READ_ALL_EVERY = 20
"""Looks between two that read every byte, though neither sizes nor times have changed."""

_ROWS = (
    "SELECT embedding_id, seq_id FROM embeddings ORDER BY id",
    "SELECT seq_id, operation, id, vector FROM embeddings_queue ORDER BY seq_id",
    "SELECT id, name, dimension FROM collections ORDER BY id",
    "SELECT id, type, scope FROM segments ORDER BY id",
)


class Look:
    """Looks at the files of one index again and again, as cheaply as is safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: dict[str, tuple[int, int, int]] | None = None
        self._count = 0

    def check(self) -> None:
        """Compare the files with the manifest.

        Raises `IndexUnavailable`; its reason is `damaged`, or `locked` where another process
        keeps the database for itself.
        """
        database = self._path / "chroma" / "chroma.sqlite3"
        if not database.is_file():
            # Chroma would quietly create an empty database in its place.
            raise IndexUnavailable("The vector index has lost its database.", "damaged")
        wait_for_lock(database)
        now = _stamps(self._path)
        self._count += 1
        if now == self._seen and self._count % READ_ALL_EVERY:
            return
        try:
            manifest = orjson.loads((self._path / "manifest.json").read_bytes())
            known = {name: manifest[name] for name in ("vectors", "rows")}
            found = checksums(self._path)
        except (OSError, ValueError, KeyError, TypeError, sqlite3.Error) as error:
            raise IndexUnavailable("The vector index's files are damaged.", "damaged") from error
        odd = [name for name in {**known["vectors"], **found["vectors"]}
               if known["vectors"].get(name) != found["vectors"].get(name)]  # fmt: skip
        if found["rows"] != known["rows"]:
            odd.append(database.name)
        if odd:
            raise IndexUnavailable(
                f"The vector index's files are damaged: {', '.join(sorted(odd))}.", "damaged"
            )
        self._seen = now


def checksums(path: Path) -> dict[str, Any]:
    """SHA-256 of each file of vectors, which Chroma never writes again, and of the rows.

    The database file itself changes whenever Chroma opens it. Raises `OSError`, `sqlite3.Error`.
    """
    vectors = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted((path / "chroma").glob("*/*"))
    }
    rows = hashlib.sha256()
    database = (path / "chroma" / "chroma.sqlite3").absolute()
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if answer != "ok":
            raise sqlite3.DatabaseError(answer)
        for statement in _ROWS:
            for row in connection.execute(statement):
                rows.update(repr(row).encode())
    return {"vectors": vectors, "rows": rows.hexdigest()}


def wait_for_lock(database: Path) -> None:
    """Raise `IndexUnavailable` where another process keeps the database locked.

    Chroma would wait for ever, and hold the interpreter's lock meanwhile: no thread would move.
    """
    with closing(sqlite3.connect(database, timeout=LOCK_DEADLINE_S)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY:
                raise IndexUnavailable(
                    "The vector index is locked by another process.", "locked"
                ) from error


def _stamps(path: Path) -> dict[str, tuple[int, int, int]]:
    """Size, time and inode of each file of an index."""
    found = {}
    for file in path.rglob("*"):
        try:
            stat = file.stat()
        except OSError:
            continue
        found[str(file.relative_to(path))] = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
    return found
