"""The lexical twin: BM25 over the same chunks. It also serves alone when Chroma cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hiring_advisor.corpus.chunking import Chunk
from hiring_advisor.retrieval.spelling import Speller
from hiring_advisor.retrieval.terms import Vocabulary, content_stems, words


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
        self._stems = [frozenset(content_stems(" ".join(chunk.texts))) for chunk in chunks]
        terms = sorted(set().union(*self._stems)) if chunks else []
        self._ids = {term: number for number, term in enumerate(terms)}
        documents = [
            [self._ids[one] for text in chunk.texts for one in content_stems(text)]
            for chunk in chunks
        ]
        self._bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
        self._bm25.index((documents, self._ids), show_progress=False)
        counts = np.zeros(len(terms) + 1)
        for stems in self._stems:
            for one in stems:
                counts[self._ids[one]] += 1
        self._idf = np.log1p((len(chunks) - counts + 0.5) / (counts + 0.5))

    def scores(self, question: str) -> np.ndarray:
        """BM25 score of every chunk, shape (chunks,); zeros when no term is known."""
        known = [self._ids[one] for one in self._vocabulary.expand(question) if one in self._ids]
        if not known:
            return np.zeros(len(self._stems), np.float32)
        return np.asarray(self._bm25.get_scores_from_ids(known), np.float32)

    def coverage(self, question: str, chunk: int) -> float:
        """Share of the question's content, weighed by rarity, that a chunk holds; in [0, 1].

        A word that the whole corpus does not hold weighs as much as the rarest one.
        """
        held = self._stems[chunk]
        total = got = 0.0
        for one, others in self._vocabulary.readings(question).items():
            weight = float(self._idf[self._ids.get(one, -1)])
            total += weight
            if one in held or not held.isdisjoint(others):
                got += weight
        return got / total if total else 0.0

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
