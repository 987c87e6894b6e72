"""From a question to passages: vectors and words ranked apart, then fused, with a floor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hiring_advisor.corpus.chunking import Chunk
from hiring_advisor.corpus.documents import Statement
from hiring_advisor.errors import AdvisorError
from hiring_advisor.retrieval.embeddings import Embedder
from hiring_advisor.retrieval.entries import Hit, Nearest
from hiring_advisor.retrieval.index import Index
from hiring_advisor.retrieval.lexical import LexicalIndex

CANDIDATES = 24
FLOOR = 0.39
"""Relevance below which a passage does not answer; calibrated by `scripts/measure_retrieval.py`."""
LEXICAL_FLOOR = 0.45
"""The same where words alone decide, because the vectors are out of reach."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that was found. `relevance`, in [0, 1], compares within one question only."""

    section_id: str
    heading: str
    text: str
    url: str
    rank: int
    relevance: float
    chunk_id: str
    kind: str
    path: tuple[str, ...]
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question, best first. `lexical_only`: the vectors were out of reach."""

    question: str
    passages: tuple[Passage, ...]
    lexical_only: bool = False
    answered: float = 0.0
    """How near the nearest text of the corpus is, a question that it answers included."""
    unanswered: float = -1.0
    """How near the nearest question is that the corpus does not answer."""


class Retriever:
    """Finds passages for questions. Safe to use from several threads.

    The vector index may come later (`use`) or go away: until then words alone decide.
    """

    def __init__(
        self,
        chunks: Sequence[Chunk],
        embedder: Embedder,
        lexical: LexicalIndex,
        *,
        link: Callable[[str], str],
        on_trouble: Callable[[AdvisorError], None] = lambda error: None,
    ) -> None:
        self.chunks = tuple(chunks)
        self.embedder = embedder
        self._lexical = lexical
        self.link = link
        self._on_trouble = on_trouble
        self._index: Index | None = None
        self._in_trouble = False

    @property
    def has_vectors(self) -> bool:
        """Whether the vector index serves."""
        return self._index is not None

    def use(self, index: Index | None) -> None:
        """Switch to a vector index that passed its canaries, or to none."""
        self._index = index
        self._in_trouble = False

    def retrieve(self, question: str, k: int = 4, *, by_words: bool = False) -> Retrieval:
        """Return at most `k` passages, best first; none when nothing clears the floor.

        Vectors and words are searched apart. The order blends both (`_score`); relevance, which
        the floor holds, is cosine similarity blended with the share of the question's words that
        the chunk holds. Without vectors, or asked to go `by_words`, words alone decide both.
        """
        if not question.strip() or not self.chunks:
            return Retrieval(question, ())
        question = self._lexical.correct(question)
        words = self._lexical.scores(question)
        most = float(words.max()) or 1.0
        nearest = None if by_words else self._nearest(question)
        hits = None if nearest is None else nearest.hits
        near = {hit.chunk: hit for hit in hits or ()}
        candidates = {*near, *self._lexical.best(words, CANDIDATES)}
        found: list[tuple[float, float, int]] = []
        for chunk in candidates:
            coverage = self._lexical.coverage(question, chunk)
            lexical = float(words[chunk]) / most
            if hits is None:
                relevance, floor, score = coverage, LEXICAL_FLOOR, lexical + coverage
            else:
                hit = near.get(chunk, Hit(chunk, 0.0))
                relevance, floor = 0.7 * max(0.0, hit.similarity) + 0.3 * coverage, FLOOR
                score = _score(hit, lexical, coverage)
            if relevance >= floor:
                found.append((score, relevance, chunk))
        found.sort(key=lambda one: (-one[0], one[2]))
        passages = tuple(
            self.passage(chunk, rank, relevance)
            for rank, (_, relevance, chunk) in enumerate(found[:k], start=1)
        )
        return Retrieval(
            question,
            passages,
            lexical_only=nearest is None,
            answered=max((hit.similarity for hit in near.values()), default=0.0),
            unanswered=-1.0 if nearest is None else nearest.unanswered,
        )

    def passage(self, chunk: int, rank: int = 0, relevance: float = 1.0) -> Passage:
        """The chunk of that number as a passage."""
        one = self.chunks[chunk]
        return Passage(
            one.section_id, one.heading, one.text, self.link(one.section_id), rank,
            round(relevance, 4), one.chunk_id, one.kind, one.path, one.statements,
        )  # fmt: skip

    def section(self, section_id: str) -> tuple[Passage, ...]:
        """All passages of a section, in reading order."""
        return tuple(
            self.passage(number)
            for number, chunk in enumerate(self.chunks)
            if chunk.section_id == section_id
        )

    def correct(self, text: str) -> str:
        """A question with its typing mistakes mended, as far as its words are of this field."""
        return self._lexical.correct(text)

    def covered(self, text: str) -> float:
        """Share of a text's content words that the corpus knows in some form; in [0, 1]."""
        return self._lexical.known_share(text)

    def _nearest(self, question: str) -> Nearest | None:
        """The nearest chunks by vector, or None where the vectors are out of reach."""
        index = self._index
        if index is None:
            return None
        try:
            vector = self.embedder.embed([question])[0]
            count = min(CANDIDATES, len(self.chunks))
            found = index.query(vector, count)
        except AdvisorError as error:
            if not self._in_trouble:  # the beginning is told, not each question that meets it
                self._in_trouble = True
                self._on_trouble(error)
            return None
        self._in_trouble = False
        return found


def _score(hit: Hit, lexical: float, coverage: float) -> float:
    """The order of passages: half the nearest text, half the breadth, then words.

    Weights by search over the dev questions; reciprocal ranks alone found fewer of them first.
    """
    return 0.5 * hit.similarity + 0.5 * hit.breadth + 0.2 * lexical + 0.1 * coverage
