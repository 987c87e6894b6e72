"""Understanding with no model: cues and quantities, each fact with the words that state it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hiring_advisor.corpus.rubric import FactSpec, Rubric
from hiring_advisor.understanding.clauses import Clause, is_negated, lower_same_length, split
from hiring_advisor.understanding.cues import IGNORE, Cue
from hiring_advisor.understanding.facts import Fact
from hiring_advisor.understanding.messages import Message
from hiring_advisor.understanding.quantities import Quantity, find, role

MAX_QUOTE = 160
_YES = frozenset({"yes", "yeah", "yep", "yup", "sure", "indeed", "definitely", "absolutely"})
_NO = frozenset({"no", "nope", "nah", "not"})
# Unknown is never no, also where it begins with the word.
_UNSURE = re.compile(
    r"\b(?:not (?:sure|certain|clear|known|decided|yet|that i know)|"
    r"no (?:idea|clue|opinion|answer)|don'?t (?:know|care)|yes and no|depends)\b"
)
_OWN_SIZE = ("we are", "we're", "team of", "company of", "employees", "staff of", "headcount")
_NOT_A_BUDGET = (
    "revenue", "turnover", "raised", "sales", "valuation", "fine", "fines", "profit", "market",
    "per hour", "an hour", "salary", "loses", "loss", "losing", "cost us", "worth", "processed",
    "transactions", "invoice", "deal", "contracts", "loans",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One reading of one place: a value and how strongly it stands there (0 to 1)."""

    fact: str
    value: str
    start: int
    end: int
    strength: float


class LocalReader:
    """Reads facts from one message at a time. Pure: the same message, the same facts."""

    def __init__(self, rubric: Rubric, cues: Sequence[Cue]) -> None:
        self.rubric = rubric
        self._plain = [cue for cue in cues if cue.plain is not None and cue.value != IGNORE]
        self._always = [cue for cue in cues if cue.always is not None and cue.value != IGNORE]
        self._ignore = [cue for cue in cues if cue.value == IGNORE]

    def read(self, message: Message) -> dict[str, Fact]:
        """The facts that a message states about the project, each with its clause as witness.

        Where a message says both values of a fact, the stronger reading wins, then the later.
        """
        best: dict[str, Finding] = {}
        for finding in sorted(
            self.findings(message.text), key=lambda one: (one.strength, one.start)
        ):
            best[finding.fact] = finding
        return {
            name: self._fact(message, finding)
            for name, finding in sorted(best.items(), key=lambda item: item[1].start)
        }

    def findings(self, text: str) -> list[Finding]:
        """All readings of a message, in no order; several may speak of one fact."""
        clauses = split(text)
        counted = [clause for clause in clauses if clause.counts]
        found = list(self._by_always(text, clauses))
        staged = any(one.value == "staged" for one in found)
        for clause in counted:
            found += self._by_cues(clause)
            found += _by_quantities(clause)
        if staged:
            found = [one for one in found if one.fact != "stage" or one.value == "staged"]
        return found

    def _by_always(self, text: str, clauses: Sequence[Clause]) -> Iterable[Finding]:
        """Cues that may run over several clauses; they are looked for in the whole message."""
        low = lower_same_length(text).replace("\n", " ")
        for cue in self._always:
            if cue.always is None:
                continue
            for match in cue.always.finditer(low):
                home = _home(clauses, match.start(), match.end())
                if home is not None:
                    yield Finding(cue.fact, cue.value, home[0], home[1], 0.9)
                    break

    def _by_cues(self, clause: Clause) -> Iterable[Finding]:
        for cue in self._plain:
            if cue.plain is None:
                continue
            match = cue.plain.search(clause.low)
            if match is None or self._is_ignored(cue.fact, clause.low, match.span()):
                continue
            value = cue.value
            if is_negated(clause.low, match.start()):
                if not cue.negated:
                    continue
                value = cue.negated
            yield Finding(cue.fact, value, clause.start, clause.end, 0.7 + _weight(match.group()))

    def _is_ignored(self, fact: str, low: str, span: tuple[int, int]) -> bool:
        for cue in self._ignore:
            if cue.fact == fact and cue.always is not None:
                for match in cue.always.finditer(low):
                    if match.start() < span[1] and span[0] < match.end():
                        return True
        return False

    def _fact(self, message: Message, finding: Finding) -> Fact:
        start, end = finding.start, min(finding.end, finding.start + MAX_QUOTE)
        if end < finding.end:  # end a long quote between words
            space = message.text.rfind(" ", start, end)
            end = space if space > start else end
        return Fact(finding.value, message.text[start:end], message.message_id, start, end)

    def read_answer(self, message: Message, asked: FactSpec) -> Fact | None:
        """The answer to the question that was asked last, or None when it is none.

        An answer is the label of an option, a plain yes or no where the options say so, or a
        short text that reads as one of the fact's values.
        """
        text = message.text.strip()
        plain = lower_same_length(text).strip(" .!")
        value = _picked(plain, asked)
        if value is None and len(text.split()) <= 12:
            readings = [one for one in self.findings(text) if one.fact == asked.name]
            if readings:
                value = max(readings, key=lambda one: one.strength).value
        if value is None or not text:
            return None
        start = message.text.index(text)
        quote = text[:MAX_QUOTE]
        return Fact(value, quote, message.message_id, start, start + len(quote))


def _weight(matched: str) -> float:
    """A longer cue says more: up to 0.15 for six words."""
    return min(0.15, 0.025 * len(matched.split()))


def _picked(plain: str, asked: FactSpec) -> str | None:
    for value in asked.values:
        label = lower_same_length(value.label)
        if plain in {label, value.value, value.value.replace("_", " ")}:
            return value.value
    first = plain.split(" ", 1)[0].strip(",") if plain else ""
    side = "yes" if first in _YES else "no" if first in _NO else ""
    if side and len(plain.split()) <= 6 and not _UNSURE.search(plain):
        for value in asked.values:
            if value.label.lower().startswith(side):
                return value.value
    return None


def _home(clauses: Sequence[Clause], start: int, end: int) -> tuple[int, int] | None:
    """The span of the clauses that a match touches, or None when none of them counts."""
    touched = [one for one in clauses if one.start < end and start < one.end]
    if not any(one.counts for one in touched):
        return None
    return touched[0].start, touched[-1].end


def _by_quantities(clause: Clause) -> Iterable[Finding]:
    """Facts from durations, amounts and counts; only where the number leaves no doubt."""
    for quantity in find(clause.text):
        reading = _quantity(clause, quantity)
        if reading is not None:
            yield Finding(*reading, clause.start, clause.end, 0.65)


def _quantity(clause: Clause, quantity: Quantity) -> tuple[str, str] | None:
    if quantity.kind == "duration":
        part = role(clause.text, quantity)
        days = quantity.high
        if part == "deadline" and days <= 92:
            return "deadline", "urgent"
        if part == "length":
            if quantity.low >= 700:
                return "lifespan", "long_term"
            if days <= 45:
                return "deadline", "urgent"
        return None
    if quantity.kind == "money":
        if any(word in clause.low for word in _NOT_A_BUDGET):
            return None
        modest = quantity.bound == "at_most" or any(
            word in clause.low.split()
            for word in ("only", "just", "merely", "max", "maximum", "more")
        )
        if quantity.high <= (60_000 if modest else 20_000) and quantity.high >= 100:
            return "budget", "tight"
        if quantity.low >= 300_000 and not modest:
            return "budget", "comfortable"
        return None
    if any(word in clause.low for word in _OWN_SIZE):
        return None
    if quantity.low >= 5_000:
        return "scale", "large"
    if quantity.high <= 50 and quantity.unit in {"user", "person", "colleague", "employee"}:
        return "scale", "small"
    return None
