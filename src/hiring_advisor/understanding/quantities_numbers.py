"""Numbers and ranges of numbers, in digits and in words.

Each reader starts at a token and looks a bounded number of tokens ahead; that is what keeps
reading a whole message linear.
"""

from __future__ import annotations

from decimal import Decimal

from hiring_advisor.understanding.quantities_spelled import HALF, Amount, scale_words, spelled
from hiring_advisor.understanding.quantities_tokens import Token, has_words, numeral
from hiring_advisor.understanding.quantities_words import LABELS

_ONE = Decimal(1)
_WIDEST_DASH = 100
"""How many times its low end the high end of "500-1k" may be; "15-10k" is a slip."""
_UNGLUED_MARKS = frozenset("/#+.,×*^\\@'’")


def amount(tokens: list[Token], at: int, *, free: bool = True) -> Amount | None:
    """Read the number that starts at a token.

    With `free` it has to stand on its own, not as a part of a name, a date or a ratio.
    """
    token = tokens[at]
    if free and _is_attached(tokens, at):
        return None
    if token.sort == "number":
        found = _digits(tokens, at)
    elif token.sort == "word":
        found = spelled(tokens, at)
    else:
        return None
    return _and_a_half(tokens, found) if found else None


def span(tokens: list[Token], at: int, *, free: bool = True, unit: str = "") -> Amount | None:
    """Read the number or range of numbers that starts at a token.

    A currency sign `unit` before the first number may be repeated before the second.
    """
    first = amount(tokens, at, free=free)
    if first is None or first.article:
        return first
    joint = tokens[first.end]
    joined = joint.sort == "dash" or joint.word in ("to", "or")
    if joint.word == "and":
        joined = "between" in (tokens[at - 1].word, tokens[at - 2].word)
    if not joined:
        return first
    after = first.end + 1
    if unit and tokens[after].word == unit:
        after += 1
    second = amount(tokens, after, free=False)
    if second is None or (second.article and second.scale == _ONE):
        return first
    tail, beyond = tokens[second.end], tokens[second.end + 1]
    if tail.sort == "dash" and beyond.sort == "number" and beyond.glued:
        return None  # a date or a telephone number
    return _joined(first, second, is_dashed=joint.sort == "dash")


def _joined(first: Amount, second: Amount, *, is_dashed: bool) -> Amount | None:
    low = first.low
    if first.scale == _ONE and first.high < second.low / second.scale:
        low *= second.scale
    elif is_dashed and second.scale > _ONE and second.high > low * _WIDEST_DASH:
        return None
    if low > second.high:
        return first
    return second._replace(low=low, vague=first.vague or second.vague, article=False)


def _is_attached(tokens: list[Token], at: int) -> bool:
    token, before = tokens[at], tokens[at - 1]
    if before.word in LABELS:
        return True
    if token.sort != "number" or not token.glued:
        return False
    earlier = tokens[at - 2]
    if before.sort == "dash":
        # "GPT-4", "2024-05": a dash between blanks, or a long one, joins nothing.
        return before.glued and before.raw != "—" and earlier.sort in ("word", "number")
    if before.word in (":", "="):
        return earlier.sort == "number"
    return before.word in _UNGLUED_MARKS or before.word[-1:].isalnum()


def _digits(tokens: list[Token], at: int) -> Amount | None:
    raw, end = _grouped(tokens, at)
    scale, letter, after = scale_words(tokens, end)
    value = numeral(raw, scaled=scale > _ONE)
    if value is None:
        return None
    if tokens[end].word == "½" and tokens[end].glued:
        value += HALF
        scale, letter, after = scale_words(tokens, end + 1)
    return Amount(value * scale, value * scale, after, scale, letter=letter)


def _grouped(tokens: list[Token], at: int) -> tuple[str, int]:
    """Join groups of three digits with single blanks between, as French and SI write them."""
    raw, end = tokens[at].raw, at + 1
    if not (raw.isdigit() and len(raw) <= 3 and raw[0] != "0"):
        return raw, end
    for _ in range(4):
        group = tokens[end]
        is_group = group.sort == "number" and group.raw.isdigit() and len(group.raw) == 3
        if not is_group or group.start - tokens[end - 1].end != 1:
            break
        raw, end = raw + group.raw, end + 1
    return raw, end


def _and_a_half(tokens: list[Token], found: Amount) -> Amount:
    if tokens[found.end].word != "and" or not has_words(tokens, found.end + 1, ("a", "half")):
        return found
    scale, _, end = found.scale, "", found.end + 3
    more = found.scale * HALF
    low, high = found.low + more, found.high + more
    if scale == _ONE:
        scale, _, end = scale_words(tokens, end)
        low, high = low * scale, high * scale
    return found._replace(low=low, high=high, scale=scale, end=end)
