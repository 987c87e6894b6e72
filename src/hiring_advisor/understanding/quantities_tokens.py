"""Text as a flat list of tokens: words, numbers, currency signs, dashes and the rest.

Every character that is not blank belongs to a token, so what stands right before a token is seen
from the one before it. Letters with digits in them ("Web3", "B2B", "Q3") are one word, which
keeps their digits from being read as amounts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal, NamedTuple

Sort = Literal["word", "number", "sign", "dash", "other", "end"]


class Token(NamedTuple):
    """A piece of the text; `word` is its lower case, `glued` means no blank stands before it."""

    sort: Sort
    word: str
    start: int
    end: int
    glued: bool
    raw: str


END = Token("end", "", 0, 0, False, "")
PADDING = 8
"""How many END tokens follow the text: one may look this far ahead, or behind the first token."""

# One digit or letter decides the alternative, and no alternative can give back more than 30
# characters: the scan is linear whatever the text. Signs between digits ("1€2") make one token,
# which is no numeral then.
_TOKEN = re.compile(
    r"""(?P<word>(?<!\w)(?:EUR|USD|GBP|INR|CHF|Rs)(?=[0-9]) | [^\W\d]\w*+)
      | (?P<number>[0-9](?:[0-9.,'’€$£¥₹]{0,30}[0-9])?)
      | (?P<sign>[€$£¥₹])
      | (?P<dash>[-‐‑–—−])
      | (?P<other>\S|[\r\n])""",
    re.VERBOSE,
)
_SORTS: dict[str | None, Sort] = {
    "word": "word",
    "number": "number",
    "sign": "sign",
    "dash": "dash",
    "other": "other",
}


def tokenize(text: str) -> list[Token]:
    """Cut the text into tokens, followed by `PADDING` END tokens; a line's end is a token too."""
    tokens: list[Token] = []
    previous_end = 0
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        raw = match.group()
        glued = start == previous_end and start > 0
        tokens.append(Token(_SORTS[match.lastgroup], raw.lower(), start, end, glued, raw))
        previous_end = end
    tokens.extend([END] * PADDING)
    return tokens


def has_words(tokens: list[Token], at: int, words: Iterable[str]) -> bool:
    """Whether exactly these words stand at `at`, in this order."""
    return all(tokens[n].word == word for n, word in enumerate(words, start=at))


# Each shape is anchored by `fullmatch` on at most 32 characters.
_PLAIN = re.compile(r"[0-9]{1,15}")
_THOUSANDS = re.compile(r"([0-9]{1,3})([.,'’])([0-9]{3}(?:\2[0-9]{3}){0,3})([.,][0-9]{1,2})?")
_INDIAN = re.compile(r"[0-9]{1,2}(?:,[0-9]{2}){1,4},[0-9]{3}(?:\.[0-9]{1,2})?")
_DECIMAL = re.compile(r"([0-9]{1,12})[.,]([0-9]{1,6})")


def numeral(raw: str, *, scaled: bool = False) -> Decimal | None:
    """Read a numeral in English, German, Swiss or Indian style; None where it is none.

    Three digits after a single point are thousands ("40.000 €"), unless a word such as "million"
    follows (`scaled`) or a lone zero leads. Versions, dates and telephone numbers have none of
    these shapes.
    """
    if raw[0] == "0" and raw[1:2].isdigit():
        return None
    if _PLAIN.fullmatch(raw) or _INDIAN.fullmatch(raw):
        return Decimal(raw.replace(",", ""))
    fraction = _DECIMAL.fullmatch(raw)
    groups = _THOUSANDS.fullmatch(raw)
    if groups and not (fraction and (raw[0] == "0" or (scaled and "." in raw))):
        lead, mark, rest, cents = groups.groups()
        is_mixed = not cents or cents[0] != mark
        digits = lead + rest.replace(mark, "") + (cents or "").replace(",", ".")
        return Decimal(digits) if is_mixed else None
    return Decimal(f"{fraction[1]}.{fraction[2]}") if fraction else None
