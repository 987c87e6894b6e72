"""The sentence check: what is not supported by the passages it cites is not shown. Pure.

A sentence passes when
1. it cites, and every number it cites is one of the passages that were retrieved;
2. every quotation in it is verbatim in a cited passage or in the visitor's words;
3. every figure in it stands in a cited passage or in the visitor's words;
4. enough of its content words stand there too (`SUPPORT_FLOOR`);
5. it holds no address, markup or image;
6. its meaning is near a cited passage (`similarity`, where the caller measured it).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hiring_advisor.corpus.rubric import Verdict
from hiring_advisor.retrieval.terms import content_stems

Reason = Literal[
    "", "no_citation", "unknown_citation", "quote", "figure", "support", "markup", "similarity",
    "contradiction",
]  # fmt: skip

SUPPORT_FLOOR = 0.6
SIMILARITY_FLOOR = 0.35

_MARKER = re.compile(r"\s*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_QUOTATION = re.compile(r"[“\"„«]([^“”\"„«»]{3,400})[”\"»]")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_FIGURE_WORD = re.compile(
    r"\b(?:percent|per cent|twice|thrice|double|doubles|triple|triples|half|halves|dozen|"
    r"dozens|hundreds?|thousands?|millions?|billions?|"
    r"lakhs?|crores?|(?:two|three|four|five|six|seven|eight|nine|ten|several|many) times|"
    r"[a-z]+fold)\b|[$€£₹%]",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"https?:|www\.|<[a-z!/]|]\(|!\[|javascript:|data:[a-z]+/|\b[\w.+-]+@[\w-]+\.[a-z]{2,}|```|"
    r"\b[a-z0-9-]+\.(?:com|net|org|io|ai|dev|co|info|biz|example|evil|xyz|ru|cn)\b",
    re.IGNORECASE,
)
# Words that answers need and no passage holds: the advisor's own speech about the article.
_GLUE = frozenset(
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
    plain = re.sub(r"\s+([.,;:!?])", r"\1", _MARKER.sub("", sentence)).strip()
    return plain, tuple(numbers)


def support(sentence: str, words: str) -> float:
    """Share of a sentence's content stems that `words` hold; 1 for a sentence without any."""
    asked = [stem for stem in content_stems(sentence) if stem not in _GLUE]
    if not asked:
        return 1.0
    held = set(content_stems(words))
    return sum(stem in held for stem in asked) / len(asked)


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
    if _MARKUP.search(sentence):
        return Checked(False, "markup")
    for match in _QUOTATION.finditer(sentence):
        quote = _plain(match.group(1)).strip(" .,;…")
        if not any(quote in text for text in (*texts, own)):
            return Checked(False, "quote")
    allowed = " ".join((*texts, own))
    known_figures = set(_FIGURE.findall(allowed))
    if any(figure not in known_figures for figure in _FIGURE.findall(sentence)):
        return Checked(False, "figure")
    for match in _FIGURE_WORD.finditer(sentence):
        if match.group().lower() not in allowed.lower():
            return Checked(False, "figure")
    words = " ".join((*texts, *(one.context for one in cited), own))
    if support(sentence, words) < SUPPORT_FLOOR:
        return Checked(False, "support")
    if similarity is not None and similarity < SIMILARITY_FLOOR:
        return Checked(False, "similarity")
    return Checked(True)


def _plain(text: str) -> str:
    """Straighten quotes and white space, so that a quotation is compared by its words."""
    table = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})
    return " ".join(text.translate(table).split()).lower()


_OPTION = {
    "freelancers": re.compile(
        r"\b(?:freelanc\w*|contractors?|gig workers?|externals?)\b", re.IGNORECASE
    ),
    "full_time": re.compile(
        r"\b(?:full[- ]?time\w*|permanent (?:staff|employees?|team|hires?|engineers?)|employees|"
        r"in-house (?:team|engineers?|staff|hires?)|own staff)\b",
        re.IGNORECASE,
    ),
    "hybrid": re.compile(
        r"\b(?:hybrid|staged|both (?:options|models|together)|combin\w+|mix of)\b", re.IGNORECASE
    ),
}
_DIRECTIVE = re.compile(
    r"\b(?:recommend\w*|suggest\w*|advis\w*|verdict|conclu\w+|should|must|ought|need to|"
    r"have to|best|better|right|ideal\w*|perfect|safer|safest|"
    r"prefer\w*|go with|go for|opt for|choose|hire|pick|stick with|rely on|your (?:choice|"
    r"option|answer|project)|for you|winner|wins?|superior|suit\w*|"
    r"clear(?:ly)?|obvious\w*|definite\w*|answer is|way to go|smart\w*|wise\w*|"
    r"sufficient|enough|all you need|instead)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|when|unless|would|could|might|were|in case|provided|as long as|where|once|"
    r"although|though|while|whereas|however|"
    r"for (?:short|simple|one|production|long|poc|pocs|prototyp\w*))\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:not|never|no|cannot|can't|isn't|aren't|without|rather than|less|"
    r"avoid|against|neither|nor|only for)\b",
    re.IGNORECASE,
)


def contradicts(sentence: str, verdict: Verdict) -> bool:
    """Whether a sentence argues, unconditionally, for another option than the tool's verdict.

    Deliberately strict: a sentence that might be read so is not shown beside a verdict.
    """
    named = {option for option, pattern in _OPTION.items() if pattern.search(sentence)}
    if not named or not _DIRECTIVE.search(sentence):
        return False
    if verdict == "hybrid":
        # A plan in two stages names both sides; a sentence for one side alone goes against it.
        argued = named & {"freelancers", "full_time"}
        alone = len(argued) == 1 and "hybrid" not in named
        return alone and not _CONDITION.search(sentence) and not _is_stage(sentence)
    if verdict == "need_more_info":
        return not _CONDITION.search(sentence)
    others = named - {verdict}
    if not others or _CONDITION.search(sentence):
        return False
    if verdict not in named:
        return not _NEGATED.search(sentence)
    return not _mentions_in_favour(sentence, verdict)


def _is_stage(sentence: str) -> bool:
    return bool(
        re.search(
            r"\b(?:prototyp\w*|first|then|afterwards|stage\w*|phase\w*|transition\w*|deploy\w*|later)\b",
            sentence,
            re.IGNORECASE,
        )
    )


def _mentions_in_favour(sentence: str, verdict: Verdict) -> bool:
    """In a sentence that names both sides: whether the first directive speaks of the verdict's."""
    directive = _DIRECTIVE.search(sentence)
    if directive is None:
        return True
    places = {
        option: min(
            (abs(match.start() - directive.end()) for match in pattern.finditer(sentence)),
            default=10_000,
        )
        for option, pattern in _OPTION.items()
    }
    nearest = min(places, key=lambda option: places[option])
    negated = bool(_NEGATED.search(sentence[max(0, directive.start() - 25) : directive.end() + 12]))
    return (nearest == verdict) != negated
