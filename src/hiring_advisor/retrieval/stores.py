"""The folder where vector indexes live.

An embedded index is a folder that is built beside the old one and switched to at the end:

    index/
      CURRENT                 the name of the folder in use, replaced atomically
      <fingerprint>-<random>/
        chroma/               Chroma's own files
        vectors.npy           the vectors that Chroma holds, for exact search; small indexes only
        manifest.json         written last: a folder without it was never finished;
                              holds the checksums of the files

The fingerprint covers corpus, chunking and embedder: another one means another index, and two
are never mixed.
"""

from __future__ import annotations

import fcntl
import hashlib
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import orjson

from hiring_advisor.errors import IndexUnavailable
from hiring_advisor.retrieval.embeddings import Embedder
from hiring_advisor.retrieval.entries import Entries
from hiring_advisor.retrieval.exact import EXACT_UP_TO, ExactIndex
from hiring_advisor.retrieval.index import (
    Index,
    VectorIndex,
    chroma_failures,
    chroma_settings,
    import_chroma,
    write_collection,
)

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

COLLECTION = "corpus"
DATABASE, VECTORS, MANIFEST = "chroma.sqlite3", "vectors.npy", "manifest.json"
LOCK_DEADLINE_S = 1.0
_NOT_WRITTEN = "The index folder cannot be written: check free space and rights."


class EmbeddedStore:
    """The index folder: which index is in use, building a new one, opening it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, mark: str, entries: Entries) -> Index:
        """Open the finished index of this fingerprint. Raises `IndexUnavailable`."""
        path = self._current(mark)
        if path is None:
            raise IndexUnavailable("There is no vector index of this corpus yet.", "missing")
        return self._open(path, entries)

    def look(self, mark: str, entries: Entries, index: Index, embedder: Embedder) -> None:
        """Prove that the files are those that were built, and that the index finds what it holds.

        Raises `IndexUnavailable`, and `ModelUnavailable` when the embedder fails.
        """
        path = self._current(mark)
        if path is None:
            raise IndexUnavailable("The vector index is not where it was.")
        _prove_files(path, entries)
        if len(entries.ids) > EXACT_UP_TO:
            _wait_for_lock(path / "chroma" / DATABASE)
        index.check(entries, embedder)

    def close(self) -> None:
        """Nothing is open between two pieces of work."""

    def prove(self, mark: str, entries: Entries, embedder: Embedder) -> None:
        """Ask Chroma itself for the canaries, on a copy: opening a database changes it.

        Raises `IndexUnavailable`, and `ModelUnavailable` when the embedder fails.
        """
        path = self._current(mark)
        if path is None:
            raise IndexUnavailable("There is no vector index of this corpus yet.", "missing")
        with TemporaryDirectory() as scratch, chroma_failures("Chroma cannot open the index."):
            copy = Path(scratch) / "chroma"
            shutil.copytree(path / "chroma", copy)
            with _opened(copy) as client, closing(VectorIndex(_collection(client))) as index:
                index.check(entries, embedder)

    def build(self, mark: str, entries: Entries, embedder: Embedder) -> Index:
        """Build an index beside the one in use, prove it, switch to it and open it.

        Raises `IndexUnavailable` when the folder cannot be written or the new index fails its
        canaries, `ModelUnavailable` when the embedder fails; the old index stays in use then.
        """
        before = self._named()
        with chroma_failures(_NOT_WRITTEN):
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "LOCK").open("a") as lock:
                # One builder at a time, each would forget the other's; a process that ends lets go.
                fcntl.flock(lock, fcntl.LOCK_EX)
                meanwhile = self._current(mark) if self._named() != before else None
                return self._open(meanwhile or self._build(mark, entries, embedder), entries)

    def _build(self, mark: str, entries: Entries, embedder: Embedder) -> Path:
        path = self.folder / f"{mark}-{secrets.token_hex(4)}"
        try:
            (path / "chroma").mkdir(parents=True)
            with (
                _opened(path / "chroma") as client,
                closing(write_collection(client, COLLECTION, mark, entries, embedder)) as index,
            ):
                index.check(entries, embedder)
                if len(entries.ids) <= EXACT_UP_TO:
                    exact = ExactIndex(entries.ids, index.vectors(entries.ids))
                    exact.save(path / VECTORS)
            manifest = {"fingerprint": mark, "files": _checksums(path, entries)}
            (path / MANIFEST).write_bytes(orjson.dumps(manifest))
            pointer = self.folder / f"CURRENT.{secrets.token_hex(4)}"
            pointer.write_text(path.name, encoding="utf-8")
            pointer.replace(self.folder / "CURRENT")
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        self._forget_others(path)
        return path

    def _current(self, mark: str) -> Path | None:
        """The finished index of this fingerprint, or None."""
        path = self.folder / self._named()
        return path if _manifest(path).get("fingerprint") == mark else None

    def _open(self, path: Path, entries: Entries) -> Index:
        _prove_files(path, entries)
        if len(entries.ids) <= EXACT_UP_TO:
            return ExactIndex.load(path / VECTORS, entries.ids)
        with chroma_failures("The vector index cannot be opened."):
            _wait_for_lock(path / "chroma" / DATABASE)
            chroma = import_chroma()
            client = chroma.PersistentClient(str(path / "chroma"), settings=chroma_settings())
            return VectorIndex(_collection(client))

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


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = orjson.loads((path / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _checksums(path: Path, entries: Entries) -> dict[str, str]:
    """SHA-256 of each file that does not change any more.

    Chroma writes its database anew whenever it opens it, so that one is left out where Chroma
    searches by itself; its files of vectors it never writes again.
    """
    pattern = "**/*" if len(entries.ids) <= EXACT_UP_TO else "chroma/*/*"
    return {
        str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(path.glob(pattern))
        if file.is_file() and file.name != MANIFEST
    }


def _prove_files(path: Path, entries: Entries) -> None:
    """Raise `IndexUnavailable` where a file is not the one that was built.

    Chroma reads damaged files without a look, and the process dies of some of them.
    """
    if not (path / "chroma" / DATABASE).is_file():
        # Chroma would quietly create an empty database in its place.
        raise IndexUnavailable("The vector index has lost its database.")
    try:
        found = _checksums(path, entries)
    except OSError as error:
        raise IndexUnavailable("The vector index's files cannot be read.") from error
    if _manifest(path).get("files") != found:
        raise IndexUnavailable("The vector index's files are damaged.")


@contextmanager
def _opened(folder: Path) -> Iterator[ClientAPI]:
    """A client for one piece of work: it is closed, so that the folder does not change later."""
    chroma = import_chroma()
    client = chroma.PersistentClient(str(folder), settings=chroma_settings())
    try:
        yield client
    finally:
        client.close()


def _collection(client: ClientAPI) -> Collection:
    return client.get_collection(COLLECTION, embedding_function=None)


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
