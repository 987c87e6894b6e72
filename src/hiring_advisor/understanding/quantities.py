"""Amounts of money, stretches of time and numbers of things, as people write them in messages.

`find` reads a text from left to right: tokens first, then at each token the longest quantity that
starts there, looking a bounded number of tokens ahead. So it is linear in the length of the text,
and total: any text has a list, mostly an empty one. What could also be something else is left
out, because a wrong amount misleads more than a missing one.

`role` tells what a stretch of time is in its sentence: a deadline, a length, a past, …
"""

from __future__ import annotations

from decimal import Decimal

from hiring_advisor.understanding.quantities_calendar import STARTERS, stretch
from hiring_advisor.understanding.quantities_numbers import span
from hiring_advisor.understanding.quantities_roles import Role, role
from hiring_advisor.understanding.quantities_spelled import Amount
from hiring_advisor.understanding.quantities_tokens import Token, tokenize
from hiring_advisor.understanding.quantities_units import (
    Measure,
    bare_money,
    counted,
    currency_after,
    currency_before,
    figures,
    time_unit,
)
from hiring_advisor.understanding.quantities_values import Bound, Kind, Quantity
from hiring_advisor.understanding.quantities_words import AMBIGUOUS_CODES, BOUND_AFTER, BOUND_BEFORE

__all__ = ["Bound", "Kind", "Quantity", "Role", "find", "role"]

_LAST_OF_BOUND = frozenset(phrase.split()[-1] for phrase in BOUND_BEFORE)
_FIRST_OF_BOUND = frozenset(phrase.split()[0] for phrase in BOUND_AFTER)


def find(text: str) -> list[Quantity]:
    """Return the quantities of a text in the order in which they stand; they never overlap."""
    tokens = tokenize(text)
    found: list[Quantity] = []
    at = 0
    may_merge = False  # never twice: a chain of ranges would be copied again and again
    while tokens[at].sort != "end":
        measure = _read(tokens, at)
        if measure is None:
            at += 1
            continue
        quantity = _quantity(text, tokens, measure)
        at = measure.end
        merged = _merged(text, found[-1], quantity) if may_merge else None
        may_merge = merged is None
        if merged:
            found[-1] = merged
        else:
            found.append(quantity)
    return found


def _read(tokens: list[Token], at: int) -> Measure | None:
    token = tokens[at]
    if token.sort == "dash":
        return None
    if token.word in STARTERS and (named := stretch(tokens, at)):
        return Measure("duration", named.low, named.high, named.unit, named.start, named.end)
    unit, after = currency_before(tokens, at)
    if unit is not None:
        sign = tokens[after - 1].word
        amount = span(tokens, after, free=False, unit=sign)
        if amount is None or (unit in AMBIGUOUS_CODES and amount.low < 1000):
            return None
        return _priced(tokens, at, amount, unit)
    if token.sort not in ("word", "number"):
        return None
    found = span(tokens, at)
    return _measured(tokens, at, found) if found else None


def _priced(tokens: list[Token], at: int, amount: Amount, unit: str) -> Measure:
    """Money with its currency in front; one behind says more than a dollar sign does."""
    again, after = currency_after(tokens, amount)
    if again and unit in ("USD", again):
        return Measure("money", amount.low, amount.high, again, at, after, amount.vague)
    return Measure("money", amount.low, amount.high, unit, at, amount.end, amount.vague)


def _measured(tokens: list[Token], at: int, amount: Amount) -> Measure | None:
    """Tell from the words after a number what it is a number of."""
    if tokens[amount.end].sort == "number":
        return None  # a run of numbers is a table or an identifier
    timed = time_unit(tokens, at, amount)
    if timed or (amount.article and amount.low == 1):
        return timed
    unit, after = currency_after(tokens, amount)
    if unit is not None:
        return Measure("money", amount.low, amount.high, unit, at, after, amount.vague)
    return (
        figures(tokens, at, amount) or counted(tokens, at, amount) or bare_money(tokens, at, amount)
    )


def _quantity(text: str, tokens: list[Token], measure: Measure) -> Quantity:
    start, end = tokens[measure.start].start, tokens[measure.end - 1].end
    return Quantity(
        kind=measure.kind,
        low=measure.low,
        high=measure.high,
        unit=measure.unit,
        start=start,
        end=end,
        bound=_bound(tokens, measure),
        text=text[start:end],
    )


def _bound(tokens: list[Token], measure: Measure) -> Bound:
    if measure.bound:
        return measure.bound
    start, end = measure.start, measure.end
    if tokens[start - 1].word in _LAST_OF_BOUND:
        for length in (3, 2, 1):
            bound = BOUND_BEFORE.get(_joint_words(tokens, max(0, start - length), start))
            if bound:
                return bound
    if tokens[end].word in _FIRST_OF_BOUND:
        for length in (2, 1):
            bound = BOUND_AFTER.get(_joint_words(tokens, end, end + length))
            if bound:
                return bound
    return "about" if measure.vague else "exact"


def _joint_words(tokens: list[Token], start: int, end: int) -> str:
    return " ".join(token.word for token in tokens[start:end])


def _merged(text: str, first: Quantity, second: Quantity) -> Quantity | None:
    """One range out of two quantities: "€5k to €10k", "between two weeks and a month"."""
    gap = text[first.end : second.start] if second.start - first.end <= 5 else ""
    joint = gap.strip().lower()
    joined = joint in ("to", "-", "–", "or")
    if joint == "and":
        joined = text[max(0, first.start - 8) : first.start].lower().strip() == "between"
    same = first.kind == second.kind != "count" and Decimal(0) < first.low <= second.low
    same = same and (first.kind == "duration" or first.unit in ("", second.unit))
    if not (joined and same) or "Infinity" in (str(first.high), str(second.high)):
        return None
    return Quantity(
        kind=first.kind,
        low=first.low,
        high=max(first.high, second.high),
        unit=second.unit,
        start=first.start,
        end=second.end,
        bound=first.bound if first.bound != "exact" else second.bound,
        text=text[first.start : second.end],
    )
