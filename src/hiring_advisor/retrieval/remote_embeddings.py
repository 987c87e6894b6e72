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
            vectors = np.asarray(rows, np.float32)
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            raise ModelUnavailable(
                "The embedding service does not answer.", type(error).__name__
            ) from error
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True) if len(rows) else np.ones((0, 1))
        if len(rows) != len(texts) or not np.isfinite(vectors).all() or (lengths == 0).any():
            raise ModelUnavailable("The embedding service answered nonsense.", "bad_vectors")
        self.dimensions = int(vectors.shape[1]) if len(rows) else 0
        return np.asarray(vectors / lengths, np.float32)
