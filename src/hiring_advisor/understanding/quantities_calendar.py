"""Stretches of time that are named, not counted: "by Friday", "end of Q3", "asap", "for years".

There is no clock here: a named point in time is a range of days from now within which it lies.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from hiring_advisor.understanding.quantities_tokens import Token, has_words
from hiring_advisor.understanding.quantities_words import PLURAL_UNITS, UNITS, days, split

_NOW = Decimal(0)
_FOREVER: Final = (Decimal(1095), Decimal("Infinity"))
_A_FEW: Final = (2, 6)
"""How many weeks are "weeks", when somebody says "within weeks"."""


class Stretch(NamedTuple):
    """Days from `low` to `high`, read from token `start` up to token `end`."""

    start: int
    end: int
    low: Decimal
    high: Decimal
    unit: str


# First word → the whole phrase, days and unit. Longer phrases come first.
_IDIOMS: Final[dict[str, list[tuple[tuple[str, ...], Decimal, Decimal, str]]]] = {}
for _phrase, _low, _high, _unit in (
    ("asap", _NOW, Decimal(14), "asap"),
    ("a . s . a . p", _NOW, Decimal(14), "asap"),
    ("as soon as possible", _NOW, Decimal(14), "asap"),
    ("as soon as we can", _NOW, Decimal(14), "asap"),
    ("right away", _NOW, Decimal(14), "asap"),
    ("overnight", _NOW, Decimal(1), "overnight"),
    ("tomorrow", _NOW, Decimal(1), "tomorrow"),
    ("eod", _NOW, Decimal(1), "day"),
    ("eow", _NOW, Decimal(7), "week"),
    ("eom", _NOW, Decimal(30), "month"),
    ("eoy", _NOW, Decimal(365), "year"),
    ("indefinitely", *_FOREVER, "forever"),
    ("forever", *_FOREVER, "forever"),
    ("permanently", *_FOREVER, "forever"),
    ("for ever", *_FOREVER, "forever"),
    ("for good", *_FOREVER, "forever"),
    ("for life", *_FOREVER, "forever"),
    ("for as long as", *_FOREVER, "forever"),
    ("as long as the product lives", *_FOREVER, "forever"),
    ("for the foreseeable future", *_FOREVER, "forever"),
    *((f"{lead} long {noun}", *_FOREVER, "forever")
      for lead in ("for the", "in the", "over the") for noun in ("run", "term", "haul")),
):  # fmt: skip
    _first, *_ = _phrase.split()
    _IDIOMS.setdefault(_first, []).append((tuple(_phrase.split()), _low, _high, _unit))

BEFORE_POINTS: Final = frozenset({"by", "before", "until", "till", "til", "due"})
RECURRING: Final = frozenset({"every", "each", "per", "/"})
PAST: Final = frozenset({"last", "past", "previous"})
_COMING: Final = frozenset({"next", "this", "coming"})
_PARTS: Final = frozenset({"end", "middle", "beginning", "start"})
_BEFORE_PLURALS: Final = frozenset(("for", "within", "in", "over", "take", "takes", "took", "many"))
_MOST_DAYS: Final = {
    **dict.fromkeys(("today", "tonight", "tomorrow"), 1),
    **dict.fromkeys(split("monday tuesday wednesday thursday friday saturday sunday"), 7),
    **dict.fromkeys(
        split(
            "january february march april may june july august september october november "
            "december q1 q2 q3 q4 christmas xmas easter thanksgiving ramadan diwali holidays "
            "summer winter spring autumn fall"
        ),
        365,
    ),
}
"""A named point and within how many days the next one lies."""

STARTERS: Final = (
    frozenset(_IDIOMS)
    | BEFORE_POINTS
    | RECURRING
    | PAST
    | _COMING
    | _PARTS
    | _BEFORE_PLURALS
    | {"since"}
)
"""Words with which a stretch can begin."""


def stretch(tokens: list[Token], at: int) -> Stretch | None:
    """Read the named stretch of time that starts at a token."""
    word = tokens[at].word
    for phrase, low, high, unit in _IDIOMS.get(word, ()):
        if has_words(tokens, at, phrase):
            return Stretch(at, at + len(phrase), low, high, unit)
    found: Stretch | None = None
    if word in BEFORE_POINTS:
        found = _point(tokens, _skip(tokens, at + 1, "the"))
    elif word in _COMING or word in _PARTS:
        found = _point(tokens, at)
    elif word == "since":
        found = _since(tokens, at)
    elif word in RECURRING or word in PAST:
        found = _single_unit(tokens, at)
    elif word in _BEFORE_PLURALS:
        return _plural(tokens, at)
    return found._replace(start=at) if found else None


def _skip(tokens: list[Token], at: int, *words: str) -> int:
    return at + 1 if tokens[at].word in words else at


def _point(tokens: list[Token], at: int) -> Stretch | None:
    """Read a point in time: "Friday", "next week", "end of the month", "year-end"."""
    word = tokens[at].word
    if word in _PARTS:
        if tokens[at + 1].word != "of":
            return None
        target = _skip(tokens, at + 2, "the", "this", "our")
        if tokens[target].word == "next":
            return _point(tokens, target)
        return _unit_end(tokens, target) or _named(tokens, target)
    if word in _COMING:
        return _coming(tokens, at)
    after = at + 2 if tokens[at + 1].sort == "dash" else at + 1
    if word in UNITS and tokens[after].word == "end":
        end = _unit_end(tokens, at)
        return end._replace(end=after + 1) if end else None
    return _named(tokens, at)


def _unit_end(tokens: list[Token], at: int) -> Stretch | None:
    unit = tokens[at].word
    if unit not in UNITS or unit in PLURAL_UNITS:
        return None
    return Stretch(at, at + 1, _NOW, days(Decimal(1), UNITS[unit]), UNITS[unit])


def _named(tokens: list[Token], at: int) -> Stretch | None:
    name = tokens[at].word
    if name not in _MOST_DAYS:
        return None
    unit = "quarter" if name in ("q1", "q2", "q3", "q4") else name
    return Stretch(at, at + 1, _NOW, Decimal(_MOST_DAYS[name]), unit)


def _coming(tokens: list[Token], at: int) -> Stretch | None:
    word, following = tokens[at].word, tokens[at + 1].word
    if following in PLURAL_UNITS and word != "this":
        unit = PLURAL_UNITS[following]
        few, many = _A_FEW
        return Stretch(at, at + 2, days(Decimal(few), unit), days(Decimal(many), unit), unit)
    named = _named(tokens, at + 1)
    if named or following not in UNITS or following in ("day", "hour"):
        return named
    unit = UNITS[following]
    length = days(Decimal(1), unit)
    if word == "this":
        return Stretch(at, at + 2, _NOW, length, unit)
    return Stretch(at, at + 2, Decimal(1), 2 * length, unit)


def _since(tokens: list[Token], at: int) -> Stretch | None:
    """Read a past that nobody can measure without a clock: any length is possible."""
    following = tokens[at + 1]
    is_year = following.sort == "number" and following.raw[:2] in ("19", "20")
    if is_year and len(following.raw) == 4 and following.raw.isdigit():
        return Stretch(at, at + 2, _NOW, Decimal("Infinity"), "year")
    named = _single_unit(tokens, at + 1) if following.word in PAST else _named(tokens, at + 1)
    return named._replace(low=_NOW, high=Decimal("Infinity")) if named else None


def _single_unit(tokens: list[Token], at: int) -> Stretch | None:
    """Read one unit after "every", "per" or "last"; a stroke means "per" only after an amount."""
    if tokens[at].word == "/" and tokens[at - 1].word in UNITS:
        return None
    target = at + 1
    times = 1
    if tokens[target].word == "other":
        target, times = target + 1, 2
    unit = tokens[target].word
    if unit not in UNITS or unit in PLURAL_UNITS:
        return None
    length = days(Decimal(times), UNITS[unit])
    return Stretch(at, target + 1, length, length, UNITS[unit])


def _plural(tokens: list[Token], at: int) -> Stretch | None:
    """Read a bare plural: "for years" is open-ended, "within weeks" a few of them."""
    target = _skip(tokens, at + 1, "many", "some", "multiple")
    unit = PLURAL_UNITS.get(tokens[target].word)
    if unit is None:
        return None
    if unit in ("year", "decade"):
        start = at if tokens[at].word in ("for", "many") else target
        return Stretch(start, target + 1, *_FOREVER, unit)
    few, many = _A_FEW
    low, high = days(Decimal(few), unit), days(Decimal(many), unit)
    return Stretch(target, target + 1, low, high, unit)
