"""A vector index in Chroma, wherever its collection lies: writing, asking, proving it whole."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from hiring_advisor.errors import AdvisorError, IndexUnavailable
from hiring_advisor.retrieval import canaries
from hiring_advisor.retrieval.deadline import Patience
from hiring_advisor.retrieval.embeddings import Embedder, Vectors
from hiring_advisor.retrieval.entries import SPREAD, Entries, Nearest, collapse

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection

_BATCH = 100
"""Small, because Chroma holds the interpreter's lock while it takes a batch in."""
QUERY_DEADLINE_S = 1.0


def import_chroma() -> ModuleType:
    """Import Chroma without the exporter of its telemetry.

    It is switched off and could reach nobody; its gRPC alone costs 16 MB and a tenth of a second.
    """
    package = "opentelemetry.exporter.otlp.proto.grpc"
    module = f"{package}.trace_exporter"
    if "chromadb" in sys.modules or package in sys.modules:
        return importlib.import_module("chromadb")
    place, exporter = ModuleType(package), ModuleType(module)
    place.__path__ = []
    exporter.OTLPSpanExporter = None  # type: ignore[attr-defined]
    sys.modules |= {package: place, module: exporter}
    try:
        return importlib.import_module("chromadb")
    finally:
        # Whoever wants the real one finds it.
        for name in (package, module):
            sys.modules.pop(name, None)


def chroma_settings() -> Any:
    """Chroma's settings of this project: no telemetry, no reset by a caller."""
    import_chroma()
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


class Index(Protocol):
    """What finds the nearest chunks."""

    def query(self, vector: Vectors, k: int) -> Nearest:
        """Return the `k` nearest chunks, nearest first. Raises `IndexUnavailable`."""
        ...

    def check(self, entries: Entries, embedder: Embedder) -> None:
        """Prove that all is there. Raises `IndexUnavailable` and `ModelUnavailable`."""
        ...


class VectorIndex:
    """An open collection of `Entries`, searched by Chroma's own graph."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._patience: Patience[Nearest] = Patience(QUERY_DEADLINE_S)

    def query(self, vector: Vectors, k: int) -> Nearest:
        """Return the `k` nearest chunks, nearest first; a chunk is as near as its nearest text.

        Raises `IndexUnavailable` when Chroma fails, is late (a locked one hangs for ever) or gives
        numbers that are none.
        """
        return self._patience.run(lambda: self._query(vector, k))

    def close(self) -> None:
        """Let go of the threads that wait for queries."""
        self._patience.close()

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """The vectors of all ids, in their order, shape (ids, dimensions).

        Raises `IndexUnavailable` when Chroma fails or one is missing.
        """
        with chroma_failures("The vector index cannot be read."):
            found = self._collection.get(include=["embeddings"])
            places = {one: place for place, one in enumerate(found["ids"])}
            given = np.asarray(found["embeddings"], np.float32)
            return given[[places[one] for one in ids]]

    def _query(self, vector: Vectors, k: int) -> Nearest:
        with chroma_failures("The vector index does not answer."):
            found = self._collection.query(
                query_embeddings=np.asarray([vector], np.float32),
                n_results=k * SPREAD,
                include=["distances"],
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
        canaries.run(self.query, entries, embedder)


def write_collection(
    client: ClientAPI, name: str, mark: str, entries: Entries, embedder: Embedder
) -> VectorIndex:
    """Make a collection for cosine similarity and write all entries; `mark` is the fingerprint."""
    collection = client.create_collection(
        name,
        embedding_function=None,
        metadata={"fingerprint": mark},
        configuration={"hnsw": hnsw_settings(len(entries.ids))},
    )
    for start in range(0, len(entries.ids), _BATCH):
        end = start + _BATCH
        collection.add(
            ids=list(entries.ids[start:end]), embeddings=embedder.embed(entries.texts[start:end])
        )
    return VectorIndex(collection)
