"""What the vector index holds, and what a query to it finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from hiring_advisor.corpus.chunking import Chunk

CANARIES = 16
SPREAD = 5
"""A chunk stands in the index with each of its questions: so many more entries are asked for."""
_NOT_ANSWERED = "no"


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk by its number (its place in the list of chunks), and how near it is, -1 to 1."""

    chunk: int
    similarity: float
    """Cosine similarity of its nearest text: the chunk itself or one of its questions."""
    breadth: float = 0.0
    """Mean of the chunk itself and of its three nearest questions: one lucky question is less."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest chunks, nearest first, and how near the nearest unanswered question is."""

    hits: tuple[Hit, ...]
    unanswered: float = -1.0


@dataclass(frozen=True, slots=True)
class Entries:
    """What the index holds: an id and a text a vector, in order.

    `3` is chunk 3, `3/1` a question that it answers, `no/7` a question that nothing answers.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]

    @classmethod
    def of(cls, chunks: Sequence[Chunk], not_answered: Sequence[str] = ()) -> Entries:
        """The entries of chunks and of questions that none of them answers."""
        ids = [
            f"{number}/{place}" if place else str(number)
            for number, chunk in enumerate(chunks)
            for place in range(len(chunk.texts))
        ]
        ids += [f"{_NOT_ANSWERED}/{number}" for number in range(len(not_answered))]
        texts = [text for chunk in chunks for text in chunk.texts]
        return cls(tuple(ids), (*texts, *not_answered))

    @property
    def canaries(self) -> list[tuple[str, str]]:
        """Ids and texts, spread over all, that are looked for to see whether all is there."""
        step = max(1, len(self.texts) // CANARIES)
        return list(zip(self.ids, self.texts, strict=True))[::step]


@lru_cache(maxsize=4096)
def _taken_apart(one: str) -> tuple[int | None, bool]:
    """The chunk of an entry's id, None for what nothing answers, and whether it is a question."""
    number, _, place = one.partition("/")
    return None if number == _NOT_ANSWERED else int(number), bool(place)


def collapse(found: Sequence[tuple[str, float]], k: int) -> Nearest:
    """At most `k` chunks from the hits of entries (id and similarity, nearest first).

    What was not returned counts as near as the farthest entry that was.
    """
    unanswered = -1.0
    own: dict[int, float] = {}
    questions: dict[int, list[float]] = {}
    order: dict[int, float] = {}
    for one, similarity in found:
        chunk, is_question = _taken_apart(one)
        if chunk is None:
            unanswered = max(unanswered, similarity)
            continue
        order.setdefault(chunk, similarity)
        if is_question:
            questions.setdefault(chunk, []).append(similarity)
        else:
            own[chunk] = similarity
    tail = found[-1][1] if found else 0.0
    hits = []
    for chunk, nearest in order.items():
        three = (questions.get(chunk, []) + [tail] * 3)[:3]
        hits.append(Hit(chunk, nearest, 0.5 * own.get(chunk, tail) + sum(three) / 6))
    return Nearest(tuple(hits[:k]), unanswered)


def is_among(one: str, found: Nearest, similarity: float) -> bool:
    """Whether an entry's chunk (or the unanswered questions) is found at least that near."""
    number = one.partition("/")[0]
    if number == _NOT_ANSWERED:
        return found.unanswered >= similarity
    return any(hit.chunk == int(number) and hit.similarity >= similarity for hit in found.hits)
