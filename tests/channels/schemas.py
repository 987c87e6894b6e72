"""The shapes that the contract names, checked strictly: no type is guessed, no word is unknown."""

from __future__ import annotations

import json
import re
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Verdict = Literal["freelancers", "full_time", "hybrid", "need_more_info"]
Kind = Literal["answer", "recommendation", "declined", "handoff", "small_talk"]
# Kinds whose words come from the article; the others are the advisor's own lines.
GROUNDED = {"answer", "recommendation"}


class Shape(BaseModel):
    """Fields that must be there; the contract welcomes more, so others are left alone."""

    model_config = ConfigDict(strict=True, extra="ignore")


class Points(Shape):
    model_config = ConfigDict(extra="forbid")

    freelancers: float
    full_time: float


class Contribution(Shape):
    fact: str = Field(min_length=1)
    value: str = Field(min_length=1)
    points: Points
    why: str = Field(min_length=1)
    section_id: str = Field(min_length=1)
    source_quote: str = Field(min_length=1)
    quote: str | None


class Flip(Shape):
    fact: str = Field(min_length=1)
    before: str | None = Field(alias="from")
    after: str | None = Field(alias="to")
    verdict: Verdict


class Recommendation(Shape):
    verdict: Verdict
    summary: str = Field(min_length=1)
    confidence: float = Field(ge=0, le=1)
    scores: Points
    contributions: list[Contribution]
    flips: list[Flip]
    missing: list[str]
    rubric_version: str = Field(min_length=1)
    profile_hash: str = Field(min_length=1)


class Sentence(Shape):
    text: str = Field(min_length=1)
    citations: list[int]


class Citation(Shape):
    n: int = Field(ge=1)
    section_id: str = Field(min_length=1)
    heading: str = Field(min_length=1)
    quote: str = Field(min_length=1)
    url: str = Field(min_length=1)


class Option(Shape):
    label: str = Field(min_length=1)
    value: str = Field(min_length=1)


class Question(Shape):
    fact: str = Field(min_length=1)
    text: str = Field(min_length=1)
    options: list[Option] = Field(min_length=2)


class Fact(Shape):
    value: str = Field(min_length=1)
    quote: str = Field(min_length=1)
    message_id: UUID


class Usage(Shape):
    llm_calls: int = Field(ge=0)
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)


class Timings(Shape):
    total: float = Field(ge=0)


class ToolCall(Shape):
    name: Literal["score_hiring_fit"]
    arguments: dict[str, str]
    profile_hash: str = Field(min_length=1)


class Turn(Shape):
    turn_id: str = Field(min_length=1)
    conversation_id: str = Field(min_length=1)
    message_id: UUID
    created_at: AwareDatetime
    kind: Kind
    user_text: str
    text: str
    sentences: list[Sentence]
    citations: list[Citation]
    recommendation: Recommendation | None
    facts: dict[str, Fact]
    next_question: Question | None
    suggestions: list[str]
    mode: Literal["openai", "embedded"]
    degraded: bool
    stopped: bool
    cut_short: bool
    usage: Usage
    timings_ms: Timings
    tool_calls: list[ToolCall]


class Passage(Shape):
    # Nothing else: raw similarities are not given out.
    model_config = ConfigDict(extra="forbid")

    section_id: str = Field(min_length=1)
    heading: str = Field(min_length=1)
    text: str = Field(min_length=1)
    url: str = Field(min_length=1)
    rank: int = Field(ge=1)


class Problem(Shape):
    """RFC 9457."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str = Field(min_length=1)
    status: int = Field(ge=400, le=599)
    detail: str = Field(min_length=1)
    request_id: str | None = None  # none where no request came about


class Article:
    """What citations may stand on: the source's words and the sections that the page shows."""

    def __init__(self, source: str, page: str) -> None:
        self.words = spaced(source)
        self.sections = set(re.findall(r'id="([^"]+)"', page))

    def misquoted(self, turn: Turn) -> list[str]:
        """The quotes that the source does not hold word for word, and sections it does not have."""
        quotes = [(one.section_id, one.quote) for one in turn.citations]
        if turn.recommendation is not None:
            reasons = turn.recommendation.contributions
            quotes += [(one.section_id, one.source_quote) for one in reasons]
        return [
            f"{section}: {quote}"
            for section, quote in quotes
            if section not in self.sections or spaced(quote) not in self.words
        ]


def spaced(text: str) -> str:
    """The text with every run of white space as one blank."""
    return " ".join(text.split())


def turn_of(value: Any) -> Turn:
    """Check a Turn's JSON, each field and what holds between them."""
    turn = Turn.model_validate_json(json.dumps(value))
    numbers = [citation.n for citation in turn.citations]
    cited = [number for sentence in turn.sentences for number in sentence.citations]
    assert len(numbers) == len(set(numbers))
    assert set(cited) <= set(numbers), "a number without a source"
    assert set(numbers) <= set(cited) or turn.stopped, "a source that nobody cites"
    assert turn.text == " ".join(
        sentence.text + "".join(f" [{number}]" for number in sentence.citations)
        for sentence in turn.sentences
    )
    if turn.kind in GROUNDED:
        assert all(sentence.citations for sentence in turn.sentences)
    assert (turn.kind == "recommendation") == (turn.recommendation is not None)
    if turn.recommendation is not None:
        hashes = [call.profile_hash for call in turn.tool_calls]
        assert turn.recommendation.profile_hash in hashes, "a verdict without its tool call"
    return turn
