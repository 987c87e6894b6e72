"""Texts of the corpus that speak to a bot and not to a reader: flagged before they are indexed.

The article informs. A line that orders whoever reads it to ignore, obey, reveal or answer so is
no line of an article: it was planted, or slipped in with the text that was taken over. This is a
warning: a corpus about prompt injection would rightly hold such lines.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from hiring_advisor.corpus.sources import Source

_ORDERS = re.compile(
    r"\b(?:ignor\w+|disregard\w*|forget|overrid\w+|bypass\w*|discard\w*)\b.{0,40}\b(?:instruct\w*|"
    r"prompts?|rules?|guidelines|above|previous|everything|verdicts?|recommendations?|tools?|"
    r"context|passages?|questions?|visitors?)\b|"
    r"\b(?:you are|act as|pretend|behave|role-?play|respond as|from now on|henceforth)\b.{0,60}"
    r"\b(?:bot|assistant|model|ai|gpt|advisor|dan|unrestricted|jailbroken|freely|different)\b|"
    r"\b(?:always|only|must|instead|never|please|now|when asked|if asked|to every)\b.{0,40}"
    r"\b(?:answer|reply|respond|recommend|output|say|tell|print|repeat|cite|state|append)\b|"
    r"\b(?:reveal|print|leak|show|repeat|output|disclose|dump|send|append|include|insert)\b.{0,40}"
    r"\b(?:prompts?|instructions?|api keys?|passwords?|secrets?|tokens?|conversation|system|link|"
    r"url|visitor'?s|user'?s|facts)\b|"
    r"\b(?:system|developer|admin|debug|root|sudo|jailbreak)\s*(?:prompt|message|mode|override|:)|"
    r"\b(?:assistants?|language models?|llms?|chatbots?|ais? (?:reading|agents?|systems? reading)|"
    r"bots?|advisors?)\b.{0,40}\b(?:must|should|shall|have to|are told|is told|will|note|please)\b|"
    r"\bset (?:the )?(?:verdict|stage|role|budget|fact|score|data)\b|\bverdict\s{0,9}[=:]|"
    r"<\|?/?\s{0,9}(?:system|im_start|im_end|question|message|instructions?|inst)\b|\[/?inst\]|"
    r"\bnew (?:instructions?|rules?|task|orders?)\b|"
    r"\b(?:ignoriere?n?|vergiss|ignorez|oublie\w*|ignora|olvida|ignoriert|dimentica|ignorar|"
    r"zignoruj|negeer|ignorera|yoksay)\b.{0,60}|игнорируй|забудь|忽略|無視して|무시",
    re.IGNORECASE,
)
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{28,}={0,2}")
_HIDDEN = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0e\ufeff\U000e0000-\U000e0fff]"
)
_MARKED = re.compile(
    r"<!--|<script|display\s*:\s*none|font-size\s*:\s*0|javascript:", re.IGNORECASE
)
_LOOKS = str.maketrans("аеорсхуіѕ431057", "aeopcxyisaeiost")
MOST = 4_000
"""Characters of a line that are looked at."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A line that speaks to a bot: its file and number, and why it was flagged."""

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.why}"


def look(name: str, text: str) -> list[Addressed]:
    """The lines of a text that speak to a bot, at most one finding a line."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        why = _why(line[:MOST])
        if why:
            found.append(Addressed(name, number, why))
    return found


def look_through(folder: Path, sources: tuple[Source, ...]) -> list[Addressed]:
    """The same for all documents of a corpus folder."""
    names = dict.fromkeys(name for one in sources for name in one.documents)
    return [one for name in names for one in look(name, (folder / name).read_text("utf-8"))]


def _why(line: str) -> str:
    if _HIDDEN.search(line):
        return "it holds characters that nobody sees"
    if _MARKED.search(line):
        return "it holds hidden markup"
    plain = unicodedata.normalize("NFKC", line)
    readings = [plain, plain.translate(_LOOKS), plain[::-1], _rotated(plain)]
    if any(_ORDERS.search(one) for one in readings):
        return "it gives orders to a bot"
    for token in _ENCODED.findall(line):
        try:
            base64.b64decode(token + "=" * (-len(token) % 4), validate=True).decode("ascii")
        except ValueError:
            continue
        return "it holds an encoded text"
    return ""


def _rotated(text: str) -> str:
    import codecs

    return codecs.encode(text, "rot13")
