"""What a number is a number of: the words right before and after it."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hiring_advisor.understanding.quantities_spelled import Amount
from hiring_advisor.understanding.quantities_tokens import Token, has_words
from hiring_advisor.understanding.quantities_values import Bound, Kind
from hiring_advisor.understanding.quantities_words import (
    AFTER_BARE_MONEY,
    AMBIGUOUS_CODES,
    CODES,
    CURRENCY_ADJECTIVES,
    CURRENCY_WORDS,
    DOLLARS,
    GLUED_UNITS,
    MONEY_CUES,
    MONEY_FILLERS,
    NOUN_ADJECTIVES,
    NOUNS,
    SIGNS,
    SMALL,
    UNIT_ADJECTIVES,
    UNITS,
    days,
)

_THOUSAND = Decimal(1000)
_MAX_MONTHS = 36
"""Up to here "6m" may be months as well as millions."""


class Measure(NamedTuple):
    """A quantity in terms of tokens: from token `start` up to token `end`."""

    kind: Kind
    low: Decimal
    high: Decimal
    unit: str
    start: int
    end: int
    vague: bool = False
    bound: Bound | None = None


def currency_before(tokens: list[Token], at: int) -> tuple[str | None, int]:
    """Read the currency that a number follows; return it and where the number starts."""
    token, following = tokens[at], tokens[at + 1]
    unit: str | None = None
    after = at + 1
    if token.sort == "sign":
        unit = SIGNS[token.word]
    elif token.sort == "word" and following.word == "$" and following.glued:
        unit, after = DOLLARS.get(token.word), at + 2
    elif token.raw in CODES or token.word in ("eur", "usd", "gbp", "inr", "chf"):
        unit = token.word.upper()
    elif token.word == "rs":
        unit = "INR"
        after += following.word == "."
    if unit is None or tokens[after].sort != "number":
        return None, at
    return unit, after


def currency_after(tokens: list[Token], amount: Amount) -> tuple[str | None, int]:
    """Read the currency after a number; return it and where the rest starts."""
    at = _past_plus_or_dash(tokens, amount.end)
    token = tokens[at]
    if token.sort == "sign":
        # A sign with digits of its own belongs to them: "between 5 and $10".
        own = tokens[at + 1].sort == "number" and not token.glued
        return (None, at) if own else (SIGNS[token.word], at + 1)
    if token.word in CURRENCY_ADJECTIVES and tokens[at + 1].word in CURRENCY_WORDS:
        return CURRENCY_ADJECTIVES[token.word], at + 2
    if token.word in CURRENCY_WORDS:
        return CURRENCY_WORDS[token.word], at + 1
    if token.raw in CODES and (token.raw not in AMBIGUOUS_CODES or amount.low >= _THOUSAND):
        return token.raw, at + 1
    return None, at


def time_unit(tokens: list[Token], start: int, amount: Amount) -> Measure | None:
    """Read a number of units of time, with what may follow them: "a year and a half"."""
    at = _past_plus_or_dash(tokens, amount.end)
    for _ in range(2):
        if tokens[at].word not in UNIT_ADJECTIVES:
            break
        at += 1 + (tokens[at + 1].sort == "dash")
    unit = _unit(tokens, start, at)
    if unit is None:
        return None
    low, high, end = amount.low, amount.high, at + 1
    bound: Bound | None = "at_least" if tokens[amount.end].word == "+" else None
    if tokens[end].word == "and" and has_words(tokens, end + 1, ("a", "half")):
        low, high, end = low + Decimal("0.5"), high + Decimal("0.5"), end + 3
    elif tokens[end].word == "or" and tokens[end + 1].word in SMALL:
        upper = Decimal(SMALL[tokens[end + 1].word])
        # "A week or two", but not "a week or two engineers".
        if low == 1 < upper <= 3 and not _is_counted_later(tokens, end + 2):
            high, end = upper, end + 2
    return Measure(
        "duration", days(low, unit), days(high, unit), unit, start, end, amount.vague, bound
    )


def _unit(tokens: list[Token], start: int, at: int) -> str | None:
    token, before = tokens[at], tokens[at - 1]
    if token.word in ("quarter", "quarters"):
        # A quarter of something is a share.
        return None if tokens[at + 1].word == "of" else "quarter"
    if token.glued and before.sort == "number" and token.raw in GLUED_UNITS:
        is_drawing = token.raw == "d" and before.raw in ("2", "3")
        return None if is_drawing else GLUED_UNITS[token.raw]
    return UNITS.get(token.word)


def _is_counted_later(tokens: list[Token], at: int) -> bool:
    return tokens[at].word in UNITS or tokens[at].word in NOUNS or tokens[at].sort == "dash"


def figures(tokens: list[Token], start: int, amount: Amount) -> Measure | None:
    """Read "six-figure" or "5 figures": any amount with so many digits."""
    at = _past_plus_or_dash(tokens, amount.end)
    if tokens[at].word not in ("figure", "figures") or amount.low % 1 or amount.high % 1:
        return None
    if not 4 <= amount.low <= amount.high <= 9:
        return None
    low, high = Decimal(10) ** (int(amount.low) - 1), Decimal(10) ** int(amount.high) - 1
    return Measure("money", low, high, "", start, at + 1, vague=True)


def counted(tokens: list[Token], start: int, amount: Amount) -> Measure | None:
    """Read a number of users, people, requests, records and the like."""
    if amount.low % 1 or _is_name(tokens, start):
        return None
    at = _past_plus_or_dash(tokens, amount.end)
    if tokens[at].word == "of" and amount.low < 2:
        return None
    noun_at = -1
    for ahead in range(at, at + 5):
        word = tokens[ahead].word
        if word in NOUNS:
            noun_at = ahead
        elif noun_at >= 0 or not (word in NOUN_ADJECTIVES or tokens[ahead].sort == "dash"):
            break
    bound: Bound | None = "at_least" if tokens[amount.end].word == "+" else None
    if noun_at >= 0:
        unit, end = NOUNS[tokens[noun_at].word], noun_at + 1
        return Measure("count", amount.low, amount.high, unit, start, end, amount.vague, bound)
    if tokens[start - 1].word == "of" and tokens[start - 2].word in ("team", "group", "staff"):
        end = amount.end
        return Measure("count", amount.low, amount.high, "person", start, end, amount.vague, bound)
    return None


def bare_money(tokens: list[Token], start: int, amount: Amount) -> Measure | None:
    """Read an amount without a currency, where a word says money or it cannot be else."""
    after = tokens[amount.end]
    at = amount.end
    if after.word == "grand":
        low, high = amount.low * _THOUSAND, amount.high * _THOUSAND
        return Measure("money", low, high, "", start, at + 1, amount.vague)
    if after.word == "+" and after.glued:
        at, after = at + 1, tokens[at + 1]
    if not _may_end_money(tokens, at):
        return None
    bound: Bound | None = "at_least" if at > amount.end else None
    measure = Measure("money", amount.low, amount.high, "", start, at, amount.vague, bound)
    named = after.word in ("budget", "budgets") or _follows_money_word(tokens, start)
    if named and amount.low >= 100 and not _is_year(tokens, start, amount):
        return measure
    if amount.scale < _THOUSAND or amount.article or amount.letter in ("b", "B"):
        return None  # "70B" is the size of a model
    is_whole = tokens[start].raw.isdigit() and amount.low / amount.scale <= _MAX_MONTHS
    return None if amount.letter == "m" and is_whole else measure


def _may_end_money(tokens: list[Token], at: int) -> bool:
    after = tokens[at]
    if after.sort == "dash":
        following = tokens[at + 1]
        return not following.glued or following.word in AFTER_BARE_MONEY
    if after.sort == "word":
        return after.word in AFTER_BARE_MONEY and not after.glued
    return after.word not in ("%", "x", "*") and after.sort not in ("number", "sign")


def _follows_money_word(tokens: list[Token], start: int) -> bool:
    for back in range(1, min(7, start + 1)):
        word = tokens[start - back].word
        if word in MONEY_CUES:
            return True
        if word not in MONEY_FILLERS:
            return False
    return False


def _is_year(tokens: list[Token], start: int, amount: Amount) -> bool:
    return tokens[start].raw.isdigit() and amount.scale == 1 and 1900 <= amount.high <= 2099


def _is_name(tokens: list[Token], start: int) -> bool:
    """Whether a capitalised word inside a sentence makes the number a name: "Studio 54"."""
    before, earlier = tokens[start - 1], tokens[start - 2]
    if tokens[start].sort != "number" or before.sort != "word" or earlier.sort != "word":
        return False
    return len(before.raw) > 1 and before.raw.istitle()


def _past_plus_or_dash(tokens: list[Token], at: int) -> int:
    """Over the plus of "10+ users" or the hyphen of "two-week"."""
    token = tokens[at]
    is_hyphen = token.sort == "dash" and token.glued and tokens[at + 1].glued
    return at + 1 if is_hyphen or (token.word == "+" and token.glued) else at
