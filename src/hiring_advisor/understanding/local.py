"""Understanding with no language model: what a message states, each fact with its words.

Three readers look at a message: cues and quantities, which are exact, and, where there is one,
the clause classifier, which knows paraphrases. `join` says how they agree.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from hiring_advisor.corpus.rubric import FactSpec, Rubric
from hiring_advisor.understanding.amounts import facts_in
from hiring_advisor.understanding.classifier import ClauseClassifier, Reading
from hiring_advisor.understanding.clauses import Clause, is_negated, lower_same_length, split
from hiring_advisor.understanding.cues import IGNORE, Cue
from hiring_advisor.understanding.facts import Fact
from hiring_advisor.understanding.messages import Message

MAX_QUOTE = 160
MIN_CLAUSE = 2
MAX_CLAUSES = 400
"""A page of a mail thread has fewer; ten thousand one-letter lines cost no more than these."""
FRAGMENT = 4
"""Words up to which a clause is a mere fragment of a longer sentence."""
HINT = 0.2
"""The probability with which the sentence has to hint at what a fragment says."""
BY_AMOUNT = 0.65
"""How strongly an amount speaks: a little less than the words of a cue."""
GLIMPSE = 0.05
"""How much the classifier must see of what a cue or an amount says."""
_YES = frozenset({"yes", "yeah", "yep", "yup", "sure", "indeed", "definitely", "absolutely"})
_NO = frozenset({"no", "nope", "nah", "not"})
# Unknown is never no, also where it begins with the word.
_UNSURE = re.compile(
    r"\b(?:not (?:sure|certain|clear|known|decided|yet|that i know)|"
    r"no (?:idea|clue|opinion|answer)|don'?t (?:know|care)|yes and no|depends)\b"
)


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

    def __init__(
        self, rubric: Rubric, cues: Sequence[Cue], classifier: ClauseClassifier | None = None
    ) -> None:
        """Without a classifier, cues and quantities alone are the reading."""
        self.rubric = rubric
        self._classifier = classifier
        self._plain = [cue for cue in cues if cue.plain is not None and cue.value != IGNORE]
        self._always = [cue for cue in cues if cue.always is not None and cue.value != IGNORE]
        self._ignore = [cue for cue in cues if cue.value == IGNORE]
        # A message is read for its answer, its facts and a model's quotes of it: once is enough.
        self._recent = lru_cache(maxsize=32)(self._find)
        self._readings = lru_cache(maxsize=32)(self._read_clauses)

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

    def findings(self, text: str) -> tuple[Finding, ...]:
        """All readings of a message, in no order; several may speak of one fact."""
        return self._recent(text)

    def _find(self, text: str) -> tuple[Finding, ...]:
        clauses = _worth_reading(text)
        exact = self._exact(text, clauses)
        if self._classifier is None:
            return tuple(exact)
        readings = _trusted(self._readings(text), clauses)
        return tuple(join(readings, exact, self._classifier.threshold))

    def _read_clauses(self, text: str) -> tuple[Reading, ...]:
        if self._classifier is None:
            return ()
        return tuple(self._classifier.read(text, _worth_reading(text)))

    def glimpses(self, text: str) -> list[Finding]:
        """Every reading of a clause that may count, however faint: its strength is how likely.

        What is supposed, past, somebody else's or asked in general gives none.
        """
        worth = _worth_reading(text)
        places = {(one.start, one.end) for one in worth if one.counts and not one.about_others}
        if self._classifier is None:
            return [one for one in self._exact(text, worth) if (one.start, one.end) in places]
        return [
            Finding(one.fact, one.value, one.start, one.end, one.probability)
            for one in self._readings(text)
            if (one.start, one.end) in places
        ]

    def cued(self, text: str) -> list[Finding]:
        """What cues and amounts say by themselves, whether or not the classifier bears it out."""
        return self._exact(text, _worth_reading(text))

    def _exact(self, text: str, clauses: Sequence[Clause]) -> list[Finding]:
        counted = [clause for clause in clauses if clause.counts]
        found = list(self._by_always(text, clauses))
        staged = any(one.value == "staged" for one in found)
        for clause in counted:
            found += self._by_cues(clause)
            found += (
                Finding(fact, value, clause.start, clause.end, BY_AMOUNT)
                for fact, value in facts_in(clause)
            )
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


def _worth_reading(text: str) -> list[Clause]:
    return [one for one in split(text) if len(one.text) >= MIN_CLAUSE][:MAX_CLAUSES]


def join(readings: Sequence[Reading], exact: Sequence[Finding], threshold: float) -> list[Finding]:
    """What the classifier is sure of, and what a cue or an amount says and it does not rule out.

    A cue that the classifier sees nothing in is left out: words that occur in a clause are not
    yet what the clause says. Its word weighs as much as the classifier sees of it, so that it
    fills a gap but does not outvote a reading that is sure.
    """
    found = [
        Finding(one.fact, one.value, one.start, one.end, one.probability)
        for one in readings
        if one.probability >= threshold
    ]
    seen: defaultdict[tuple[str, str], list[Reading]] = defaultdict(list)
    for one in readings:
        seen[one.fact, one.value].append(one)
    for hint in exact:
        support = max(
            (
                one.probability
                for one in seen[hint.fact, hint.value]
                if one.start < hint.end and hint.start < one.end
            ),
            default=0.0,
        )
        if support >= GLIMPSE:
            found.append(Finding(hint.fact, hint.value, hint.start, hint.end, support))
    return found


def _trusted(readings: Sequence[Reading], clauses: Sequence[Clause]) -> list[Reading]:
    """The readings without those of other people's projects and of mere fragments.

    A fragment of a sentence, such as “for once” or “and the boats”, says too little by itself: it
    counts where the sentence as a whole at least hints at the same.
    """
    sentence_of: dict[tuple[int, int], tuple[int, int]] = {}
    fragments: set[tuple[int, int]] = set()
    for _, group in groupby(clauses, key=lambda one: one.sentence):
        parts = list(group)
        if any(one.about_others for one in parts):
            continue
        sentence = parts[0].start, parts[-1].end
        sentence_of[sentence] = sentence
        for one in parts:
            sentence_of[one.start, one.end] = sentence
            if len(parts) > 1 and len(one.text.split()) <= FRAGMENT:
                fragments.add((one.start, one.end))
    seen = {(one.fact, one.value, one.start, one.end): one.probability for one in readings}
    return [
        one
        for one in readings
        if (home := sentence_of.get((one.start, one.end))) is not None
        and (
            (one.start, one.end) not in fragments
            or seen.get((one.fact, one.value, *home), 0.0) >= HINT
        )
    ]


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
