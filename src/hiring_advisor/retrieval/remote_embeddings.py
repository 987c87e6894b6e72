"""Embeddings from an OpenAI-compatible endpoint (`ADVISOR_EMBEDDING=openai:<model>`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.retrieval.embeddings import Vectors

_BATCH = 128


class OpenAIEmbeddings:
    """Vectors from `<base_url>/embeddings`, normalised here.

    One retry, a deadline of `timeout_s` a request; whatever fails becomes `ModelUnavailable`,
    and retrieval goes on with the lexical twin.
    """

    def __init__(
        self, model: str, *, api_key: str, base_url: str | None, timeout_s: float = 3.0
    ) -> None:
        self.name = f"openai:{model}"
        self.dimensions = 0
        self._model = model
        self._arguments: dict[str, Any] = {
            "api_key": api_key,
            "base_url": base_url,
            "timeout": timeout_s,
            "max_retries": 1,
        }
        self._client: Any = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of shape (len(texts), dimensions). Raises `ModelUnavailable`."""
        import openai

        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        if self._client is None:
            self._client = openai.OpenAI(**self._arguments)
        rows: list[list[float]] = []
        try:
            for start in range(0, len(texts), _BATCH):
                answer = self._client.embeddings.create(
                    model=self._model,
                    input=list(texts[start : start + _BATCH]),
                    encoding_format="float",
                )
                rows += [entry.embedding for entry in answer.data]
            vectors = np.asarray(rows, np.float64)
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            raise ModelUnavailable(
                "The embedding service does not answer.", type(error).__name__
            ) from error
        with np.errstate(over="ignore", invalid="ignore"):
            lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
        # A vector of numbers that are none, or beyond all bounds, has no length either.
        is_table = vectors.ndim == 2 and len(vectors) == len(texts)
        if not is_table or not (np.isfinite(lengths) & (lengths > 0)).all():
            raise ModelUnavailable("The embedding service answered nonsense.", "bad_vectors")
        self.dimensions = int(vectors.shape[1])
        return np.asarray(vectors / lengths, np.float32)
