"""Exact search over the vectors of a small index: read once, compared one by one.

Chroma's graph finds nearly the nearest, in a millisecond, and must be asked with a deadline; a
thousand vectors are compared exactly in a twentieth of that, with nothing that could hang. Above
`EXACT_UP_TO` entries the graph is the better way.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hiring_advisor.errors import IndexUnavailable, ModelUnavailable
from hiring_advisor.retrieval import canaries
from hiring_advisor.retrieval.embeddings import Embedder, Vectors
from hiring_advisor.retrieval.entries import SPREAD, Entries, Nearest, collapse

EXACT_UP_TO = 100_000
"""Entries: there 150 MB of vectors, and some ten milliseconds a query."""
_TOLERANCE = 1e-3


class ExactIndex:
    """The vectors of `Entries`, in their order: shape (entries, dimensions), unit length."""

    def __init__(self, ids: tuple[str, ...], vectors: Vectors) -> None:
        """Raise `IndexUnavailable` for other vectors than those of the ids, or no unit vectors."""
        if vectors.ndim != 2 or len(ids) != len(vectors):
            raise IndexUnavailable(f"The vector index holds {len(vectors)} of {len(ids)} entries.")
        with np.errstate(over="ignore", invalid="ignore"):
            lengths = np.einsum("ij,ij->i", vectors, vectors)
        if not np.all(np.abs(lengths - 1.0) < _TOLERANCE):  # a NaN is caught by this as well
            raise IndexUnavailable("The vector index gives numbers that are none.")
        self._ids = ids
        self._vectors = vectors

    def query(self, vector: Vectors, k: int) -> Nearest:
        """Return the `k` nearest chunks, nearest first; a chunk is as near as its nearest text.

        Raises `ModelUnavailable` for a vector of another shape, or one with numbers that are none:
        that is the embedder's fault.
        """
        if vector.shape != self._vectors.shape[1:] or not np.all(np.isfinite(vector)):
            raise ModelUnavailable("The question's vector does not fit the index.", "embedding")
        similarities = self._vectors @ vector
        count = min(k * SPREAD, len(similarities))
        least = np.partition(similarities, -count)[-count]
        some = np.flatnonzero(similarities >= least)
        # Equals in the order of their entries: the same question, the same passages.
        nearest = some[np.argsort(-similarities[some], kind="stable")[:count]]
        ids = [self._ids[one] for one in nearest.tolist()]
        return collapse(list(zip(ids, similarities[nearest].tolist(), strict=True)), k)

    def check(self, entries: Entries, embedder: Embedder) -> None:
        """Run the canaries: known texts must find themselves.

        Raises `IndexUnavailable`, and `ModelUnavailable` when the embedder fails.
        """
        canaries.run(self.query, entries, embedder)

    def save(self, path: Path) -> None:
        """Write the vectors beside the collection that they were read from."""
        np.save(path, self._vectors, allow_pickle=False)

    @classmethod
    def load(cls, path: Path, ids: tuple[str, ...]) -> ExactIndex:
        """Read what `save` wrote. Raises `IndexUnavailable`."""
        try:
            vectors = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise IndexUnavailable("The vector index's vectors cannot be read.") from error
        return cls(ids, np.asarray(vectors, np.float32))
