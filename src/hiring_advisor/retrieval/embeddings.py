"""Sentence embeddings: MiniLM inside the process, or an OpenAI-compatible endpoint.

Vectors are float32, of unit length; a dot product of two is their cosine similarity.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from hiring_advisor.errors import ContentError
from hiring_advisor.retrieval.onnx import SEP, load_session, load_tokenizer

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

Vectors = NDArray[np.float32]
"""Shape (texts, dimensions)."""

MAX_TOKENS = 256


class Embedder(Protocol):
    """Turns texts into unit vectors. `name` goes into the index's fingerprint."""

    @property
    def name(self) -> str:
        """What it is called in fingerprints."""
        ...

    @property
    def dimensions(self) -> int:
        """Numbers in a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text, in order. Raises `ModelUnavailable` when it cannot."""
        ...


class MiniLM:
    """all-MiniLM-L6-v2, int8, from the package's model files; about a millisecond a sentence.

    The model is loaded at the first use. Recent texts are remembered, because one message's
    clauses are looked at by more than one step.
    """

    dimensions = 384

    def __init__(self, models: Path, *, remember: int = 2048) -> None:
        self.name = f"minilm-int8+{_checksum(models, 'minilm-int8.data')[:12]}"
        self._models = models
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._loaded: tuple[InferenceSession, Tokenizer] | None = None
        self._recent: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._remember = remember

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of shape (len(texts), 384); longer texts are cut at 256 tokens."""
        found: dict[str, NDArray[np.float32]] = {}
        for text in texts:
            if text not in found:
                found[text] = self._one(text)
        if not found:
            return np.zeros((0, self.dimensions), np.float32)
        return np.stack([found[text] for text in texts])

    def _one(self, text: str) -> NDArray[np.float32]:
        """The vector of a text. Nobody waits for another's: an index is built beside questions."""
        with self._lock:
            if (known := self._recent.get(text)) is not None:
                self._recent.move_to_end(text)
                return known
        vector = self._run(text)
        with self._lock:
            self._recent[text] = vector
            while len(self._recent) > self._remember:
                self._recent.popitem(last=False)
        return vector

    def remembers(self, texts: Sequence[str]) -> bool:
        """Whether the vectors of all these texts are there without a run of the model."""
        with self._lock:
            return all(text in self._recent for text in texts)

    def is_word(self, word: str) -> bool:
        """Whether the vocabulary knows a lower-case word whole: then it is no typing slip."""
        _, tokenizer = self._loaded or self._load()
        return tokenizer.token_to_id(word) is not None

    def _run(self, text: str) -> NDArray[np.float32]:
        session, tokenizer = self._loaded or self._load()
        # One by one: int8 activations are scaled over the whole batch, so that in a batch a
        # text's vector would depend on its neighbours. The same text, the same vector.
        tokens = tokenizer.encode(text).ids
        if len(tokens) > MAX_TOKENS:
            tokens = [*tokens[: MAX_TOKENS - 1], SEP]
        ids = np.asarray([tokens], np.int64)
        (result,) = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        return np.asarray(result[0], np.float32)

    def _load(self) -> tuple[InferenceSession, Tokenizer]:
        with self._loading:
            if self._loaded is None:
                session = load_session(self._models, "minilm-int8.onnx")
                self._loaded = session, load_tokenizer(self._models)
            return self._loaded


def _checksum(models: Path, name: str) -> str:
    """A model file's SHA-256 as `SHA256SUMS` gives it. Raises `ContentError`."""
    for line in (models / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, _, known = line.partition("  ")
        if known == name:
            return digest
    raise ContentError(f"SHA256SUMS does not name {name}: install the package anew.")
