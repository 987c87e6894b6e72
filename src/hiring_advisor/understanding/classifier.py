"""The learned part of the understanding: which fact each clause of a message states, if any.

A small transformer reads the message once, in windows of whole sentences, and gives every token
a softmax a fact: nothing, or one of the fact's values. A clause's reading is the mean over its
tokens, so it sees what stands around it, and the place of a fact comes with the fact.
`scripts/train_clauses.py` makes the model.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hiring_advisor.understanding.clauses import Clause, spans_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MODEL, SETTINGS, TOKENIZER = "clauses-int8.onnx", "clauses.json", "minilm-tokenizer.json"
_CLS, _SEP = 101, 102


@dataclass(frozen=True, slots=True)
class Reading:
    """How likely it is that the text at `start` to `end` states a value of a fact (0 to 1)."""

    fact: str
    value: str
    start: int
    end: int
    probability: float


class ClauseClassifier:
    """Reads clauses with the package's model. Deterministic; may be shared between threads.

    The model is loaded at the first use.
    """

    def __init__(self, models: Path) -> None:
        self._models = models
        self._lock = threading.Lock()
        self._loaded: tuple[InferenceSession, Tokenizer] | None = None
        settings = json.loads((models / SETTINGS).read_text(encoding="utf-8"))
        self._max_tokens = int(settings["max_tokens"])
        self.threshold = float(settings["threshold"])
        """Readings below it are guesses; chosen for the best facts on the development messages."""
        self._facts: dict[str, list[str]] = settings["facts"]

    def read(self, text: str, clauses: Sequence[Clause]) -> list[Reading]:
        """The best reading of each fact at each clause and sentence of the text.

        `clauses` are those of the text, in order. A clause that no token lies in has none.
        """
        session, tokenizer = self._parts()
        readings: list[Reading] = []
        encoding = tokenizer.encode(text, add_special_tokens=False)
        offsets = np.asarray(encoding.offsets, np.int64).reshape(-1, 2)
        for first, last, inside in self._windows(offsets, clauses):
            ids = np.asarray([[_CLS, *encoding.ids[first:last], _SEP]], np.int64)
            (result,) = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
            logits = np.asarray(result[0, 1:-1], np.float32)
            for start, end in spans_of(inside):
                rows = _within(offsets[first:last], start, end)
                if rows.any():
                    readings += self._best(logits[rows].mean(axis=0), start, end)
        return readings

    def _windows(
        self, offsets: NDArray[np.int64], clauses: Sequence[Clause]
    ) -> Iterator[tuple[int, int, list[Clause]]]:
        """Token ranges with the clauses in them: whole sentences, as many as fit.

        A sentence that does not fit is cut between its clauses, a clause that does not fit after
        the last token that does.
        """
        place = 0
        while place < len(clauses):
            first = int(np.searchsorted(offsets[:, 0], clauses[place].start))
            end = place
            fits = place
            while end < len(clauses):
                last = int(np.searchsorted(offsets[:, 1], clauses[end].end, side="right"))
                if last - first > self._max_tokens:
                    break
                end += 1
                if end == len(clauses) or clauses[end].sentence != clauses[end - 1].sentence:
                    fits = end
            end = fits if fits > place else max(end, place + 1)
            last = int(np.searchsorted(offsets[:, 1], clauses[end - 1].end, side="right"))
            last = min(max(last, first), first + self._max_tokens)
            if last > first:
                yield first, last, list(clauses[place:end])
            place = end

    def _best(self, logits: NDArray[np.float32], start: int, end: int) -> Iterator[Reading]:
        place = 0
        for fact, values in self._facts.items():
            scores = np.exp(
                logits[place : place + len(values) + 1]
                - logits[place : place + len(values) + 1].max()
            )
            probabilities = scores / scores.sum()
            best = int(probabilities[1:].argmax())
            yield Reading(fact, values[best], start, end, float(probabilities[best + 1]))
            place += len(values) + 1

    def _parts(self) -> tuple[InferenceSession, Tokenizer]:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> tuple[InferenceSession, Tokenizer]:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        # One thread a message: turns run side by side, and the result does not depend on timing.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            str(self._models / MODEL), options, providers=["CPUExecutionProvider"]
        )
        return session, Tokenizer.from_file(str(self._models / TOKENIZER))


def _within(offsets: NDArray[np.int64], start: int, end: int) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (offsets[:, 0] >= start) & (offsets[:, 1] <= end)
    return inside
