"""The lexical twin: BM25 over the same chunks. It also serves alone when Chroma cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from hiring_advisor.corpus.chunking import Chunk
from hiring_advisor.retrieval.spelling import Speller
from hiring_advisor.retrieval.terms import Vocabulary, content_stems, words

_REMEMBERED = 256
"""Questions, and chunks, whose words are remembered: a turn looks at the same ones repeatedly."""


class LexicalIndex:
    """BM25 (Lucene's variant, k1 1.2, b 0.6) with stems and the vocabulary's synonyms."""

    def __init__(
        self,
        chunks: Sequence[Chunk],
        vocabulary: Vocabulary,
        is_word: Callable[[str], bool] = lambda word: True,
    ) -> None:
        """`is_word` knows the language's words: only what is none is ever corrected."""
        import bm25s

        self._vocabulary = vocabulary
        known = {word for chunk in chunks for text in chunk.texts for word in words(text)}
        self._speller = Speller(known | vocabulary.words, is_word)
        self._ids: dict[str, int] = {}
        documents = [
            [
                self._ids.setdefault(one, len(self._ids))
                for text in chunk.texts
                for one in content_stems(text)
            ]
            for chunk in chunks
        ]
        # The terms of each chunk, as numbers: a set of words a chunk would be ten times as large.
        self._held = [np.unique(np.asarray(one, np.int32)) for one in documents]
        self._bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
        self._bm25.index((documents, self._ids), show_progress=False)
        counts = np.zeros(len(self._ids) + 1)
        for held in self._held:
            counts[held] += 1
        self._weighed = lru_cache(maxsize=_REMEMBERED)(self._weigh)
        # Most chunks of a small corpus are candidates of most questions.
        self._terms = lru_cache(maxsize=_REMEMBERED)(self._terms_of)
        self._idf = np.log1p((len(chunks) - counts + 0.5) / (counts + 0.5))

    def scores(self, question: str) -> np.ndarray:
        """BM25 score of every chunk, shape (chunks,); zeros when no term is known."""
        known = [self._ids[one] for one in self._vocabulary.expand(question) if one in self._ids]
        if not known:
            return np.zeros(len(self._held), np.float32)
        return np.asarray(self._bm25.get_scores_from_ids(known), np.float32)

    def coverage(self, question: str, chunk: int) -> float:
        """Share of the question's content, weighed by rarity, that a chunk holds; in [0, 1].

        A word that the whole corpus does not hold weighs as much as the rarest one.
        """
        total, weighed = self._weighed(question)
        held = self._terms(chunk)
        got = sum(weight for weight, saying in weighed if not held.isdisjoint(saying))
        return got / total if total else 0.0

    def _weigh(self, question: str) -> tuple[float, tuple[tuple[float, frozenset[int]], ...]]:
        """The weight of all content, and of each stem with the terms that would say it."""
        weighed = []
        total = 0.0
        for one, others in self._vocabulary.readings(question).items():
            weight = float(self._idf[self._ids.get(one, -1)])
            total += weight
            saying = frozenset(self._ids[term] for term in (one, *others) if term in self._ids)
            weighed.append((weight, saying))
        return total, tuple(weighed)

    def _terms_of(self, chunk: int) -> frozenset[int]:
        return frozenset(self._held[chunk].tolist())

    def best(self, scores: np.ndarray, count: int) -> list[int]:
        """The chunks of the highest scores above 0, at most `count`; of equals the first."""
        if len(scores) > count:
            least = np.partition(scores, -count)[-count]
            some = np.flatnonzero((scores >= least) & (scores > 0))
        else:
            some = np.flatnonzero(scores > 0)
        order = np.argsort(-scores[some], kind="stable")[:count]
        return [int(one) for one in some[order]]

    def correct(self, text: str) -> str:
        """A text with its typing mistakes mended, as far as its words are of this field."""
        return self._speller.correct(text)

    def known_share(self, text: str) -> float:
        """Share of a text's content stems that some chunk holds, as they are or in other words.

        1 for a text without any.
        """
        readings = self._vocabulary.readings(text)
        if not readings:
            return 1.0
        known = sum(one in self._ids or bool(others) for one, others in readings.items())
        return known / len(readings)
