"""Where vector indexes live: a folder of our own, or a Chroma server.

An embedded index is a folder that is built beside the old one and switched to at the end:

    index/
      CURRENT                 the name of the folder in use, replaced atomically
      <fingerprint>-<random>/
        chroma/               Chroma's own files
        manifest.json         written last: a folder without it was never finished;
                              holds the checksums of the vector files

The fingerprint covers corpus, chunking and embedder: another one means another index, and two
are never mixed.
"""

from __future__ import annotations

import fcntl
import hashlib
import secrets
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from hiring_advisor.errors import IndexUnavailable
from hiring_advisor.retrieval.embeddings import Embedder
from hiring_advisor.retrieval.entries import Entries
from hiring_advisor.retrieval.index import (
    VectorIndex,
    chroma_failures,
    chroma_settings,
    write_collection,
)

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

COLLECTION = "corpus"
LOCK_DEADLINE_S = 1.0
_NOT_WRITTEN = "The index folder cannot be written: check free space and rights."


class EmbeddedStore:
    """The index folder: which index is in use, building a new one, opening it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self, mark: str) -> Path | None:
        """The finished index of this fingerprint, or None."""
        path = self.folder / self._named()
        try:
            manifest = orjson.loads((path / "manifest.json").read_bytes())
        except (OSError, ValueError):
            return None
        return path if isinstance(manifest, dict) and manifest.get("fingerprint") == mark else None

    def open(self, path: Path) -> VectorIndex:
        """Open a finished index. Raises `IndexUnavailable`."""
        import chromadb

        database = path / "chroma" / "chroma.sqlite3"
        if not database.is_file():
            # Chroma would quietly create an empty database in its place.
            raise IndexUnavailable("The vector index has lost its database.")
        with chroma_failures("The vector index cannot be opened."):
            manifest = orjson.loads((path / "manifest.json").read_bytes())
            if manifest.get("vectors") != _checksums(path):
                # Chroma reads such files without a look, and the process dies of some of them.
                raise IndexUnavailable("The vector index's files are damaged.")
            _wait_for_lock(database)
            client = chromadb.PersistentClient(str(path / "chroma"), settings=chroma_settings())
            return VectorIndex(client.get_collection(COLLECTION, embedding_function=None))

    def build(self, mark: str, entries: Entries, embedder: Embedder) -> Path:
        """Build an index beside the one in use, prove it and switch to it; return its folder.

        Raises `IndexUnavailable` when the folder cannot be written or the new index fails its
        canaries, `ModelUnavailable` when the embedder fails; the old index stays in use then.
        """
        before = self._named()
        with chroma_failures(_NOT_WRITTEN):
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "LOCK").open("a") as lock:
                # One builder at a time, each would forget the other's; a process that ends lets go.
                fcntl.flock(lock, fcntl.LOCK_EX)
                meanwhile = self.current(mark) if self._named() != before else None
                return meanwhile or self._build(mark, entries, embedder)

    def _build(self, mark: str, entries: Entries, embedder: Embedder) -> Path:
        import chromadb

        path = self.folder / f"{mark}-{secrets.token_hex(4)}"
        try:
            (path / "chroma").mkdir(parents=True)
            client = chromadb.PersistentClient(str(path / "chroma"), settings=chroma_settings())
            write_collection(client, COLLECTION, mark, entries, embedder).check(entries, embedder)
            manifest = {"fingerprint": mark, "vectors": _checksums(path)}
            (path / "manifest.json").write_bytes(orjson.dumps(manifest))
            pointer = self.folder / f"CURRENT.{secrets.token_hex(4)}"
            pointer.write_text(path.name, encoding="utf-8")
            pointer.replace(self.folder / "CURRENT")
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        self._forget_others(path)
        return path

    def _named(self) -> str:
        """The name that CURRENT gives, if any."""
        try:
            return (self.folder / "CURRENT").read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return ""

    def _forget_others(self, keep: Path) -> None:
        """Remove older and half-built indexes; one that is still open elsewhere may stay."""
        for other in self.folder.iterdir():
            if other.is_dir() and other != keep:
                shutil.rmtree(other, ignore_errors=True)


def _checksums(path: Path) -> dict[str, str]:
    """SHA-256 of each file of vectors; Chroma never writes them again, unlike its database."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted((path / "chroma").glob("*/*"))
    }


def _wait_for_lock(database: Path) -> None:
    """Raise `IndexUnavailable` where another process keeps the database locked.

    Chroma would wait for ever, and hold the interpreter's lock meanwhile: no thread would move.
    """
    with closing(sqlite3.connect(database, timeout=LOCK_DEADLINE_S)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise IndexUnavailable("The vector index is locked by another process.") from error


class ServerStore:
    """A Chroma server: one collection a fingerprint, so that a switch is a change of name."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)

    def open(self, mark: str) -> VectorIndex:
        """Open the collection of a fingerprint. Raises `IndexUnavailable`."""
        with chroma_failures("The Chroma server has no index of this corpus."):
            return VectorIndex(self._client().get_collection(_name(mark), embedding_function=None))

    def build(self, mark: str, entries: Entries, embedder: Embedder) -> VectorIndex:
        """Write the collection of a fingerprint anew and prove it. Raises `IndexUnavailable`."""
        with chroma_failures("The Chroma server cannot be written."):
            client = self._client()
            if any(known.name == _name(mark) for known in client.list_collections()):
                client.delete_collection(_name(mark))
            index = write_collection(client, _name(mark), mark, entries, embedder)
        index.check(entries, embedder)
        return index

    def _client(self) -> ClientAPI:
        import chromadb

        secure = self._parts.scheme == "https"
        return chromadb.HttpClient(
            host=self._parts.hostname or "localhost",
            port=self._parts.port or (443 if secure else 8000),
            ssl=secure,
            settings=chroma_settings(),
        )


def _name(mark: str) -> str:
    return f"corpus-{mark}"
