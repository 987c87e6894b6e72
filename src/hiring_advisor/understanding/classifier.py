"""The learned part of the understanding: which fact each clause of a message states, if any.

A small transformer gives every token of a text a softmax a fact: nothing, or one of the fact's
values. A clause's reading is the mean over its tokens, so it sees what stands around it, and the
place of a fact comes with the fact. A clause is read within its message; where that leaves it
open, within its sentence alone as well, and the two are averaged: context explains, but it also
distracts.
`scripts/train_clauses.py` makes the model.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hiring_advisor.retrieval.onnx import CLS, SEP, load_session, load_tokenizer
from hiring_advisor.understanding.clauses import Clause, spans_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MODEL, SETTINGS = "clauses-int8.onnx", "clauses.json"
NOTHING, SURE = 0.15, 0.85
"""Below and above, a second reading changes no verdict of the development messages."""

Span = tuple[int, int]


class Reading(NamedTuple):
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
        ends = np.cumsum([len(values) + 1 for values in self._facts.values()]).tolist()
        self._labels = [slice(first, end) for first, end in pairwise([0, *ends])]

    def read(self, text: str, clauses: Sequence[Clause]) -> list[Reading]:
        """The best reading of each fact at each clause and sentence of the text.

        `clauses` are those of the text, in order. A clause that no token lies in has none.
        """
        session, tokenizer = self._parts()
        encoding = tokenizer.encode(text, add_special_tokens=False)
        offsets = np.asarray(encoding.offsets, np.int64).reshape(-1, 2)
        wide = list(_windows(offsets, clauses, self._max_tokens))
        narrow = [
            window
            for _, sentence in groupby(clauses, key=lambda clause: clause.sentence)
            for window in _windows(offsets, list(sentence), self._max_tokens)
        ]
        within_message = self._logits(session, encoding.ids, offsets, wide)
        spans = list(within_message)
        if not spans:
            return []
        first = self._softmax(np.asarray(list(within_message.values())))
        if narrow == wide:
            return list(self._best(first, spans))
        is_open = self._open(first, spans)
        again = [one for one in narrow if not is_open.isdisjoint(spans_of(one.clauses))]
        within_sentence = self._logits(session, encoding.ids, offsets, again)
        second = [within_sentence.get(span, within_message[span]) for span in spans]
        return list(self._best((first + self._softmax(np.asarray(second))) / 2, spans))

    def _open(self, probabilities: NDArray[Any], spans: Sequence[Span]) -> set[Span]:
        """The spans at which the reading of some fact is neither sure nor out of the question."""
        parts = [probabilities[:, labels] for labels in self._labels]
        highest = np.stack([part[:, 1:].max(axis=1) for part in parts], axis=1)
        doubtful = (highest > NOTHING) & (highest < SURE)
        return {span for span, row in zip(spans, doubtful, strict=True) if row.any()}

    def _logits(
        self,
        session: InferenceSession,
        ids: Sequence[int],
        offsets: NDArray[np.int64],
        windows: Sequence[Window],
    ) -> dict[Span, NDArray[np.float32]]:
        """The logits of all labels at each span of the windows that has tokens."""
        found: dict[Span, NDArray[np.float32]] = {}
        for window in windows:
            # One at a time: padding would change what the int8 weights make of the others.
            tokens = np.asarray([[CLS, *ids[window.first : window.last], SEP]], np.int64)
            (result,) = session.run(
                None, {"input_ids": tokens, "attention_mask": np.ones_like(tokens)}
            )
            sums = np.cumsum(result[0, :-1], axis=0, dtype=np.float64)
            starts, ends = offsets[window.first : window.last].T
            spans = spans_of(window.clauses)
            begin = starts.searchsorted([start for start, _ in spans])
            stop = ends.searchsorted([end for _, end in spans], side="right")
            count = np.maximum(stop - begin, 1)[:, np.newaxis]
            means = ((sums[stop] - sums[begin]) / count).astype(np.float32)
            found |= {
                span: mean
                for span, mean, has_tokens in zip(spans, means, begin < stop, strict=True)
                if has_tokens
            }
        return found

    def _softmax(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows of logits to rows of probabilities, each fact by itself."""
        if not len(logits):
            return logits
        scores = [
            np.exp(part - part.max(axis=1, keepdims=True))
            for part in (logits[:, labels] for labels in self._labels)
        ]
        return np.hstack([score / score.sum(axis=1, keepdims=True) for score in scores])

    def _best(self, probabilities: NDArray[Any], spans: Sequence[Span]) -> Iterator[Reading]:
        if not spans:
            return
        for (fact, values), labels in zip(self._facts.items(), self._labels, strict=True):
            part = probabilities[:, labels][:, 1:]
            best, highest = part.argmax(axis=1).tolist(), part.max(axis=1).tolist()
            for (start, end), value, probability in zip(spans, best, highest, strict=True):
                yield Reading(fact, values[value], start, end, probability)

    def _parts(self) -> tuple[InferenceSession, Tokenizer]:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> tuple[InferenceSession, Tokenizer]:
        return load_session(self._models, MODEL), load_tokenizer(self._models)


def _windows(offsets: NDArray[np.int64], clauses: Sequence[Clause], limit: int) -> Iterator[Window]:
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
            if last - first > limit:
                break
            end += 1
            if end == len(clauses) or clauses[end].sentence != clauses[end - 1].sentence:
                fits = end
        end = fits if fits > place else max(end, place + 1)
        last = int(np.searchsorted(offsets[:, 1], clauses[end - 1].end, side="right"))
        last = min(max(last, first), first + limit)
        if last > first:
            yield Window(first, last, tuple(clauses[place:end]))
        place = end
