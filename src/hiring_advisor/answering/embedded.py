"""Wording with no model: statements of the corpus, chosen, ordered and said so that they read well.

A direct answer comes first, then what belongs to it; two to five sentences, each with its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hiring_advisor.answering.sources import SourceList, quote_of
from hiring_advisor.answering.turn import Sentence
from hiring_advisor.answering.wording import Wording
from hiring_advisor.corpus.documents import Statement
from hiring_advisor.retrieval.retriever import Passage, Retriever
from hiring_advisor.retrieval.terms import content_stems, stems_in
from hiring_advisor.understanding.questions import Frame

MAX_SENTENCES = 5
_KEEP_SHARES = (0.0, 0.8, 0.87)
"""A second and a further passage belong to the answer when they are this near to the best one."""

# Parts of the article that are lists: what a question for all of it should name.
_LISTS = {
    ("freelancers", "pros"): "freelancer-pros",
    ("freelancers", "cons"): "freelancer-limits",
    ("full_time", "pros"): "full-time-pros",
    ("full_time", "cons"): "full-time-challenges",
    ("freelancers", "when"): "choose-freelancers",
    ("full_time", "when"): "choose-full-time",
}
_COUNT_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_OPENINGS = {
    "freelancer-pros": "The article names {count} advantages of freelancers: {items}.",
    "freelancer-limits": "The article names {count} limitations of freelancers: {items}.",
    "full-time-pros": "The article names {count} advantages of full-time engineers: {items}.",
    "full-time-challenges": "The article names {count} challenges with full-time hiring: {items}.",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence before the check, with the passage and the statement it was made from."""

    text: str
    passage: Passage
    statement: Statement


class EmbeddedWriter:
    """Writes answers to questions about the article."""

    def __init__(self, retriever: Retriever, wording: Wording) -> None:
        self._retriever = retriever
        self._wording = wording

    def write(
        self, question: Frame, passages: Sequence[Passage], sources: SourceList
    ) -> list[Sentence]:
        """Answer from the passages, best first; empty when there are none.

        A question for a whole list of the article ("the cons of freelancers") gets the list; a
        comparison begins with the table's row; all else is answered from the best passages.
        """
        section = self._list_section(question, passages)
        if section is not None:
            listed = self._list(section, sources)
            if listed:
                return listed
        if question.side in {"both", ""} and question.valence and question.shape == "list":
            both = self._both_sides(question, passages, sources)
            if both:
                return both
        drafts = self._drafts(question, passages)
        return [
            Sentence(draft.text, (self._cite(draft, sources),)) for draft in drafts[:MAX_SENTENCES]
        ]

    def _cite(self, draft: Draft, sources: SourceList) -> int:
        return sources.cite(
            draft.passage.section_id,
            draft.passage.heading,
            quote_of(draft.passage, draft.statement),
        )

    # --- lists ---------------------------------------------------------------------------------

    def _list_section(self, question: Frame, passages: Sequence[Passage]) -> str | None:
        """The article's list that the question asks for as a whole, if it does."""
        if question.side not in {"freelancers", "full_time"}:
            return self._nearest_list(question, passages)
        if question.shape == "when":
            return _LISTS[question.side, "when"]
        if question.shape == "list" and question.valence:
            about = self._aspects(question)
            return None if about else _LISTS[question.side, question.valence]
        return None

    def _nearest_list(self, question: Frame, passages: Sequence[Passage]) -> str | None:
        """A list of the article that belongs to neither side, as what makes AI production-grade."""
        if question.shape not in {"list", "define"} or question.side or question.valence:
            return None
        nearest = passages[0].section_id.partition("/")[0] if passages else ""
        listed = any(
            chunk.kind == "bullet" and chunk.section_id.startswith(f"{nearest}/")
            for chunk in self._retriever.chunks
        )
        return nearest if listed and question.shape == "list" else None

    def _aspects(self, question: Frame) -> set[str]:
        """What a question asks beside a side and its pros or cons; empty: it asks for all of them.

        Words that the corpus does not know ("as bullet points") ask for nothing.
        """
        asked = set(content_stems(question.whole)) - _ASPECT_FREE
        return {stem for stem in asked if self._retriever.covered(stem) > 0}

    def _list(self, section_id: str, sources: SourceList) -> list[Sentence]:
        children = [
            passage
            for passage in map(self._retriever.passage, range(len(self._retriever.chunks)))
            if passage.section_id.startswith(f"{section_id}/")
        ]
        if not children:
            return []
        if section_id not in _OPENINGS:
            return [self._say(child, child.statements[0], sources) for child in children][
                :MAX_SENTENCES
            ]
        details = [self._say(child, child.statements[0], sources) for child in children]
        names = [_in_a_sentence(child.heading) for child in children]
        opening = _OPENINGS[section_id].format(
            count=_COUNT_WORDS[len(children)], items=_join(names)
        )
        cited = tuple(number for one in details for number in one.citations)
        return [Sentence(opening, cited), *details][:MAX_SENTENCES]

    def _both_sides(
        self, question: Frame, passages: Sequence[Passage], sources: SourceList
    ) -> list[Sentence]:
        """Pros or cons of both sides: the two lists named, one sentence each."""
        if self._aspects(question):
            return []
        result: list[Sentence] = []
        for side in ("freelancers", "full_time"):
            listed = self._list(_LISTS[side, question.valence], sources)
            result += listed[:1]
        return result

    def _say(self, passage: Passage, statement: Statement, sources: SourceList) -> Sentence:
        text = self._wording.say(statement) or statement.text
        return Sentence(text, (self._cite(Draft(text, passage, statement), sources),))

    # --- everything else -----------------------------------------------------------------------

    def _drafts(self, question: Frame, passages: Sequence[Passage]) -> list[Draft]:
        if not passages:
            return []
        ordered = _ordered(question, passages)
        best = ordered[0].relevance
        asked = set(content_stems(question.whole))
        drafts: list[Draft] = []
        for place, passage in enumerate(ordered):
            if passage.relevance < _KEEP_SHARES[min(place, 2)] * best:
                continue
            if passage.kind == "row" and any(one.passage.kind == "row" for one in drafts):
                continue  # another row of the table is another subject
            room = 3 if place == 0 else 2 if place == 1 else 1
            said = [
                Draft(text, passage, statement)
                for statement in passage.statements
                if (text := self._wording.say(statement))
            ]
            if len(said) > room:
                # Of a long passage the statements nearest to the question, in their own order.
                ranked = sorted(
                    range(len(said)),
                    key=lambda index: (-len(asked & stems_in(said[index].text)), index),
                )
                said = [said[index] for index in sorted(ranked[:room])]
            drafts += [one for one in said if not _repeats(one, drafts)]
            if len(drafts) >= MAX_SENTENCES:
                break
        return drafts


def _ordered(question: Frame, passages: Sequence[Passage]) -> list[Passage]:
    """The passages in the order of saying: a comparison begins with the table's row."""
    if question.shape == "compare":
        rows = [one for one in passages[:3] if one.kind == "row"]
        return rows[:1] + [one for one in passages if one not in rows[:1]]
    return list(passages)


def _repeats(draft: Draft, said: Sequence[Draft]) -> bool:
    """Whether a sentence says nearly what one before it said."""
    stems = stems_in(draft.text)
    return any(stems and len(stems & stems_in(one.text)) / len(stems) > 0.75 for one in said)


_ASPECT_FREE = frozenset(
    content_stems(
        """
        pros cons advantages advantage disadvantages disadvantage benefits benefit drawbacks
        drawback downsides downside upsides upside limitations limitation weaknesses weakness
        strengths strength challenges challenge problems problem risks pitfalls list name main
        biggest key all freelancers freelancer freelance contractors contractor full-time full
        time engineers engineer employees employee hiring hire hired permanent in-house house
        staff AI software project projects developers developer people team good bad things
        reasons reason using use work working both side sides points major typical common
        overview summary external externals shortcomings go goes wrong other hires
        """
    )
)


def _in_a_sentence(heading: str) -> str:
    """A heading as part of a sentence: Title Case becomes lower case, acronyms stay."""
    return " ".join(
        word.lower() if "-" in word or word.capitalize() == word else word
        for word in heading.split()
    )


def _join(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
