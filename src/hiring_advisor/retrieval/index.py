"""A vector index in Chroma, wherever its collection lies: writing, asking, proving it whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hiring_advisor.errors import AdvisorError, IndexUnavailable
from hiring_advisor.retrieval.embeddings import Embedder, Vectors
from hiring_advisor.retrieval.entries import Entries, Nearest, collapse

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_BATCH = 1000
_SPREAD = 5
"""A chunk stands in the index with each of its questions: so many more entries are asked for."""
_SELF_SIMILARITY = 0.98
"""What a text must at least have with itself; the int8 embedder is not exact over batches."""


def chroma_settings() -> Any:
    """Chroma's settings of this project: no telemetry, no reset by a caller."""
    from chromadb.config import Settings as ChromaSettings

    return ChromaSettings(anonymized_telemetry=False, allow_reset=False)


@contextmanager
def chroma_failures(message: str) -> Iterator[None]:
    """Turn whatever Chroma raises inside into `IndexUnavailable`.

    It raises from sqlite3 and its own tree, and its Rust half panics with what is no `Exception`.
    """
    try:
        yield
    except (AdvisorError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise IndexUnavailable(message) from error


class VectorIndex:
    """An open collection of `Entries`."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def query(self, vector: Vectors, k: int) -> Nearest:
        """Return the `k` nearest chunks, nearest first; a chunk is as near as its nearest text.

        Raises `IndexUnavailable` when Chroma fails or gives numbers that are none.
        """
        with chroma_failures("The vector index does not answer."):
            found = self._collection.query(
                query_embeddings=[vector.tolist()], n_results=k * _SPREAD, include=["distances"]
            )
            ids, distances = found["ids"][0], (found["distances"] or [[]])[0]
        # Chroma gives cosine distance: nearer is smaller. Turned round once, here,
        # so that no later step has to remember it.
        entries = [(one, 1.0 - float(far)) for one, far in zip(ids, distances, strict=True)]
        if any(not -1.01 <= similarity <= 1.01 for _, similarity in entries):
            raise IndexUnavailable("The vector index gives numbers that are none.")
        return collapse(entries, k)

    def check(self, entries: Entries, embedder: Embedder) -> None:
        """Run the canaries: known texts must find themselves, and none may be missing.

        Chroma may lose vectors without an error: counting alone does not tell. Raises
        `IndexUnavailable`, and `ModelUnavailable` when the embedder fails.
        """
        total = len(entries.ids)
        with chroma_failures("The vector index cannot be read."):
            counted = self._collection.count()
        if counted != total:
            raise IndexUnavailable(f"The vector index holds {counted} of {total} entries.")
        for vector in embedder.embed(entries.canaries):
            found = self.query(vector, 4)
            best = max([hit.similarity for hit in found.hits] + [found.unanswered])
            if best < _SELF_SIMILARITY:
                raise IndexUnavailable("The vector index does not find what it holds.")


def write_collection(
    client: ClientAPI, name: str, mark: str, entries: Entries, embedder: Embedder
) -> VectorIndex:
    """Make a collection for cosine similarity and write all entries; `mark` is the fingerprint."""
    collection = client.create_collection(
        name,
        embedding_function=None,
        metadata={"fingerprint": mark},
        configuration={"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200}},
    )
    for start in range(0, len(entries.ids), _BATCH):
        end = start + _BATCH
        collection.add(
            ids=list(entries.ids[start:end]), embeddings=embedder.embed(entries.texts[start:end])
        )
    return VectorIndex(collection)
