"""Cuts a stream of text into whole sentences with their trailing [n] markers. Pure."""

from __future__ import annotations

import re

_MARKERS = r"(?:\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\])*"
# A sentence ends at its mark, or with its line where the next one begins a new one; white space
# within is nothing.
_END = re.compile(rf"(?<=[.!?])[\"”’)]*{_MARKERS}(?=\s+\S|$)|\n+(?=\s*[^\sa-z])|\n\s*\n")
_TRAILING_MARKERS = re.compile(r"^\s*(?:\[\d{1,3}(?:\s*,\s*\d{1,3})*\]\s*)+")
_IS_WHOLE = re.compile(rf"[.!?][\"”’)]*{_MARKERS}$")
_MARKER = r"\[\d{1,3}(?:\s*,\s*\d{1,3})*\]"
_IS_CITED = re.compile(rf"(?:[.!?][\"”’)]*(?P<after>(?:\s*{_MARKER})+)|{_MARKER}[.!?])$")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|approx|ca|Dr|Mr|Mrs|Ms|No|Inc|Ltd|St)\.$")
_MAY_GO_ON = re.compile(r"(?:\d|\b[a-z])\.$")
"""At the end of a stream: "3." may have begun a "3.5", "e." an "e.g."."""


class Cutter:
    """Takes pieces, gives sentences.

    A sentence is given out when the next one has begun, so that its markers are all there; what
    is left at the end is given out only when it ends like a sentence: never half a word.
    """

    def __init__(self) -> None:
        self._pending = ""

    def feed(self, piece: str) -> list[str]:
        """The sentences that a piece completes."""
        self._pending += piece
        found = []
        while (cut := _first_end(self._pending)) is not None:
            sentence, self._pending = self._pending[:cut].strip(), self._pending[cut:]
            if _is_whole(sentence):
                found.append(sentence)
        return found

    def early(self) -> str | None:
        """What is left, where it looks like a whole sentence with its markers already.

        More markers may follow: the sentence as `feed` gives it begins with this one.
        """
        sentence = self._pending.strip()
        cited = _IS_CITED.search(sentence)
        if cited is None or not _has_no_open_quote(sentence):
            return None
        bare = sentence[: cited.start("after")] if cited["after"] else sentence
        return None if _ABBREVIATION.search(bare) else sentence

    def end(self) -> str | None:
        """What is left at the end of the stream, where it is a whole sentence."""
        rest = self._pending.strip()
        is_over = _is_whole(rest) and not _MAY_GO_ON.search(rest)
        return rest if is_over and _has_no_open_quote(rest) else None


def _has_no_open_quote(sentence: str) -> bool:
    return sentence.count("“") == sentence.count("”")


def _is_whole(sentence: str) -> bool:
    return bool(_IS_WHOLE.search(sentence)) and not _ABBREVIATION.search(sentence)


def _first_end(text: str) -> int | None:
    """Where the first sentence ends, when the beginning of the next one is already there."""
    for match in _END.finditer(text):
        end = match.end()
        if _ABBREVIATION.search(text[: match.start()]):
            continue
        markers = _TRAILING_MARKERS.match(text[end:])
        if markers:  # "… scale. [1] Next": the marker belongs to the sentence before
            end += markers.end()
        rest = text[end:].lstrip()
        if not rest or rest.startswith("["):
            return None
        return end
    return None
