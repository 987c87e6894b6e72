"""The sentence check: what is not supported by the passages it cites is not shown. Pure.

A sentence passes when
1. it cites, and every number it cites is one of the passages that were retrieved;
2. every quotation in it is verbatim in a cited passage or in the visitor's words;
3. every figure in it, in digits or words, stands in a cited passage or in the visitor's words;
4. enough of its content words stand there too (`SUPPORT_FLOOR`), the sides that it names are
   spoken of there, and it denies nothing where no denial stands;
5. it holds no address, markup or image;
6. it speaks for nobody, promises nothing and names nobody that they do not (`manner`);
7. its meaning is near a cited passage (`similarity`, where the caller measured it).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

from hiring_advisor.answering.contradiction import contradicts, options_in
from hiring_advisor.answering.manner import offence
from hiring_advisor.retrieval.terms import content_stems, stems_in

Reason = Literal[
    "", "no_citation", "unknown_citation", "quote", "figure", "support", "markup", "similarity",
    "contradiction", "voice", "promise", "address", "code", "name", "recital",
]  # fmt: skip

SUPPORT_FLOOR = 0.6
SIMILARITY_FLOOR = 0.35

# Runs are looked at from where they begin: from each of their places takes quadratic time.
_MARKER = re.compile(r"(?<!\s)\s*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_QUOTATION = re.compile(
    r"[“\"„«]([^“”\"„«»]{1,400})[”\"»]|(?<!\w)[‘'](?=\w)(.{3,400}?[\w.,!?…])['’](?!\w)"
)
_QUOTATION_MARK = re.compile(r"[“”\"„«»]")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*(?:%|[a-z]+)?", re.IGNORECASE)
_PERCENT = re.compile(r"(?<!\s)\s*(?:%|\b(?:percent|per cent)\b)", re.IGNORECASE)
_TIME = r"(?:minute|hour|day|week|fortnight|month|quarter|year|decade)s?"
_COUNTED = (
    r"(?:advantages?|limitations?|challenges?|drawbacks?|benefits?|risks?|reasons?|points?|sides?|"
    r"options?|models?|kinds?|ways?|cases?|stages?|criteria|questions?|pros|cons|things)"
)
_FIGURE_WORD = re.compile(
    r"\b(?:twice|thrice|double[sd]?|triple[sd]?|half|halves|dozens?|couple|hundreds?|thousands?|"
    r"millions?|billions?|lakhs?|crores?|grand|[a-z]+fold|dollars?|euros?|pounds?|rupees?|bucks|"
    r"usd|eur|gbp|inr|chf|cents?|"
    rf"(?:one|an?|per|each|every) {_TIME}|two (?:{_TIME}|times|people|\w+ers?)|(?:several|"
    rf"many) times|"
    r"(?:three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|"
    rf"sixty|seventy|eighty|ninety)(?! (?:\w+ )?{_COUNTED}\b))\b|[$€£₹¥½⅓⅔¼¾]",
    re.IGNORECASE,
)
_NUMBER = (
    r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|"
    r"forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|"
    r"lakhs?|crores?|half)"
)
_MEASURE = re.compile(
    rf"(?<![\w-])(?P<amount>\d[\d.,:]{{0,20}}|{_NUMBER}(?:[\s-]{_NUMBER}){{0,6}})[\s-]"
    rf"(?P<unit>{_TIME}|dollars?|euros?|pounds?|rupees?|bucks|cents?|times|people|users?|"
    r"(?:full[- ]time )?engineers?|freelancers?|developers?|customers?|companies|projects?)\b",
)
_DENIES = re.compile(
    r"\b(?:not|never|cannot|no|none|nobody|nothing|neither|nor)\b|n't\b", re.IGNORECASE
)
_LACKS = re.compile(
    r"\b(?:little|lack|minimal|limited|fewer|unreliable|fall short|only)\b", re.IGNORECASE
)
_FOREIGN = re.compile(r"(?<![^\W\d_])[^\W\d_]*[^\W\d_\x00-\x7f][^\W\d_]*")
_MARKUP = re.compile(
    r"//|\b(?:https?|mailto|tel|javascript|vbscript|data):|\bwww\b|</?[a-z!]|"
    r"&(?:#\w+|[a-z]{2,8});|]\s*[(:]|!\[|[\w.+-]@[\w-]|```|[{}]|"
    r"[a-z0-9-]{2}\.[a-z]{2,}\b",  # a host name, whatever its ending
    re.IGNORECASE,
)
GLUE = frozenset(
    content_stems(
        """
        article says states according names lists points notes describes compares rates puts
        recommend recommendation advise suggest freelancers freelancer full-time full time
        engineers engineer hybrid staged plan project projects company companies team side sides
        option options case means speaks reason reasons contrast hand whereas therefore hence
        overall short summary first second third fourth finally example advantage advantages
        disadvantage disadvantages limitation limitations benefit benefits drawback drawbacks AI
        software system systems build building built said mention mentioned both one two three
        four five applies matters fits fit suits suit favours favour
        """
    )
)
"""Words that answers need and no passage holds: the advisor's own speech about the article."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage as the check sees it: its number, its words, and the words it may be quoted by."""

    n: int
    text: str
    context: str = ""
    """Heading and lead-in: they count for words, not for quotations."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome for one sentence; `reason` is empty when it passed."""

    ok: bool
    reason: Reason = ""


def split_markers(sentence: str) -> tuple[str, tuple[int, ...]]:
    """Take the [n] markers out of a sentence; return its plain text and the numbers, in order."""
    numbers: dict[int, None] = {}
    for match in _MARKER.finditer(sentence):
        for number in match.group(1).split(","):
            numbers[int(number)] = None
    plain = re.sub(r"(?<!\s)\s+([.,;:!?])", r"\1", _MARKER.sub("", sentence)).strip()
    return plain, tuple(numbers)


def support(sentence: str, words: str) -> float:
    """Share of a sentence's content stems that `words` hold; 0 for a sentence without any.

    A word in letters that no stem knows counts as one: nothing passes for being unreadable.
    """
    asked = [stem for stem in content_stems(sentence) if stem not in GLUE]
    foreign = _FOREIGN.findall(sentence.lower())
    if not asked and not foreign:
        return 0.0
    held, plain = stems_in(words), words.lower()
    found = sum(stem in held for stem in asked) + sum(word in plain for word in foreign)
    return found / (len(asked) + len(foreign))


def check(
    sentence: str,
    citations: Sequence[int],
    evidence: Sequence[Evidence],
    *,
    visitor_words: str = "",
    similarity: float | None = None,
) -> Checked:
    """Check one sentence (without markers) against the passages that it cites.

    `visitor_words` are what the visitor wrote or picked: their figures and words may be said back.
    `similarity` is the highest cosine similarity to a cited passage, or None when not measured.
    """
    if not citations:
        return Checked(False, "no_citation")
    by_number = {one.n: one for one in evidence}
    if any(number not in by_number for number in citations):
        return Checked(False, "unknown_citation")
    cited = [by_number[number] for number in citations]
    texts = [_plain(one.text) for one in cited]
    own = _plain(visitor_words)
    if holds_address(sentence):
        return Checked(False, "markup")
    if not _quotes_hold(sentence, (*texts, own)):
        return Checked(False, "quote")
    if not _figures_hold(sentence, " ".join((*texts, own))):
        return Checked(False, "figure")
    words = " ".join((*texts, *(_plain(one.context) for one in cited), own))
    is_verbatim = any(_plain(sentence) in text for text in texts)
    if not is_verbatim and (
        support(sentence, words) < SUPPORT_FLOOR or not _is_about(sentence, words)
    ):
        return Checked(False, "support")
    if not is_verbatim and (broken := offence(sentence, " ".join(texts), words, GLUE)):
        return Checked(False, cast(Reason, broken))
    if similarity is not None and similarity < SIMILARITY_FLOOR:
        return Checked(False, "similarity")
    return Checked(True)


def holds_address(text: str) -> bool:
    """Whether a text holds an address, markup or an image: nothing that is said to anyone does."""
    # A dot or a slash in another dress (a one dot leader, a full-width letter) is one all the same.
    return bool(_MARKUP.search(text) or _MARKUP.search(unicodedata.normalize("NFKC", text)))


def _quotes_hold(sentence: str, texts: Sequence[str]) -> bool:
    """Whether all quotations are verbatim, whole words, and no quotation mark stands alone."""
    for match in _QUOTATION.finditer(sentence):
        quote = _plain(match.group(1) or match.group(2)).strip(" .,;:!?…")
        verbatim = re.compile(rf"(?<!\w){re.escape(quote)}(?!\w)")
        if not quote or not any(verbatim.search(text) for text in texts):
            return False
    return not _QUOTATION_MARK.search(_QUOTATION.sub("", sentence))


def _figures_hold(sentence: str, allowed: str) -> bool:
    """Whether every figure stands in the text that may be used, with the same unit sign."""
    allowed, said = (_PERCENT.sub("%", text.lower()) for text in (allowed, sentence))
    known = _figures(allowed)
    if any(figure not in known for figure in _FIGURE.findall(said)):
        return False
    rest = _FIGURE.sub(" ", said)
    if "%" in rest or not _measures(said) <= _measures(allowed):
        return False
    return all(
        re.search(rf"(?<!\w){re.escape(match.group())}(?!\w)", allowed)
        for match in _FIGURE_WORD.finditer(rest)
    )


@lru_cache(maxsize=256)  # the passages of an answer are held against each of its sentences
def _figures(text: str) -> frozenset[str]:
    """The figures of a text, with and without the letters behind them."""
    found = set(_FIGURE.findall(text))
    return frozenset(found | {re.sub(r"(?<![%a-z])[%a-z]+$", "", figure) for figure in found})


@lru_cache(maxsize=256)
def _measures(text: str) -> frozenset[tuple[str, str]]:
    """Amounts with their unit: a figure of one thing is none of another.

    An amount in words is taken whole: “a hundred” is not said by “two hundred thousand”.
    """
    return frozenset(
        (re.sub(r"[\s-]+", " ", match["amount"]), match["unit"].rstrip("s"))
        for match in _MEASURE.finditer(text)
        if match["amount"] not in {"a", "an", "one"}
    )


def _is_about(sentence: str, words: str) -> bool:
    """Whether the sides named are spoken of in `words`, and nothing is denied that they grant."""
    if (options_in(sentence) - {"hybrid"}) - options_in(words):
        return False
    denied = _DENIES.search(_plain(sentence))
    return not denied or bool(_DENIES.search(words) or _LACKS.search(words))


_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})


@lru_cache(maxsize=256)
def _plain(text: str) -> str:
    """Straighten quotes and white space, so that a quotation is compared by its words."""
    return " ".join(text.translate(_STRAIGHT).split()).lower()


__all__ = [
    "GLUE", "SIMILARITY_FLOOR", "SUPPORT_FLOOR", "Checked", "Evidence", "Reason", "check",
    "contradicts", "holds_address", "split_markers", "support",
]  # fmt: skip
