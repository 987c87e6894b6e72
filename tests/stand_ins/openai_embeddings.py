"""Embeddings of the stand-in: made of hashes, so that they need no model and never change.

Each word is a random direction and a text is the sum of its words, brought to length 1. Texts that
share words lie nearer to each other than texts that do not: all that a retrieval test needs.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .openai_completion import count_tokens
from .openai_requests import EmbeddingsRequest

Vector = NDArray[np.float64]


def embed(text: str, dimensions: int) -> NDArray[np.float32]:
    """Return the unit vector of a text; upper and lower case are the same."""
    words = re.findall(r"\w+", text.lower()) or [text]
    total: Vector = np.sum([_direction(word, dimensions) for word in words], axis=0)
    return (total / np.linalg.norm(total)).astype(np.float32)


def embeddings_body(request: EmbeddingsRequest) -> dict[str, Any]:
    """Return the answer of `/v1/embeddings`, one vector for each text, in their order."""
    data = []
    for index, text in enumerate(request.texts):
        vector = embed(text, request.dimensions)
        # Little-endian single floats, whatever the machine: that is what clients decode.
        packed = base64.b64encode(vector.astype("<f4").tobytes()).decode()
        embedding = packed if request.base64 else vector.tolist()
        data.append({"object": "embedding", "index": index, "embedding": embedding})
    tokens = sum(count_tokens(text) for text in request.texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": request.model, "usage": usage}


@lru_cache(maxsize=4096)
def _direction(word: str, dimensions: int) -> Vector:
    digest = hashlib.shake_256(word.encode()).digest(4 * dimensions)
    # Whole numbers spread evenly around zero: a random direction without any generator's state.
    return np.frombuffer(digest, dtype="<i4").astype(np.float64) / 2**31
