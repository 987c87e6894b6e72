"""The vector index: Chroma, embedded in the process or a server of its own.

An embedded index is a folder that is built beside the old one and switched to at the end:

    index/
      CURRENT                 the name of the folder in use, replaced atomically
      <fingerprint>-<random>/
        chroma/               Chroma's own files
        chunks.json           the chunks, so that a start need not cut them again
        manifest.json         written last: a folder without it was never finished

The fingerprint covers corpus, chunking and embedder: another one means another index, and two
are never mixed. Canary queries (each of some chunks must find itself) tell at every start
whether the index answers whole: Chroma may lose vectors without an error.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from hiring_advisor.corpus.chunking import Chunk
from hiring_advisor.corpus.documents import Statement
from hiring_advisor.errors import IndexUnavailable
from hiring_advisor.retrieval.embeddings import Embedder, Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

COLLECTION = "corpus"
CHUNKING_VERSION = 1
CANARIES = 16
_CHROMA_BATCH = 1000


def fingerprint(corpus_bytes: bytes, embedder: str, max_tokens: int) -> str:
    """Name what an index was made of: corpus, chunking and embedder."""
    digest = hashlib.sha256(corpus_bytes)
    digest.update(f"|{embedder}|{CHUNKING_VERSION}|{max_tokens}".encode())
    return digest.hexdigest()[:16]


def chroma_settings() -> Any:
    """Chroma's settings of this project: no telemetry, no reset by a caller."""
    from chromadb.config import Settings as ChromaSettings

    return ChromaSettings(anonymized_telemetry=False, allow_reset=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk's number (its place in the list of chunks) and its cosine similarity, -1 to 1."""

    chunk: int
    similarity: float


class VectorIndex:
    """An open collection whose ids are the numbers of the chunks."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def query(self, vector: Vectors, k: int) -> list[Hit]:
        """Return the `k` nearest chunks, nearest first.

        Raises `IndexUnavailable` when Chroma fails or gives numbers that are none.
        """
        try:
            found = self._collection.query(
                query_embeddings=[vector.tolist()], n_results=k, include=["distances"]
            )
            ids, distances = found["ids"][0], (found["distances"] or [[]])[0]
        except Exception as error:  # Chroma raises from Rust, sqlite3 and its own tree
            raise IndexUnavailable("The vector index does not answer.") from error
        # Chroma gives cosine distance: nearer is smaller. Turned round once, here,
        # so that no later step has to remember it.
        hits = [Hit(int(one), 1.0 - float(far)) for one, far in zip(ids, distances, strict=True)]
        if any(not -1.01 <= hit.similarity <= 1.01 for hit in hits):
            raise IndexUnavailable("The vector index gives numbers that are none.")
        return hits

    def check(self, vectors: Vectors) -> None:
        """Run the canaries: known vectors must find themselves, and none may be missing.

        `vectors` are those of all chunks, in order. Raises `IndexUnavailable`.
        """
        total = len(vectors)
        try:
            counted = self._collection.count()
        except Exception as error:
            raise IndexUnavailable("The vector index cannot be read.") from error
        if counted != total:
            raise IndexUnavailable(f"The vector index holds {counted} of {total} chunks.")
        step = max(1, total // CANARIES)
        wanted = min(total, 4)
        for number in range(0, total, step):
            hits = self.query(vectors[number], wanted)
            if len(hits) < wanted or hits[0].similarity < 0.98:
                raise IndexUnavailable("The vector index does not find what it holds.")


def write_chunks(path: Path, chunks: Sequence[Chunk]) -> None:
    """Store chunks as JSON."""
    path.write_bytes(orjson.dumps([asdict(chunk) for chunk in chunks]))


def read_chunks(path: Path) -> list[Chunk]:
    """Read chunks back. Raises `IndexUnavailable` when the file is damaged."""
    try:
        return [
            Chunk(
                **{
                    **entry,
                    "path": tuple(entry["path"]),
                    "statements": tuple(
                        Statement(**{**one, "cells": tuple(one["cells"])})
                        for one in entry["statements"]
                    ),
                }
            )
            for entry in orjson.loads(path.read_bytes())
        ]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise IndexUnavailable("The stored chunks cannot be read.") from error


def add_vectors(collection: Collection, vectors: Vectors) -> None:
    """Write the vectors of all chunks into an empty collection; the id is the chunk's number."""
    for start in range(0, len(vectors), _CHROMA_BATCH):
        part = vectors[start : start + _CHROMA_BATCH]
        collection.add(
            ids=[str(number) for number in range(start, start + len(part))], embeddings=part
        )


def create_collection(client: ClientAPI, name: str, mark: str) -> Collection:
    """An empty collection for cosine similarity with own vectors. `mark` is the fingerprint."""
    return client.create_collection(
        name,
        embedding_function=None,
        metadata={"fingerprint": mark},
        configuration={"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200}},
    )


class EmbeddedStore:
    """The index folder: which index is in use, building a new one, opening it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self, mark: str) -> Path | None:
        """The finished index of this fingerprint, or None."""
        try:
            name = (self.folder / "CURRENT").read_text(encoding="utf-8").strip()
            manifest = orjson.loads((self.folder / name / "manifest.json").read_bytes())
        except (OSError, ValueError):
            return None
        is_ours = isinstance(manifest, dict) and manifest.get("fingerprint") == mark
        return self.folder / name if is_ours else None

    def open(self, path: Path) -> VectorIndex:
        """Open a finished index. Raises `IndexUnavailable`."""
        import chromadb

        if not (path / "chroma" / "chroma.sqlite3").is_file():
            # Chroma would quietly create an empty database in its place.
            raise IndexUnavailable("The vector index has lost its database.")
        try:
            client = chromadb.PersistentClient(str(path / "chroma"), settings=chroma_settings())
            return VectorIndex(client.get_collection(COLLECTION, embedding_function=None))
        except Exception as error:
            raise IndexUnavailable("The vector index cannot be opened.") from error

    def build(self, mark: str, chunks: Sequence[Chunk], embedder: Embedder) -> Path:
        """Build an index beside the one in use, prove it and switch to it; return its folder.

        Raises `IndexUnavailable` when the folder cannot be written or the new index fails its
        canaries, `ModelUnavailable` when the embedder fails; the old index stays in use then.
        """
        import chromadb

        path = self.folder / f"{mark}-{secrets.token_hex(4)}"
        try:
            (path / "chroma").mkdir(parents=True)
            vectors = embedder.embed([chunk.embedded for chunk in chunks])
            client = chromadb.PersistentClient(str(path / "chroma"), settings=chroma_settings())
            collection = create_collection(client, COLLECTION, mark)
            add_vectors(collection, vectors)
            VectorIndex(collection).check(vectors)
            write_chunks(path / "chunks.json", chunks)
            manifest = {"fingerprint": mark, "embedder": embedder.name, "chunks": len(chunks)}
            (path / "manifest.json").write_bytes(orjson.dumps(manifest))
            pointer = self.folder / f"CURRENT.{secrets.token_hex(4)}"
            pointer.write_text(path.name, encoding="utf-8")
            pointer.replace(self.folder / "CURRENT")
        except IndexUnavailable:
            shutil.rmtree(path, ignore_errors=True)
            raise
        except Exception as error:
            shutil.rmtree(path, ignore_errors=True)
            if type(error).__module__.startswith("hiring_advisor"):
                raise
            raise IndexUnavailable(
                "The index folder cannot be written: check free space and rights."
            ) from error
        self._forget_others(path)
        return path

    def _forget_others(self, keep: Path) -> None:
        """Remove older and half-built indexes; one that is still open elsewhere may stay."""
        for other in self.folder.iterdir():
            if other.is_dir() and other != keep:
                shutil.rmtree(other, ignore_errors=True)


class ServerStore:
    """A Chroma server: one collection a fingerprint, so that a switch is a change of name."""

    def __init__(self, url: str) -> None:
        from urllib.parse import urlsplit

        self._parts = urlsplit(url)

    def _client(self) -> ClientAPI:
        import chromadb

        secure = self._parts.scheme == "https"
        return chromadb.HttpClient(
            host=self._parts.hostname or "localhost",
            port=self._parts.port or (443 if secure else 8000),
            ssl=secure,
            settings=chroma_settings(),
        )

    def open(self, mark: str) -> VectorIndex:
        """Open the collection of a fingerprint. Raises `IndexUnavailable`."""
        try:
            collection = self._client().get_collection(f"corpus-{mark}", embedding_function=None)
        except Exception as error:
            raise IndexUnavailable("The Chroma server has no index of this corpus.") from error
        return VectorIndex(collection)

    def build(self, mark: str, chunks: Sequence[Chunk], embedder: Embedder) -> VectorIndex:
        """Write the collection of a fingerprint anew. Raises `IndexUnavailable`."""
        vectors = embedder.embed([chunk.embedded for chunk in chunks])
        try:
            client = self._client()
            name = f"corpus-{mark}"
            if any(known.name == name for known in client.list_collections()):
                client.delete_collection(name)
            collection = create_collection(client, name, mark)
            add_vectors(collection, vectors)
        except Exception as error:
            raise IndexUnavailable("The Chroma server cannot be written.") from error
        index = VectorIndex(collection)
        index.check(vectors)
        return index
