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

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

Vectors = NDArray[np.float32]
"""Shape (texts, dimensions)."""

MAX_TOKENS = 256


class Embedder(Protocol):
    """Turns texts into unit vectors. `name` goes into the index's fingerprint."""

    name: str
    dimensions: int

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
        self.name = f"minilm-int8+{_checksum(models, 'minilm-int8.onnx')[:12]}"
        self._models = models
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._loaded: tuple[InferenceSession, Tokenizer] | None = None
        self._recent: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._remember = remember

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of shape (len(texts), 384); longer texts are cut at 256 tokens."""
        # Embedded outside the lock: a question never waits for the batch of an index build.
        with self._lock:
            found = {text: self._recent[text] for text in texts if text in self._recent}
        unknown = [text for text in dict.fromkeys(texts) if text not in found]
        found.update(zip(unknown, self._run(unknown), strict=True))
        with self._lock:
            for text in texts:
                self._recent[text] = found[text]
                self._recent.move_to_end(text)
            while len(self._recent) > self._remember:
                self._recent.popitem(last=False)
        if not found:
            return np.zeros((0, self.dimensions), np.float32)
        return np.stack([found[text] for text in texts])

    def is_word(self, word: str) -> bool:
        """Whether the vocabulary knows a lower-case word whole: then it is no typing slip."""
        _, tokenizer = self._loaded or self._load()
        return tokenizer.token_to_id(word) is not None

    def _run(self, texts: list[str]) -> list[NDArray[np.float32]]:
        if not texts:
            return []
        session, tokenizer = self._loaded or self._load()
        vectors = []
        for encoded in tokenizer.encode_batch(texts):
            # One by one: int8 activations are scaled over the whole batch, so that in a batch a
            # text's vector would depend on its neighbours. The same text, the same vector.
            ids = np.asarray([encoded.ids], np.int64)
            (result,) = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
            vectors.append(np.asarray(result[0], np.float32))
        return vectors

    def _load(self) -> tuple[InferenceSession, Tokenizer]:
        with self._loading:
            return self._loaded or self._read()

    def _read(self) -> tuple[InferenceSession, Tokenizer]:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        # One thread a query: a short sentence gains nothing from two, and turns run side by side.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            str(self._models / "minilm-int8.onnx"), options, providers=["CPUExecutionProvider"]
        )
        tokenizer = Tokenizer.from_file(str(self._models / "minilm-tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        self._loaded = session, tokenizer
        return self._loaded


def _checksum(models: Path, name: str) -> str:
    """A model file's SHA-256 as `SHA256SUMS` gives it. Raises `ContentError`."""
    for line in (models / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, _, known = line.partition("  ")
        if known == name:
            return digest
    raise ContentError(f"SHA256SUMS does not name {name}: install the package anew.")
