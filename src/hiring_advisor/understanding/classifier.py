"""The learned part of the understanding: which fact each clause of a message states, if any.

A small transformer gives every token of a text a softmax a fact: nothing, or one of the fact's
values. A clause's reading is the mean over its tokens, so it sees what stands around it, and the
place of a fact comes with the fact. Each clause is read twice, within its message and within its
sentence alone, and the two are averaged: context explains, but it also distracts.
`scripts/train_clauses.py` makes the model.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
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
_BATCH = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """How likely it is that the text at `start` to `end` states a value of a fact (0 to 1)."""

    fact: str
    value: str
    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens that are read together, `first` to `last`, and the clauses that they hold."""

    first: int
    last: int
    clauses: tuple[Clause, ...]


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
        # Each fact has one label more than values: nothing, which stands first.
        self._bounds = np.cumsum([len(values) + 1 for values in self._facts.values()])[:-1]

    def read(self, text: str, clauses: Sequence[Clause]) -> list[Reading]:
        """The best reading of each fact at each clause and sentence of the text.

        `clauses` are those of the text, in order. A clause that no token lies in has none.
        """
        session, tokenizer = self._parts()
        encoding = tokenizer.encode(text, add_special_tokens=False)
        offsets = np.asarray(encoding.offsets, np.int64).reshape(-1, 2)
        within_message = list(self._windows(offsets, clauses))
        within_sentence = [
            window
            for _, sentence in groupby(clauses, key=lambda clause: clause.sentence)
            for window in self._windows(offsets, list(sentence))
        ]
        passes = [within_message]
        if within_sentence != within_message:
            passes.append(within_sentence)
        found = [self._probabilities(session, encoding.ids, offsets, windows) for windows in passes]
        readings: list[Reading] = []
        for span in found[0]:
            rows = [one[span] for one in found if span in one]
            readings += self._best(np.mean(rows, axis=0), *span)
        return readings

    def _probabilities(
        self,
        session: InferenceSession,
        ids: Sequence[int],
        offsets: NDArray[np.int64],
        windows: Sequence[Window],
    ) -> dict[tuple[int, int], NDArray[np.float32]]:
        """The probabilities of all labels at each span of the windows, read in batches."""
        found: dict[tuple[int, int], NDArray[np.float32]] = {}
        for begin in range(0, len(windows), _BATCH):
            batch = windows[begin : begin + _BATCH]
            width = max(window.last - window.first for window in batch) + 2
            tokens = np.zeros((len(batch), width), np.int64)
            mask = np.zeros_like(tokens)
            for row, window in enumerate(batch):
                inside = [_CLS, *ids[window.first : window.last], _SEP]
                tokens[row, : len(inside)] = inside
                mask[row, : len(inside)] = 1
            (logits,) = session.run(None, {"input_ids": tokens, "attention_mask": mask})
            for row, window in enumerate(batch):
                places = offsets[window.first : window.last]
                for start, end in spans_of(window.clauses):
                    own = (places[:, 0] >= start) & (places[:, 1] <= end)
                    if own.any():
                        mean = logits[row, 1 : 1 + len(places)][own].mean(axis=0)
                        found[start, end] = self._softmax(np.asarray(mean, np.float32))
        return found

    def _windows(self, offsets: NDArray[np.int64], clauses: Sequence[Clause]) -> Iterator[Window]:
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
                yield Window(first, last, tuple(clauses[place:end]))
            place = end

    def _softmax(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits to probabilities, each fact by itself."""
        parts = np.split(logits, self._bounds)
        scores = [np.exp(part - part.max()) for part in parts]
        return np.concatenate([score / score.sum() for score in scores])

    def _best(self, probabilities: NDArray[np.float32], start: int, end: int) -> Iterator[Reading]:
        parts = np.split(probabilities, self._bounds)
        for (fact, values), part in zip(self._facts.items(), parts, strict=True):
            best = int(part[1:].argmax())
            yield Reading(fact, values[best], start, end, float(part[best + 1]))

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
