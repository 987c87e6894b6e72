"""What a message is for: advice on a project, a question, an answer, small talk, a person.

One message may hold several wishes; the flags say which. Deciding what to answer first is the
advisor's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from re import Pattern

from hiring_advisor.understanding import patterns
from hiring_advisor.understanding.clauses import (
    Clause,
    lower_same_length,
    mentions_self,
    split,
)
from hiring_advisor.understanding.messages import Message

SmallTalk = str
"""greeting, thanks, goodbye, bot, wellbeing, praise, complaint or help."""

MIN_STATEMENT = 3
"""Words from which on a clause is a statement and not a fragment such as "ok then"."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a message asks for. `question` is the part to look up, empty when there is none."""

    recommend: bool = False
    describes: bool = False
    """Speaks of a project of its writer, company or client."""
    asks_why: bool = False
    asks_flips: bool = False
    new_project: bool = False
    handoff: str = ""
    """quote, meeting or person."""
    small_talk: SmallTalk = ""
    question: str = ""
    asks_outright: bool = False
    """The question is marked, or begins like one; otherwise it is a bare phrase."""
    beside: str = ""
    """What is left of the message without its request for advice."""
    orders: bool = False
    """Tells the advisor what to say or what to be."""
    in_field: bool = False
    """Names something of the field: AI, software, building, hiring."""
    is_own: bool = False
    """Speaks of the writer, their company or client."""


def read(message: Message) -> Intent:
    """Read the intent of one message, without its history."""
    text = message.text.strip()
    low = lower_same_length(text).replace("\n", " ")
    clauses = split(text)
    question = _question_part(text, clauses)
    recommend = bool(patterns.RECOMMEND.search(low) or patterns.OPTION_ASKED.search(low))
    describes = _describes(low, clauses, question)
    if patterns.ABOUT_OPTIONS.search(low) and not patterns.FOR_US.search(low):
        describes = recommend = False
    new_project = bool(patterns.NEW_PROJECT.search(low)) and (
        bool(patterns.NEW_PROJECT_START.search(low)) or len(low.split()) <= 6
    )
    beside = patterns.RECOMMEND.sub(" ", low)
    return Intent(
        recommend=recommend,
        describes=describes,
        asks_why=bool(patterns.WHY.search(low)),
        asks_flips=bool(patterns.FLIP.search(low)),
        new_project=new_project,
        handoff=_handoff(low),
        small_talk=_small_talk(low, describes or recommend),
        question=question,
        asks_outright=any(one.is_question for one in clauses),
        beside=beside,
        orders=bool(patterns.ORDERS.search(low)),
        in_field=bool(patterns.FIELD.search(beside)),
        is_own=bool(patterns.OWN.search(low)),
    )


def _describes(low: str, clauses: Sequence[Clause], question: str) -> bool:
    """Whether a message tells of a project of its writer, their company or client.

    A statement does, unless it speaks of others, the past or the options in general; a question
    does only where it names their own thing and an option ("can freelancers build our app?").
    """
    if question.strip() != low.strip() and any(
        not one.is_question and one.counts and len(one.low.split()) >= MIN_STATEMENT
        for one in clauses
    ):
        words = len(low.split())
        return words >= 8 or mentions_self(low) or bool(patterns.PROJECT.search(low))
    return bool(
        patterns.PROJECT.search(low) and patterns.OWN.search(low) and patterns.TOPIC.search(low)
    )


def _handoff(low: str) -> str:
    if patterns.QUOTE.search(low):
        return "quote"
    if patterns.MEETING.search(low):
        return "meeting"
    return "person" if patterns.PERSON.search(low) else ""


def _small_talk(low: str, on_topic: bool) -> SmallTalk:
    words = len(low.split())
    if patterns.IS_BOT.search(low) and words <= 16:
        return "bot"
    if patterns.HELP.search(low) and words <= 14 and not on_topic:
        return "help"
    if words > 14 or (on_topic and words > 6 and patterns.TOPIC.search(low)):
        return ""
    for kind, pattern in (
        ("goodbye", patterns.GOODBYE),
        ("wellbeing", patterns.WELLBEING),
        ("complaint", patterns.COMPLAINT),
        ("thanks", patterns.THANKS),
        ("praise", patterns.PRAISE),
        ("greeting", patterns.GREETING),
    ):
        if pattern.search(low) and not _is_about_topic(low, pattern):
            return kind
    return ""


def _is_about_topic(low: str, pattern: Pattern[str]) -> bool:
    """Whether something of the topic is left when the small talk is taken away."""
    return bool(patterns.TOPIC.search(pattern.sub(" ", low)))


def _question_part(text: str, clauses: Sequence[Clause]) -> str:
    """The sentences that ask, joined; the whole text where it asks without a mark or is a query."""
    asking: list[str] = []
    seen: set[int] = set()
    for clause in clauses:
        if clause.is_question and clause.sentence not in seen:
            seen.add(clause.sentence)
            same = [one for one in clauses if one.sentence == clause.sentence]
            asking.append(text[same[0].start : same[-1].end])
    if asking:
        return " ".join(asking)
    low = lower_same_length(text)
    count = len(low.split())
    is_query = count <= 25 and bool(patterns.QUERY.search(low))
    is_keywords = count <= 6 and not patterns.STATES.search(low)
    return text if is_query or is_keywords else ""
