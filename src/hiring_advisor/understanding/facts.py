"""Facts about a project: no fact without the visitor's own words.

A fact is three-valued: one of the rubric's values, or not there at all, which means unknown.
Unknown is never no.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hiring_advisor.understanding.messages import Message


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the visitor told us, with its witness.

    `quote` is verbatim from the message `message_id`, at `start` to `end` (offsets in code points).
    Where the visitor picked one of the options of a question, the quote is the text they picked.
    """

    value: str
    quote: str
    message_id: str
    start: int = 0
    end: int = 0

    def __post_init__(self) -> None:
        if not self.value or not self.quote.strip() or not self.message_id:
            raise ValueError("a fact needs a value, a quote and the message it stands in")


Facts = Mapping[str, Fact]
"""Fact name to fact; a name that is missing is unknown."""


def is_witnessed(fact: Fact, messages: Mapping[str, Message]) -> bool:
    """Whether a visitor's message holds the fact's quote, at its offsets and word for word."""
    message = messages.get(fact.message_id)
    if message is None or message.role != "visitor":
        return False
    return message.text[fact.start : fact.end] == fact.quote


def values(facts: Facts) -> dict[str, str]:
    """The bare profile that the scoring tool takes: fact name to value."""
    return {name: fact.value for name, fact in facts.items()}
