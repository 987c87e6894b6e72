"""Wording by a chat model, streamed; each sentence is checked before anyone sees it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from hiring_advisor.answering.cutting import Cutter
from hiring_advisor.answering.grounding import (
    GLUE,
    SIMILARITY_FLOOR,
    Evidence,
    Reason,
    check,
    contradicts,
    split_markers,
)
from hiring_advisor.answering.manner import recites, runs
from hiring_advisor.answering.nearness import Nearness
from hiring_advisor.answering.sources import SourceList, quote_of
from hiring_advisor.answering.turn import Sentence
from hiring_advisor.corpus.rubric import Verdict
from hiring_advisor.prompting import Prompt, fenced, within
from hiring_advisor.retrieval.embeddings import Embedder
from hiring_advisor.retrieval.retriever import Passage
from hiring_advisor.retrieval.terms import content_stems, stems_in
from hiring_advisor.understanding.chat import Asked, ChatModel, Spent
from hiring_advisor.understanding.normalise import clean

MAX_SENTENCES = 6
MAX_QUESTION = 1500
"""Characters of the question, and of the facts, that go into a prompt."""
SHORTER_PASSAGES = 2
SHORTER_QUESTION = 300
_BULLET = re.compile(r"^(?:[-*•#>]+|\d{1,2}[.)])\s+")


@dataclass(slots=True)
class Report:
    """How many sentences were shown and why the others were not."""

    shown: int = 0
    dropped: dict[str, int] = field(default_factory=dict)

    def drop(self, reason: str) -> None:
        """Count a sentence that was not shown."""
        self.dropped[reason] = self.dropped.get(reason, 0) + 1


@dataclass(frozen=True, slots=True)
class Task:
    """What the model is to word, and what it may speak of."""

    instruction: str
    question: str
    passages: tuple[Passage, ...]
    verdict: Verdict | None = None
    verdict_text: str = "none asked for"
    facts_text: str = "nothing"
    visitor_words: str = ""


class ModelWriter:
    """Words answers by a chat model from numbered passages."""

    def __init__(self, chat: ChatModel, prompt: Prompt, embedder: Embedder) -> None:
        self._chat = chat
        self.prompt = prompt
        self._embedder = embedder
        self._told = runs(prompt.system)

    async def write(
        self, task: Task, sources: SourceList, spent: Spent, report: Report
    ) -> AsyncIterator[Sentence]:
        """Yield the sentences that pass the check, as they come, with their own source numbers.

        Raises `ModelUnavailable` as soon as the stream fails; what was yielded stands.
        """
        system, user = self._rendered(task, len(task.passages), MAX_QUESTION)
        _, shorter = self._rendered(task, SHORTER_PASSAGES, SHORTER_QUESTION)
        evidence = [
            evidence_of(number, passage) for number, passage in enumerate(task.passages, start=1)
        ]
        nearness = Nearness(self._embedder, task.passages)
        cutter = Cutter()
        shown_early = ""
        seen: set[frozenset[str]] = set()
        try:
            async with aclosing(self._chat.stream(Asked(system, user, shorter), spent)) as stream:
                async for raw, is_early in _candidates(stream, cutter):
                    if shown_early and raw.startswith(shown_early):
                        continue
                    tried = Report() if is_early else report
                    sentence = await self._checked(
                        raw, task,
                        evidence=evidence, sources=sources, nearness=nearness, report=tried,
                    )  # fmt: skip
                    if sentence is None:
                        continue
                    shown_early = raw if is_early else ""
                    stems = frozenset(content_stems(sentence.text))
                    if stems in seen:
                        report.drop("repeated")
                        continue
                    seen.add(stems)
                    report.shown += 1
                    yield sentence
                    if report.shown >= MAX_SENTENCES:
                        return
        finally:
            nearness.close()

    def _rendered(self, task: Task, passages: int, question: int) -> tuple[str, str]:
        """The prompt with so many passages and so many characters of the question."""
        facts = " ".join(task.facts_text.split())
        return self.prompt.render(
            task=task.instruction,
            question=fenced(within(task.question, question, 2 * question), "question"),
            passages="\n".join(
                f"[{number}] {passage.heading}: {passage.text}"
                for number, passage in enumerate(task.passages[:passages], start=1)
            ),
            verdict=task.verdict_text,
            facts=fenced(within(facts, question, 2 * question), "question"),
        )

    async def _checked(
        self,
        raw: str,
        task: Task,
        *,
        evidence: Sequence[Evidence],
        sources: SourceList,
        nearness: Nearness,
        report: Report,
    ) -> Sentence | None:
        text, numbers = split_markers(_plain(raw))
        if not text:
            return None
        cited = [task.passages[one - 1] for one in numbers if 1 <= one <= len(task.passages)]
        reason = self._broken(text, numbers, task, evidence=evidence, cited=cited)
        if not reason:  # measured last: it costs more than all other checks together
            similarity = await nearness.of(text, cited)
            if similarity is not None and similarity < SIMILARITY_FLOOR:
                reason = "similarity"
        if reason:
            report.drop(reason)
            return None
        return Sentence(text, tuple(dict.fromkeys(_cite(text, one, sources) for one in cited)))

    def _broken(
        self,
        text: str,
        numbers: Sequence[int],
        task: Task,
        *,
        evidence: Sequence[Evidence],
        cited: Sequence[Passage],
    ) -> Reason:
        """The rule that a sentence breaks by its words, or an empty text."""
        outcome = check(text, numbers, evidence, visitor_words=task.visitor_words)
        words = " ".join(map(_verbatim, cited))
        if not outcome.ok:
            return outcome.reason
        if contradicts(text, task.verdict, words):
            return "contradiction"
        told = self._told | runs(task.instruction)
        return "recital" if recites(text, told, words, GLUE) else ""


def evidence_of(number: int, passage: Passage) -> Evidence:
    """A passage as the sentence check sees it."""
    leads = (statement.lead_in for statement in passage.statements)
    # The title stands over all sections and names both sides: it supports nothing.
    context = " ".join((*passage.path[1:], passage.heading, *leads))
    return Evidence(number, _verbatim(passage), context)


def _verbatim(passage: Passage) -> str:
    """A passage's words for quotations and figures: its statements and its own text."""
    return " ".join((*(statement.text for statement in passage.statements), passage.text))


def _plain(raw: str) -> str:
    """One line without bullets, emphasis and what cannot be seen."""
    line = re.sub(r"\*\*|__|`", "", " ".join(clean(raw).split()))
    return _BULLET.sub("", line)


def _cite(text: str, passage: Passage, sources: SourceList) -> int:
    """Cite the statement of a passage that a sentence stands on most."""
    stems = set(content_stems(text))
    best = max(passage.statements, key=lambda one: len(stems & stems_in(one.text)))
    return sources.cite(passage.section_id, passage.heading, quote_of(passage, best))


async def _candidates(
    stream: AsyncIterator[str], cutter: Cutter
) -> AsyncIterator[tuple[str, bool]]:
    """Sentences, and early those that look whole: True with what may come again with more."""
    async for piece in stream:
        for sentence in cutter.feed(piece):
            yield sentence, False
        if (early := cutter.early()) is not None:
            yield early, True
    if (rest := cutter.end()) is not None:
        yield rest, False
