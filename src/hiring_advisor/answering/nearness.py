"""How near a sentence's meaning is to the passages that it cites."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from hiring_advisor.errors import AdvisorError
from hiring_advisor.retrieval.embeddings import Embedder, MiniLM, Vectors
from hiring_advisor.retrieval.retriever import Passage

PATIENCE_S = 3.0
"""An embedder that takes longer is out of reach."""


class Nearness:
    """Measures for one answer. Its passages are embedded while the model still thinks."""

    def __init__(self, embedder: Embedder, passages: Sequence[Passage]) -> None:
        self._embedder = embedder
        self._rows: dict[str, list[int]] = {}
        texts: dict[str, int] = {}
        for passage in passages:
            own = (passage.text, *(statement.text for statement in passage.statements))
            self._rows[passage.chunk_id] = [texts.setdefault(text, len(texts)) for text in own]
        self._passages = asyncio.create_task(self._vectors(list(texts)))

    async def of(self, sentence: str, cited: Sequence[Passage]) -> float | None:
        """The highest cosine similarity to a cited passage or one of its statements.

        None where the embedder is out of reach.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                vectors = await asyncio.shield(self._passages)
                if vectors is None:
                    return None
                one = await self._vectors([sentence])
        except TimeoutError:
            return None
        rows = [row for passage in cited for row in self._rows[passage.chunk_id]]
        return None if one is None else float(np.max(vectors[rows] @ one[0]))

    def close(self) -> None:
        """Wait for nothing more."""
        self._passages.cancel()

    async def _vectors(self, texts: list[str]) -> Vectors | None:
        """The vectors of texts, off the event loop; at once where they are remembered."""
        if isinstance(self._embedder, MiniLM) and self._embedder.remembers(texts):
            return self._embed(texts)
        return await asyncio.to_thread(self._embed, texts)

    def _embed(self, texts: list[str]) -> Vectors | None:
        try:
            return self._embedder.embed(texts)
        except AdvisorError:
            return None
