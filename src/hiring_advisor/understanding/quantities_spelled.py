"""Numbers in words: "twenty-five", "a couple of", "half a million", "tens of thousands of"."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hiring_advisor.understanding.quantities_tokens import Token
from hiring_advisor.understanding.quantities_words import (
    GLUED_SCALES,
    PLURAL_SCALES,
    SCALES,
    SMALL,
    TENS,
    VAGUE,
    VAGUE_PLURAL,
)

HALF = Decimal("0.5")
_ONE = Decimal(1)
_MAX_WORDS = 10
"""Tokens of the longest number in words: "nine hundred and ninety-nine thousand nine hundred"."""


class Amount(NamedTuple):
    """A number read from tokens, up to token `end`; `low == high` where it is no range."""

    low: Decimal
    high: Decimal
    end: int
    scale: Decimal = _ONE
    """What the last word multiplied by: a range hands it on, "5 to 10 thousand"."""
    vague: bool = False
    article: bool = False
    """Only "a" or "an" stands for the number, or leads it: "a year", "a million"."""
    letter: str = ""
    """The scale where it is a single letter, as written: "m" may be months."""


def scale_words(tokens: list[Token], at: int) -> tuple[Decimal, str, int]:
    """Return the product of at most two scale words, the letter if one is, and what follows."""
    scale, letter, end = _ONE, "", at
    for _ in range(2):
        token = tokens[end]
        factor = SCALES.get(token.word) or PLURAL_SCALES.get(token.word)
        if factor is None or (token.word in GLUED_SCALES and not token.glued):
            break
        if len(token.word) == 1:
            letter = token.raw
        scale, end = scale * factor, end + 1
    return scale, letter, end


def spelled(tokens: list[Token], at: int) -> Amount | None:
    """Read the number in words that starts at a token."""
    word = tokens[at].word
    found: Amount | None = None
    if word in ("a", "an"):
        found = _after_article(tokens, at)
    elif word in ("half", "½"):
        found = _half(tokens, at)
    elif word in VAGUE:
        found = _vague(tokens, at, *VAGUE[word])
    elif word in PLURAL_SCALES:
        found = _vague_plural(tokens, at)
    elif word in SMALL or word in TENS:
        found = _cardinal(tokens, at)
    elif word == "dozen":
        found = Amount(SCALES[word], SCALES[word], at + 1)
    return found


def _after_article(tokens: list[Token], at: int) -> Amount:
    """Read what "a" leads in to; "a" alone stands for one."""
    following = tokens[at + 1].word
    found: Amount | None = None
    if following in VAGUE:
        found = _vague(tokens, at + 1, *VAGUE[following])
    elif following == "half":
        found = _half(tokens, at + 1)
    elif following == "dozen":
        found = Amount(SCALES[following], SCALES[following], at + 2)
    elif len(following) > 1 and following in SCALES:
        found = _cardinal(tokens, at + 1, lead=1)
        found = found._replace(article=True) if found else None
    return found or Amount(_ONE, _ONE, at + 1, article=True)


def _half(tokens: list[Token], at: int) -> Amount:
    end = at + 1
    if tokens[end].word in ("a", "an"):
        end += 1
    scale, _, end = scale_words(tokens, end)
    return Amount(HALF * scale, HALF * scale, end, scale)


def _vague(tokens: list[Token], at: int, low: Decimal, high: Decimal) -> Amount:
    end = at + 1
    if tokens[end].word == "of":
        end += 1
    scale, _, end = scale_words(tokens, end)
    return Amount(low * scale, high * scale, end, scale, vague=True)


def _vague_plural(tokens: list[Token], at: int) -> Amount | None:
    """Read "hundreds of" or "tens of thousands of", which need something that they are of."""
    scale, end = PLURAL_SCALES[tokens[at].word], at + 1
    if tokens[end].word != "of":
        return None
    larger = PLURAL_SCALES.get(tokens[end + 1].word)
    if larger and larger > scale and tokens[end + 2].word == "of":
        scale, end = scale * larger, end + 2
    low, high = VAGUE_PLURAL
    return Amount(low * scale, high * scale, end + 1, scale, vague=True)


def _cardinal(tokens: list[Token], at: int, lead: int = 0) -> Amount | None:
    """Read a number in words; `lead` is the one that an article stands for ("a hundred")."""
    total, group, end = Decimal(0), Decimal(lead), at
    last_scale = _ONE
    for _ in range(_MAX_WORDS):
        word = tokens[end].word
        step = _step(tokens, end, group)
        if step is not None:
            group, last_scale = group + step, _ONE
        elif word == "hundred" and 0 < group < 100:
            group, last_scale = group * 100, SCALES[word]
        elif group and len(word) > 2 and (word in SCALES or word in PLURAL_SCALES):
            factor = SCALES.get(word) or PLURAL_SCALES[word]
            # "two hundred thousand" hands on both words, "two thousand" one.
            last_scale = factor * last_scale
            total, group = total + group * factor, Decimal(0)
        elif not _joins(tokens, end, group, bool(total)):
            break
        end += 1
    value = total + group
    return Amount(value, value, end, last_scale) if value and end > at else None


def _step(tokens: list[Token], at: int, group: Decimal) -> int | None:
    """Return what a word up to ninety adds to the hundreds being read; None where it cannot."""
    word = tokens[at].word
    rest = group % 100
    if word in TENS and not rest:
        return TENS[word]
    if word in SMALL and (not rest or (rest >= 20 and not rest % 10 and SMALL[word] < 10)):
        return SMALL[word]
    return None


def _joins(tokens: list[Token], at: int, group: Decimal, has_total: bool) -> bool:
    """Whether a token only joins parts: "hundred and five", "twenty-five"."""
    token, following = tokens[at], tokens[at + 1].word
    if token.word == "and":
        round_so_far = (group >= 100 and not group % 100) or (has_total and not group)
        return round_so_far and (following in SMALL or following in TENS)
    if token.sort == "dash" and token.glued and tokens[at + 1].glued:
        rest = group % 100
        return rest >= 20 and not rest % 10 and SMALL.get(following, 10) < 10
    return False
