"""What a stretch of time is in its sentence."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

from hiring_advisor.understanding.quantities_calendar import BEFORE_POINTS, PAST, RECURRING
from hiring_advisor.understanding.quantities_values import Quantity
from hiring_advisor.understanding.quantities_words import NOUNS, UNITS, split

Role = Literal["deadline", "length", "past", "recurring", "ahead", "age", "other"]

_REACH = 80
"""Characters looked at on either side; a clause of a message is rarely longer."""
_LONG_HORIZON = Decimal(365)

_ABBREVIATION = re.compile(r"\b(approx|ca|max|min)\.")
_CLAUSE_END = re.compile(r"[.;!?\r\n,:()—]|\b(?:and|but|so|then|because|which|while|where)\b")
_HEDGES = re.compile(
    r"\b(?:about|around|roughly|approximately|approx|ca|circa|maybe|probably|perhaps|just|only|"
    r"at least|at most|up to|under|over|less than|more than|no more than|another|max|min|maximum|"
    r"minimum|nearly|almost|some|a|the|between|say|like|from)$|[~<>≤≥≈]$"
)
_HEDGES_AFTER = re.compile(r"^(?:max\b|maximum\b|tops\b|at (?:most|least)\b|or (?:so|more|less)\b)")

_POINTS: Final = BEFORE_POINTS | frozenset(
    split("overnight tomorrow eod eow eom eoy next this coming end middle beginning start")
)
_GONE: Final = PAST | {"since", "already"}
_RATE_BEFORE = re.compile(r"(?:\b(?:once|twice|thrice|times)|[0-9€$£¥₹]|\b[0-9]{1,20}[a-z]{1,3})$")
# "We have used it", not "it has to be used" and not "we have a limited budget".
_WENT_ON = re.compile(
    r"(?:\b(?:have|has|had)|['’](?:ve|s))(?: (?:already|now|always|only|never|not))? "
    r"(?:been|run|had|done|built|sold|kept|(?!need\b|limited\b)[a-z]{2,20}ed)\b"
)
_GOES_ON_AFTER = re.compile(
    r"^[ ,]{0,3}(?:now\b|already\b|(?:we|i|they|it)(?: have| has|['’]ve)\b)"
)
_AGO = re.compile(r"^['’]?(?:ago|earlier|back)\b")
_AGED = re.compile(
    r"^(?:[-‐‑ ]?old\b|of age\b|in (?:the )?(?:business|market|industry)\b|on the market\b|"
    r"in existence\b)"
)
_SKILL = re.compile(r"^['’]?(?:of )?(?:[a-z]{1,20} )?experience\b")
_RATE_AFTER = re.compile(r"^(?:per|a|an|each|every|/) ?(?:day|week|sprint|month|quarter|year)\b")
_UNTIL = re.compile(r"^(?:['’]s? )?(?:deadline|from now|time\b|away\b|left\b|to go\b|turnaround)")
_DUE = re.compile(
    r"(?:\b(?:in|within|inside|by|until|before|next|coming|have|got|deadline(?: is| of)?|due in))$"
)
_COMING_STRETCH = re.compile(r"\bfor (?:the )?(?:next|coming)$")
_LASTS = re.compile(
    r"\b(?:for|runs?|running|stays?|lives?|takes?|took|taking|lasts?|lasting|needs?|spend|during|"
    r"over|(?:duration|timeline|length|runtime)(?: is| of)?|is|be|project of|work of)$"
)
_WORK = re.compile(
    r"^(?:long\b|(?:worth|work|of (?:work|operation|service|support|maintenance))\b|"
    r"(?:[a-z]{1,20}[ -]){0,2}(?:project|engagement|contract|poc|pilot|prototype|trial|"
    r"proof|mvp|sprint|assignment|gig|job|build|phase|demo|effort|timeline|plan|budget)\b)"
)


def role(text: str, quantity: Quantity) -> Role:
    """Tell from the words around a duration, within its clause, what it is the duration of.

    - deadline: when something has to be there; length: how long something takes or lasts
    - past: gone by already; recurring: how often; ahead: from when on, far off
    - age: how old somebody or something is

    Money and counts are "other", and so is a duration that the words do not place.
    """
    if quantity.kind != "duration":
        return "other"
    start, end = quantity.start, quantity.end
    before = _clause_before(text[max(0, start - _REACH) : start])
    after = text[end : end + _REACH].lower()
    return (
        _named(quantity)
        or _gone_by(before, after, quantity)
        or _repeated(before, after, quantity)
        or _to_come(before, after, quantity)
        or _lasting(before, after, quantity)
    )


def _clause_before(text: str) -> str:
    """Cut out the clause up to the quantity, without the words that only hedge its number."""
    clause = _ABBREVIATION.sub(r"\1", text.lower())
    clause = _CLAUSE_END.split(clause)[-1].rstrip()
    for _ in range(4):
        shorter = _HEDGES.sub("", clause).rstrip()
        if shorter == clause:
            break
        clause = shorter
    return clause


def _last_word(clause: str) -> str:
    return clause.rsplit(maxsplit=1)[-1] if clause else ""


def _first_word(quantity: Quantity) -> str:
    return quantity.text.lower().split(maxsplit=1)[0]


def _named(quantity: Quantity) -> Role | None:
    """Tell the role of a stretch that carries its preposition with it: "by Friday", "per week"."""
    first = _first_word(quantity)
    if first in PAST or first == "since":
        return "past"
    if first in RECURRING or first[0] == "/":
        return "recurring"
    return "deadline" if quantity.unit == "asap" or first in _POINTS else None


def _gone_by(before: str, after: str, quantity: Quantity) -> Role | None:
    following = after.lstrip()
    if _AGO.match(following) or _last_word(before) in _GONE:
        return "past"
    if _AGED.match(following):
        return "age"
    if _SKILL.match(following):
        return "other"
    is_for = _last_word(before) == "for" or _first_word(quantity) == "for"
    if is_for and (_WENT_ON.search(before) or _GOES_ON_AFTER.match(after)):
        return "past"
    return "past" if following.startswith("already") else None


def _repeated(before: str, after: str, quantity: Quantity) -> Role | None:
    last = _last_word(before)
    if last in RECURRING or _RATE_AFTER.match(after.lstrip()):
        return "recurring"
    if _first_word(quantity) in ("a", "an"):
        is_rate = _RATE_BEFORE.search(before) or last in NOUNS or last in UNITS
        return "recurring" if is_rate else None
    return None


def _to_come(before: str, after: str, quantity: Quantity) -> Role | None:
    following = after.lstrip()
    last = _last_word(before)
    if last == "after" or following.startswith(("later", "down the road")):
        return "ahead"
    if last == "in" or following.startswith("from now"):
        return "ahead" if quantity.low >= _LONG_HORIZON else "deadline"
    if _COMING_STRETCH.search(before):
        return "length"
    return "deadline" if _DUE.search(before) or _UNTIL.match(following) else None


def _lasting(before: str, after: str, quantity: Quantity) -> Role:
    if quantity.high.is_infinite() or _LASTS.search(before) or _WORK.match(after.lstrip(" -'’")):
        return "length"
    rest = _CLAUSE_END.split(_HEDGES_AFTER.sub("", after.lstrip()))[0]
    alone = not before and not rest.strip(" '’-")
    return "length" if alone else "other"
