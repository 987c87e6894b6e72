"""The vector index: Chroma, embedded in the process or a server of its own.

An embedded index is a folder that is built beside the old one and switched to at the end:

    index/
      CURRENT                 the name of the folder in use, replaced atomically
      <fingerprint>-<random>/
        chroma/               Chroma's own files
        manifest.json         written last: a folder without it was never finished

The fingerprint covers corpus, chunking and embedder: another one means another index, and two
are never mixed. Canary queries (each of some chunks must find itself) tell at every start
whether the index answers whole: Chroma may lose vectors without an error.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from hiring_advisor.corpus.chunking import Chunk
from hiring_advisor.errors import IndexUnavailable
from hiring_advisor.retrieval.embeddings import Embedder, Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

COLLECTION = "corpus"
CANARIES = 16
_CHROMA_BATCH = 1000


def chroma_settings() -> Any:
    """Chroma's settings of this project: no telemetry, no reset by a caller."""
    from chromadb.config import Settings as ChromaSettings

    return ChromaSettings(anonymized_telemetry=False, allow_reset=False)


_SPREAD = 4
"""A chunk stands in the index with each of its questions: so many more entries are asked for."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk by its number (its place in the list of chunks), and how near it is, -1 to 1."""

    chunk: int
    similarity: float
    """Cosine similarity of its nearest text: the chunk itself or one of its questions."""
    breadth: float = 0.0
    """Mean of the chunk itself and of its three nearest questions: one lucky question is less."""


@dataclass(frozen=True, slots=True)
class Entries:
    """What the index holds: an id a vector, in order. `3` is chunk 3, `3/1` a question of it."""

    ids: tuple[str, ...]
    vectors: Vectors

    @classmethod
    def of(cls, chunks: Sequence[Chunk], embedder: Embedder) -> Entries:
        """Embed all texts of all chunks. Raises `ModelUnavailable` when the embedder fails."""
        ids = tuple(
            f"{number}/{place}" if place else str(number)
            for number, chunk in enumerate(chunks)
            for place in range(len(chunk.texts))
        )
        return cls(ids, embedder.embed([text for chunk in chunks for text in chunk.texts]))


class VectorIndex:
    """An open collection of `Entries`."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def query(self, vector: Vectors, k: int) -> list[Hit]:
        """Return the `k` nearest chunks, nearest first; a chunk is as near as its nearest text.

        Raises `IndexUnavailable` when Chroma fails or gives numbers that are none.
        """
        try:
            found = self._collection.query(
                query_embeddings=[vector.tolist()], n_results=k * _SPREAD, include=["distances"]
            )
            ids, distances = found["ids"][0], (found["distances"] or [[]])[0]
        except Exception as error:  # Chroma raises from Rust, sqlite3 and its own tree
            raise IndexUnavailable("The vector index does not answer.") from error
        # Chroma gives cosine distance: nearer is smaller. Turned round once, here,
        # so that no later step has to remember it.
        entries = [(one, 1.0 - float(far)) for one, far in zip(ids, distances, strict=True)]
        if any(not -1.01 <= similarity <= 1.01 for _, similarity in entries):
            raise IndexUnavailable("The vector index gives numbers that are none.")
        return collapse(entries)[:k]

    def check(self, entries: Entries) -> None:
        """Run the canaries: known vectors must find themselves, and none may be missing.

        Raises `IndexUnavailable`.
        """
        total = len(entries.ids)
        try:
            counted = self._collection.count()
        except Exception as error:
            raise IndexUnavailable("The vector index cannot be read.") from error
        if counted != total:
            raise IndexUnavailable(f"The vector index holds {counted} of {total} chunks.")
        step = max(1, total // CANARIES)
        for number in range(0, total, step):
            hits = self.query(entries.vectors[number], 4)
            if not hits or hits[0].similarity < 0.98:
                raise IndexUnavailable("The vector index does not find what it holds.")


def collapse(found: Sequence[tuple[str, float]]) -> list[Hit]:
    """One hit a chunk from the hits of its entries (id and similarity, nearest first).

    What was not returned counts as near as the farthest entry that was.
    """
    if not found:
        return []
    tail = found[-1][1]
    own: dict[int, float] = {}
    questions: dict[int, list[float]] = {}
    order: dict[int, float] = {}
    for one, similarity in found:
        number, _, place = one.partition("/")
        chunk = int(number)
        order.setdefault(chunk, similarity)
        if place:
            questions.setdefault(chunk, []).append(similarity)
        else:
            own[chunk] = similarity
    hits = []
    for chunk, nearest in order.items():
        three = (questions.get(chunk, []) + [tail] * 3)[:3]
        hits.append(Hit(chunk, nearest, 0.5 * own.get(chunk, tail) + sum(three) / 6))
    return hits


def add_entries(collection: Collection, entries: Entries) -> None:
    """Write entries into an empty collection."""
    for start in range(0, len(entries.ids), _CHROMA_BATCH):
        end = start + _CHROMA_BATCH
        collection.add(ids=list(entries.ids[start:end]), embeddings=entries.vectors[start:end])


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
            entries = Entries.of(chunks, embedder)
            client = chromadb.PersistentClient(str(path / "chroma"), settings=chroma_settings())
            collection = create_collection(client, COLLECTION, mark)
            add_entries(collection, entries)
            VectorIndex(collection).check(entries)
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
        entries = Entries.of(chunks, embedder)
        try:
            client = self._client()
            name = f"corpus-{mark}"
            if any(known.name == name for known in client.list_collections()):
                client.delete_collection(name)
            collection = create_collection(client, name, mark)
            add_entries(collection, entries)
        except Exception as error:
            raise IndexUnavailable("The Chroma server cannot be written.") from error
        index = VectorIndex(collection)
        index.check(entries)
        return index
