"""Whether the article answers a question at all: what it does not answer is declined."""

from __future__ import annotations

import re
from collections.abc import Callable

from hiring_advisor.answering.wishes import UNANSWERED_MARGIN
from hiring_advisor.retrieval.retriever import Passage, Retrieval
from hiring_advisor.understanding.clauses import lower_same_length
from hiring_advisor.understanding.questions import Frame

_WANTS_FIGURE = re.compile(
    r"\b(?:how much (?:does|do|is|are|will|would|should|can|to|money|per|for)|how many|"
    r"what percent(?:age)?|percentage of|hourly|day rate|daily rate|per (?:hour|day|month)|"
    r"price list|how high|to the decimal|exact(?:ly)? how|number of|"
    r"(?:what|which|average|typical|usual|expected|current) (?:\w+ ){0,3}"
    r"(?:salar(?:y|ies)|wages?|rates?|prices?|fees?|tenure)|salar(?:y|ies) (?:of|for|in|range|"
    r"level)|"
    r"in (?:euros?|dollars?|usd|eur|inr|rupees)|how (?:big|large|old|tall|far))\b"
)
FOLLOW_UP_MARGIN = 0.1
"""The same for a follow-up: what was put in from the questions before makes it less exact."""
_ON_SUBJECT = 0.2


class Answerability:
    """Picks the passages that answer, or none. `covered` tells the share of a question's content
    words that the corpus knows in some form.
    """

    def __init__(self, covered: Callable[[str], float]) -> None:
        self._covered = covered

    def passages(self, question: Frame, found: Retrieval) -> tuple[Passage, ...]:
        """The passages that answer the question, best first; empty when it must be declined."""
        if not found.passages:
            return ()
        margin = UNANSWERED_MARGIN if question.whole == question.text else FOLLOW_UP_MARGIN
        if found.unanswered - found.answered > margin:
            return ()
        low = lower_same_length(question.text)
        if _WANTS_FIGURE.search(low) and not any(
            char.isdigit() for passage in found.passages[:2] for char in passage.text
        ):
            return ()
        return found.passages

    def reason(self, question: Frame, found: Retrieval) -> str:
        """Why it is declined: off_topic, not_covered or no_figures."""
        nearest = max((passage.relevance for passage in found.passages), default=0.0)
        near = nearest >= _ON_SUBJECT or self._covered(question.whole) >= 0.5
        if near and _WANTS_FIGURE.search(lower_same_length(question.text)):
            return "no_figures"
        return "not_covered" if near else "off_topic"
