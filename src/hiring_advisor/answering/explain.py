"""A recommendation in sentences: the verdict, its reasons in the visitor's words, what flips it.

All of it is read off the scoring tool's result; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hiring_advisor.answering.grounding import holds_address
from hiring_advisor.answering.sources import SourceList
from hiring_advisor.answering.speech import Speech
from hiring_advisor.answering.turn import Option, Question, Sentence
from hiring_advisor.corpus.rubric import Rubric
from hiring_advisor.scoring.recommendation import Contribution, Recommendation

MAX_REASONS = 3
_NEVER_LOWER = ("AI", "Full-time", "I ", "PoC")


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict, its reasons, and what would flip it: two to five sentences in all."""

    head: list[Sentence]
    reasons: list[Sentence] = field(default_factory=list)
    close: list[Sentence] = field(default_factory=list)


class Explainer:
    """Says recommendations of one rubric."""

    def __init__(self, rubric: Rubric, speech: Speech, headings: dict[str, str]) -> None:
        self._rubric = rubric
        self._lines = speech.recommendation
        self._headings = headings

    def explain(
        self,
        result: Recommendation,
        sources: SourceList,
        *,
        before: str | None = None,
    ) -> Explanation:
        """A recommendation in sentences; `before` is the verdict that stood before."""
        if result.verdict == "need_more_info":
            return Explanation(self._undecided(result, sources))
        head = []
        if before not in {None, "need_more_info", result.verdict}:
            changed = self._lines["changed"].format(
                before=self._rubric.options[str(before)].label,
                after=self._rubric.options[result.verdict].label,
            )
            head.append(Sentence(changed, self._verdict_source(result, sources)))
        head.append(Sentence(result.summary, self._verdict_source(result, sources)))
        for_it, against = self._sides(result)
        quoted: set[str] = set()
        told = [(row, "reason") for row in for_it[: MAX_REASONS - bool(against)]]
        told += [(row, "against") for row in against[:1]]
        reasons = [self._reason(row, sources, line, quoted) for row, line in told]
        flip = self.flip_sentence(result, sources)
        return Explanation(head, reasons, [flip] if flip is not None else [])

    def flips(self, result: Recommendation, sources: SourceList) -> list[Sentence]:
        """What would change the verdict: up to four single facts, each with its source."""
        found = [
            sentence
            for one in self._telling_flips(result)[:4]
            if (sentence := self._flip(one, sources)) is not None
        ]
        return found or [
            Sentence(self._lines["no_flip"], self._verdict_source(result, sources)),
        ]

    def flip_sentence(self, result: Recommendation, sources: SourceList) -> Sentence | None:
        """The most telling flip in one sentence, or None where no single fact flips."""
        telling = self._telling_flips(result)
        return self._flip(telling[0], sources) if telling else None

    def question(
        self, result: Recommendation, asked: frozenset[str] = frozenset()
    ) -> Question | None:
        """The next question of a recommendation, with its options, or None.

        `asked` are the texts of questions that were asked before: whoever has confirmed both sides
        of a contradiction is not asked about it again.
        """
        for clash in result.contradictions:
            if clash["question"] not in asked:
                return self._asking(str(clash["ask"]), str(clash["question"]))
        name = result.next_fact
        if result.contradictions:
            can_flip = {flip["fact"] for flip in result.flips if flip["from"] is None}
            undecided = result.verdict == "need_more_info"
            name = next((one for one in result.missing if undecided or one in can_flip), None)
        return None if name is None else self._asking(name, self._rubric.fact(name).question)

    def _asking(self, name: str, text: str) -> Question:
        values = self._rubric.fact(name).values
        return Question(name, text, tuple(Option(value.label, value.value) for value in values))

    def _undecided(self, result: Recommendation, sources: SourceList) -> list[Sentence]:
        scope = sources.cite(
            "faq/choosing", self._headings["faq/choosing"], "Base it on your project scope:"
        )
        sentences = [Sentence(result.summary, (scope,))]
        known = [
            f"{self._rubric.fact(one.fact).value(one.value).reading} (“{one.quote}”)"
            if _may_be_said(one.quote)
            else self._rubric.fact(one.fact).value(one.value).reading
            for one in _one_per_fact(result.contributions)
        ]
        if known:
            sentences.append(
                Sentence(self._lines["understood"].format(facts=", ".join(known)), (scope,))
            )
        else:
            sentences.append(Sentence(self._lines["nothing_known"], (scope,)))
        return sentences

    def _sides(self, result: Recommendation) -> tuple[list[Contribution], list[Contribution]]:
        """Reasons for the verdict and against it, one a fact, the weightiest first."""
        rows = _one_per_fact(result.contributions)
        if result.verdict == "hybrid":
            first = [one for one in rows if one.points["freelancers"]]
            second = [one for one in rows if one.points["full_time"]]
            # A plan in two stages has reasons on both sides: one of each, then the rest. Where
            # the plan itself was said, its two halves are the first two.
            halves = [
                one
                for one in result.contributions
                if self._rubric.fact(one.fact).value(one.value).leans == "hybrid"
            ]
            mixed = [one for pair in zip(first, second, strict=False) for one in pair]
            ordered = _distinct((*halves, *mixed, *rows))
            return ordered, []
        side = result.verdict
        return [one for one in rows if one.points[side]], [
            one for one in rows if not one.points[side]
        ]

    def _reason(
        self, row: Contribution, sources: SourceList, line: str, quoted: set[str]
    ) -> Sentence:
        """One reason. The same words of the visitor are quoted once only."""
        number = sources.cite(row.section_id, self._headings[row.section_id], row.source_quote)
        if row.quote and _may_be_said(row.quote) and row.quote not in quoted:
            quoted.add(row.quote)
            text = self._lines[line].format(quote=_short(row.quote), why=_lower(row.why))
        else:
            text = self._lines[f"{line}_unsaid"].format(Why=row.why, why=_lower(row.why))
        return Sentence(text, (number,))

    def _verdict_source(self, result: Recommendation, sources: SourceList) -> tuple[int, ...]:
        """The section on which the verdict itself stands: its constraint's, else its first
        reason's.
        """
        for binding in result.constraints:
            if result.verdict in {binding.at_least, binding.at_most}:
                return (
                    sources.cite(
                        binding.section_id,
                        self._headings[binding.section_id],
                        binding.source_quote,
                    ),
                )
        for row in result.contributions:
            return (sources.cite(row.section_id, self._headings[row.section_id], row.source_quote),)
        return ()

    def _telling_flips(self, result: Recommendation) -> list[dict[str, str | None]]:
        """Single flips to another decided verdict: what was not said yet before what was."""
        found = [
            dict(one)
            for one in result.flips
            if one["to"] is not None and one["verdict"] != "need_more_info"
        ]
        return sorted(found, key=lambda one: one["from"] is not None)

    def _flip(self, flip: dict[str, str | None], sources: SourceList) -> Sentence | None:
        fact, value = str(flip["fact"]), str(flip["to"])
        rules = self._rubric.rules_for(fact, value)
        if not rules:
            return None
        text = self._lines["flip"].format(
            verdict=self._rubric.options[str(flip["verdict"])].label,
            would=self._rubric.fact(fact).value(value).would,
        )
        number = sources.cite(
            rules[0].section_id, self._headings[rules[0].section_id], rules[0].source_quote
        )
        return Sentence(text, (number,))


def _one_per_fact(rows: Sequence[Contribution]) -> list[Contribution]:
    """The weightiest reason of each fact, the weightiest fact first (as the tool sorts them)."""
    seen: dict[str, Contribution] = {}
    for row in rows:
        seen.setdefault(row.fact, row)
    return list(seen.values())


def _distinct(rows: Sequence[Contribution]) -> list[Contribution]:
    """Rows without repetition, in order. A contribution holds a mapping, so it has no hash."""
    found: list[Contribution] = []
    for row in rows:
        if row not in found:
            found.append(row)
    return found


def _may_be_said(quote: str | None) -> bool:
    """Whether the visitor's words may be said back: an address in them would be shown as ours."""
    return bool(quote) and not holds_address(quote or "")


def _short(quote: str) -> str:
    """A quote for a sentence: in one line, at most 90 characters, cut between words."""
    line = " ".join(quote.split())
    if len(line) <= 90:
        return line
    return line[:90].rsplit(" ", 1)[0] + " …"


def _lower(text: str) -> str:
    if text.startswith(_NEVER_LOWER):
        return text if not text.startswith("Full-time") else "f" + text[1:]
    return text[0].lower() + text[1:]
