"""A vector index in Chroma, wherever its collection lies: writing, asking, proving it whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hiring_advisor.errors import AdvisorError, IndexUnavailable
from hiring_advisor.retrieval.embeddings import Embedder, Vectors
from hiring_advisor.retrieval.entries import Entries, Nearest, collapse, is_among

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection

_BATCH = 100
"""Small, because Chroma holds the interpreter's lock while it takes a batch in."""
_SPREAD = 5
"""A chunk stands in the index with each of its questions: so many more entries are asked for."""
_SELF_SIMILARITY = 0.98
"""What a text must at least have with itself; the int8 embedder is not exact over batches."""


def chroma_settings() -> Any:
    """Chroma's settings of this project: no telemetry, no reset by a caller."""
    from chromadb.config import Settings as ChromaSettings

    return ChromaSettings(anonymized_telemetry=False, allow_reset=False)


def hnsw_settings(entries: int) -> CreateHNSWConfiguration:
    """Chroma's HNSW configuration for so many entries.

    The graph grows denser and a search wider with the size, so that the nearest are found among
    vectors without any structure as well; `bench/retrieval.py` measures it.
    """
    return {
        "space": "cosine",
        "max_neighbors": 16 if entries <= 10_000 else 32,
        "ef_construction": 200,
        "ef_search": max(200, round(10 * math.sqrt(entries))),
        # How many additions until Chroma writes all vectors to files: ten times in a build.
        "sync_threshold": max(1000, entries // 10),
    }


@contextmanager
def chroma_failures(message: str, reason: str = "unavailable") -> Iterator[None]:
    """Turn whatever Chroma raises inside into `IndexUnavailable`.

    It raises from sqlite3 and its own tree, and its Rust half panics with what is no `Exception`.
    """
    try:
        yield
    except (AdvisorError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise IndexUnavailable(message, reason) from error


@dataclass(frozen=True, slots=True)
class Canaries:
    """Known entries with their vectors: each must find itself. Embedded once, asked often."""

    ids: tuple[str, ...]
    vectors: Vectors
    total: int

    @classmethod
    def of(cls, entries: Entries, embedder: Embedder) -> Canaries:
        """Canaries spread over all entries. Raises `ModelUnavailable` when the embedder fails."""
        known = entries.canaries
        vectors = embedder.embed([text for _, text in known])
        return cls(tuple(one for one, _ in known), vectors, len(entries.ids))


class VectorIndex:
    """An open collection of `Entries`. `place` names where it lies."""

    def __init__(self, collection: Collection, place: str = "") -> None:
        self._collection = collection
        self.place = place

    def query(self, vector: Vectors, k: int) -> Nearest:
        """Return the `k` nearest chunks, nearest first; a chunk is as near as its nearest text.

        Raises `IndexUnavailable` when Chroma fails or gives numbers that are none.
        """
        with chroma_failures("The vector index does not answer."):
            found = self._collection.query(
                query_embeddings=np.asarray([vector], np.float32),
                n_results=k * _SPREAD,
                include=["distances"],
            )
            ids, distances = found["ids"][0], (found["distances"] or [[]])[0]
        # Chroma gives cosine distance: nearer is smaller. Turned round once, here,
        # so that no later step has to remember it.
        similarities = 1.0 - np.asarray(distances, np.float64)
        if not (np.abs(similarities) <= 1.01).all():
            raise IndexUnavailable("The vector index gives numbers that are none.", "numbers")
        return collapse(list(zip(ids, similarities.tolist(), strict=True)), k)

    def check(self, canaries: Canaries) -> None:
        """Run the canaries: known texts must find themselves, and none may be missing.

        Chroma may lose vectors without an error: counting alone does not tell. Raises
        `IndexUnavailable`.
        """
        with chroma_failures("The vector index cannot be read."):
            counted = self._collection.count()
        if counted != canaries.total:
            raise IndexUnavailable(
                f"The vector index holds {counted} of {canaries.total} entries.", "incomplete"
            )
        for one, vector in zip(canaries.ids, canaries.vectors, strict=True):
            if not is_among(one, self.query(vector, 4), _SELF_SIMILARITY):
                raise IndexUnavailable("The vector index does not find what it holds.", "canaries")


def write_collection(
    client: ClientAPI, name: str, mark: str, entries: Entries, embedder: Embedder
) -> VectorIndex:
    """Make a collection for cosine similarity and write all entries; `mark` is the fingerprint."""
    total = len(entries.ids)
    collection = client.create_collection(
        name,
        embedding_function=None,
        metadata={"fingerprint": mark},
        configuration={"hnsw": hnsw_settings(total)},
    )
    for start in range(0, total, _BATCH):
        end = start + _BATCH
        collection.add(
            ids=list(entries.ids[start:end]), embeddings=embedder.embed(entries.texts[start:end])
        )
    return VectorIndex(collection)
