"""Typing mistakes in questions: a word that is none becomes the nearest word of the field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_WORD = re.compile(r"[A-Za-z]{4,24}")


class Speller:
    """Corrects words that the language does not know to words that the corpus knows.

    At most one slip in words of up to six letters, two in longer ones (insertion, deletion,
    exchange of neighbours or of a letter); the first letter is taken to be right.
    """

    def __init__(self, known: Iterable[str], is_word: Callable[[str], bool]) -> None:
        self._by_first: dict[str, list[str]] = {}
        self._known = frozenset(word for word in known if word.isalpha() and len(word) >= 4)
        for word in sorted(self._known):
            self._by_first.setdefault(word[0], []).append(word)
        self._is_word = is_word
        self._nearest = lru_cache(maxsize=4096)(self._search)

    def correct(self, text: str) -> str:
        """The text with such words exchanged; everything else stays as it is."""
        return _WORD.sub(lambda match: self._nearest(match.group()), text)

    def _search(self, word: str) -> str:
        low = word.lower()
        if low in self._known or self._is_word(low):
            return word
        from rapidfuzz.distance import DamerauLevenshtein

        limit = 1 if len(low) <= 6 else 2
        best, nearest = limit + 1, word
        for candidate in self._by_first.get(low[0], ()):
            if abs(len(candidate) - len(low)) <= limit:
                distance = DamerauLevenshtein.distance(low, candidate, score_cutoff=limit)
                if distance < best:
                    best, nearest = distance, candidate
        return nearest
