"""What a turn is to do, decided from what was understood: the one table of precedence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hiring_advisor.retrieval.retriever import Retrieval
from hiring_advisor.retrieval.terms import content_stems
from hiring_advisor.understanding.extractor import Understanding

UNANSWERED_MARGIN = 0.02
"""By how much a question that nothing answers must be nearer than one that the corpus answers."""
ON_SUBJECT = 0.5
"""How near to the corpus a request for advice must be that names things it does not know."""

Kind = Literal[
    "recommend", "why", "flips", "answer", "small_talk", "handoff", "new_project", "orders", "empty"
]


@dataclass(frozen=True, slots=True)
class Wish:
    """The turn's task. `detail` names the small talk or the kind of hand-off."""

    kind: Kind
    detail: str = ""

    @property
    def needs_verdict(self) -> bool:
        """Whether the scoring tool is called."""
        return self.kind in {"recommend", "why", "flips", "new_project"}

    def needs_passages(self, understood: Understanding) -> bool:
        """Whether the article is searched: for an answer, for a question beside a project, and
        where it has to tell whether a request for advice is one of this field at all.
        """
        if self.kind == "recommend" and (understood.news or understood.answered):
            return asks_beside(understood)
        return self.kind in {"answer", "recommend"}

    def is_comparison(self, understood: Understanding, found: Retrieval) -> bool:
        """Whether "freelancers or employees?" is asked of one aspect and not of a project.

        Nothing of a project is known or told, and a row of the article's comparison fits best.
        """
        if self.kind != "recommend" or understood.facts or understood.answered:
            return False
        if understood.intent.is_own or understood.intent.describes:
            return False
        return bool(found.passages) and found.passages[0].kind == "row"

    def is_off_subject(self, understood: Understanding, found: Retrieval, known: float) -> bool:
        """Whether advice is asked for on something else ("should we hire a plumber?").

        Only where nothing of a project was told. Either some of its words are not of this field
        (`known` is the share that is), or it is nearer to what the corpus does not answer.
        """
        if self.kind != "recommend" or understood.news or understood.answered:
            return False
        if not content_stems(understood.intent.beside):
            return False  # "please advise us" is about what was told before
        if understood.intent.describes:
            return not understood.intent.in_field
        if found.lexical_only:
            return False
        foreign = known < 1.0 and found.answered < ON_SUBJECT and not understood.intent.in_field
        return foreign or found.unanswered - found.answered > UNANSWERED_MARGIN


def asks_beside(understood: Understanding) -> bool:
    """Whether a question about the article stands beside the project that is told."""
    intent, question = understood.intent, understood.question
    return bool(intent.question and not intent.recommend and (question.side or question.valence))


def wish_of(understood: Understanding, verdict_before: str | None) -> Wish:
    """Decide: facts that were told come before a question, a question before small talk."""
    intent = understood.intent
    text = understood.question.text.strip()
    if not any(char.isalnum() for char in text):
        return Wish("empty")
    if understood.answered:
        return Wish("recommend")
    if intent.handoff and not understood.news:
        return Wish("handoff", intent.handoff)
    if intent.asks_flips and (verdict_before or understood.facts):
        return Wish("flips")
    if intent.asks_why and verdict_before and len(text.split()) <= 8:
        return Wish("why")
    if intent.new_project and not understood.news:
        return Wish("new_project")
    if intent.orders and not understood.news:
        return Wish("orders")
    if intent.recommend or understood.news:
        return Wish("recommend")
    if intent.small_talk:
        return Wish("small_talk", intent.small_talk)
    if intent.describes and not intent.question:
        return Wish("recommend")  # a project told without a question asks for advice
    return Wish("answer")
