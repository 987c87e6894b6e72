"""Where an embedded vector index lives: a folder of our own, built beside and switched.

    index/
      CURRENT                 the name of the folder in use, replaced atomically
      <fingerprint>-<random>/
        chroma/               Chroma's own files
        manifest.json         written last: a folder without it was never finished;
                              holds checksums of the vector files and of the database's rows

The fingerprint covers corpus, chunking and embedder: another one means another index, and two
are never mixed.
"""

from __future__ import annotations

import errno
import fcntl
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import orjson

from hiring_advisor.errors import IndexUnavailable
from hiring_advisor.retrieval.embeddings import Embedder
from hiring_advisor.retrieval.entries import Entries
from hiring_advisor.retrieval.files import Look, checksums, wait_for_lock
from hiring_advisor.retrieval.index import (
    Canaries,
    VectorIndex,
    chroma_failures,
    chroma_settings,
    write_collection,
)

COLLECTION = "corpus"
_NOT_WRITTEN = "The index folder cannot be written: check free space and rights."


class Store(Protocol):
    """Where an index lies; what the keeper asks of it."""

    def open(self, mark: str) -> VectorIndex:
        """Open the finished index of this fingerprint. Raises `IndexUnavailable`."""
        ...

    def build(self, mark: str, entries: Entries, embedder: Embedder) -> VectorIndex:
        """Build an index beside the one in use, prove it, switch to it and open it.

        Raises `IndexUnavailable` when it cannot, `ModelUnavailable` when the embedder fails.
        """
        ...

    def inspect(self, index: VectorIndex) -> None:
        """Look at what an open index was opened from. Raises `IndexUnavailable`."""
        ...

    def is_replaced(self, mark: str, index: VectorIndex) -> bool:
        """Whether another process has built a newer index of the same fingerprint."""
        ...

    def close(self) -> None:
        """Let go of connections; nothing is asked afterwards."""
        ...


class EmbeddedStore:
    """The index folder: which index is in use, building a new one, opening it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._looks: dict[str, Look] = {}

    def current(self, mark: str) -> Path | None:
        """The finished index of this fingerprint, or None."""
        path = self.folder / self._named()
        try:
            manifest = orjson.loads((path / "manifest.json").read_bytes())
        except (OSError, ValueError):
            return None
        return path if isinstance(manifest, dict) and manifest.get("fingerprint") == mark else None

    def is_replaced(self, mark: str, index: VectorIndex) -> bool:
        """Whether CURRENT names another finished index of the same fingerprint."""
        current = self.current(mark)
        return current is not None and current.name != index.place

    def inspect(self, index: VectorIndex) -> None:
        """Compare the files with the manifest. Raises `IndexUnavailable` that says what is wrong.

        What has not changed since it was last found well is read again now and then only.
        """
        look = self._looks.setdefault(index.place, Look(self.folder / index.place))
        self._looks = {index.place: look}
        look.check()

    def open(self, mark: str) -> VectorIndex:
        """Open the finished index of this fingerprint. Raises `IndexUnavailable`."""
        import chromadb

        path = self.current(mark)
        if path is None:
            raise IndexUnavailable("There is no vector index of this corpus yet.", "missing")
        # Chroma reads damaged files without a look, and the process dies of some of them.
        Look(path).check()
        with chroma_failures("The vector index cannot be opened.", "damaged"):
            wait_for_lock(path / "chroma" / "chroma.sqlite3")
            client = chromadb.PersistentClient(str(path / "chroma"), settings=chroma_settings())
            collection = client.get_collection(COLLECTION, embedding_function=None)
            return VectorIndex(collection, path.name)

    def build(self, mark: str, entries: Entries, embedder: Embedder) -> VectorIndex:
        """Build an index beside the one in use, prove it, switch to it and open it.

        Raises `IndexUnavailable` when the folder cannot be written or the new index fails its
        canaries, `ModelUnavailable` when the embedder fails; the old index stays in use then.
        """
        before = self._named()
        with _writing():
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "LOCK").open("a") as lock:
                # One builder at a time, each would forget the other's; a process that ends lets go.
                fcntl.flock(lock, fcntl.LOCK_EX)
                if self._named() == before or self.current(mark) is None:
                    self._build(mark, entries, embedder)
        return self.open(mark)

    def close(self) -> None:
        """Nothing to let go of: Chroma's files end with the process."""

    def _build(self, mark: str, entries: Entries, embedder: Embedder) -> None:
        import chromadb

        path = self.folder / f"{mark}-{secrets.token_hex(4)}"
        try:
            (path / "chroma").mkdir(parents=True)
            _prove_room(path, entries, embedder)
            client = chromadb.PersistentClient(str(path / "chroma"), settings=chroma_settings())
            index = write_collection(client, COLLECTION, mark, entries, embedder)
            index.check(Canaries.of(entries, embedder))
            manifest = {"fingerprint": mark, **checksums(path)}
            (path / "manifest.json").write_bytes(orjson.dumps(manifest))
            pointer = self.folder / f"CURRENT.{secrets.token_hex(4)}"
            pointer.write_text(path.name, encoding="utf-8")
            pointer.replace(self.folder / "CURRENT")
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            for pointer in self.folder.glob("CURRENT.*"):
                pointer.unlink(missing_ok=True)
            raise
        self._forget_others(path)

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


_BYTES_AN_ENTRY = 4096


def _prove_room(path: Path, entries: Entries, embedder: Embedder) -> None:
    """See that the disk has as much as the index is going to take. Raises `OSError`."""
    size = len(entries.ids) * (_BYTES_AN_ENTRY + 4 * embedder.dimensions)
    free = shutil.disk_usage(path).free
    if free < size:
        raise OSError(errno.ENOSPC, "too little space")


@contextmanager
def _writing() -> Iterator[None]:
    """Say what to do where the folder cannot be written."""
    try:
        with chroma_failures(_NOT_WRITTEN, "unwritable"):
            yield
    except IndexUnavailable as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno == errno.ENOSPC:
            raise IndexUnavailable(
                "The disk has too little space for the index: free some.", "full"
            ) from cause
        raise
