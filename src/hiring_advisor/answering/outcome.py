"""A turn in the making: what went into it, and what an answer adds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hiring_advisor.answering.sources import SourceList
from hiring_advisor.answering.turn import Citation, Event, Kind, Question, Sentence
from hiring_advisor.answering.wishes import Wish
from hiring_advisor.retrieval.retriever import Retrieval
from hiring_advisor.scoring.recommendation import Recommendation
from hiring_advisor.understanding.extractor import Understanding
from hiring_advisor.understanding.intent import Intent
from hiring_advisor.understanding.questions import frame


@dataclass(slots=True)
class Outcome:
    """A turn in the making: what went in, and what the composer adds."""

    understood: Understanding
    wish: Wish
    found: Retrieval
    result: Recommendation | None
    verdict_before: str | None
    asked: frozenset[str] = frozenset()
    """Questions that were asked earlier in the conversation."""
    kind: Kind = "answer"
    sentences: list[Sentence] = field(default_factory=list)
    citations: tuple[Citation, ...] = ()
    question: Question | None = None
    suggestions: tuple[str, ...] = ()
    degraded: bool = False
    cut_short: bool = False
    """The model's wording broke off after a part of it was shown."""
    sources: SourceList | None = None
    trace: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def nothing_yet(cls) -> Outcome:
        """What there is of a turn that was cut short before it was understood."""
        question = frame("")
        return cls(
            Understanding(Intent(), question, {}, {}), Wish("empty"), Retrieval("", ()), None, None
        )

    @property
    def text(self) -> str:
        """The answer as plain text with [n] markers."""
        return " ".join(
            sentence.text + "".join(f" [{number}]" for number in sentence.citations)
            for sentence in self.sentences
        )

    def show(self, sentence: Sentence, sources: SourceList | None = None) -> Iterator[Event]:
        """Add a sentence and yield its events; its sources go ahead of it."""
        if sources is not None and len(sources.citations) > len(self.citations):
            self.citations = sources.citations
            yield Event("citations", sources.citations)
        self.sentences.append(sentence)
        yield Event("answer.sentence", sentence)
