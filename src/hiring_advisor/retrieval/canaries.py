"""Canaries: known texts that must find themselves, or an index has lost something."""

from __future__ import annotations

from collections.abc import Callable

from hiring_advisor.errors import IndexUnavailable
from hiring_advisor.retrieval.embeddings import Embedder, Vectors
from hiring_advisor.retrieval.entries import Entries, Nearest, is_among

SELF_SIMILARITY = 0.98
"""What a text must at least have with itself; the int8 embedder is not exact over batches."""


def run(query: Callable[[Vectors, int], Nearest], entries: Entries, embedder: Embedder) -> None:
    """Look for the canaries of `entries` with an index's `query`.

    Raises `IndexUnavailable` when one is not found, `ModelUnavailable` when the embedder fails.
    """
    known = entries.canaries
    vectors = embedder.embed([text for _, text in known])
    for (one, _), vector in zip(known, vectors, strict=True):
        if not is_among(one, query(vector, 4), SELF_SIMILARITY):
            raise IndexUnavailable("The vector index does not find what it holds.", "canaries")
