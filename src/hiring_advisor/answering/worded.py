"""Wording by a chat model, streamed; each sentence is checked before anyone sees it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from hiring_advisor.answering.grounding import Evidence, check, contradicts, split_markers
from hiring_advisor.answering.sources import SourceList, quote_of
from hiring_advisor.answering.turn import Sentence
from hiring_advisor.corpus.rubric import Verdict
from hiring_advisor.errors import AdvisorError
from hiring_advisor.prompting import Prompt, fenced, within
from hiring_advisor.retrieval.embeddings import Embedder
from hiring_advisor.retrieval.retriever import Passage
from hiring_advisor.retrieval.terms import content_stems
from hiring_advisor.understanding.chat import Asked, ChatModel, Spent
from hiring_advisor.understanding.normalise import clean

MAX_SENTENCES = 6
MAX_QUESTION = 1500
"""Characters of the question, and of the facts, that go into a prompt."""
SHORTER_PASSAGES = 2
SHORTER_QUESTION = 300
_MARKERS = r"(?:\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\])*"
# A sentence ends at its mark, or with its line where the next one begins a new one; white space
# within is nothing.
_END = re.compile(rf"(?<=[.!?])[\"”’)]*{_MARKERS}(?=\s+\S|$)|\n+(?=\s*[^\sa-z])|\n\s*\n")
_TRAILING_MARKERS = re.compile(r"^\s*(?:\[\d{1,3}(?:\s*,\s*\d{1,3})*\]\s*)+")
_IS_WHOLE = re.compile(rf"[.!?][\"”’)]*{_MARKERS}$")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|approx|ca|Dr|Mr|Mrs|Ms|No|Inc|Ltd|St)\.$")
_MAY_GO_ON = re.compile(r"(?:\d|\b[a-z])\.$")
"""At the end of a stream: "3." may have begun a "3.5", "e." an "e.g."."""
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
        seen: set[frozenset[str]] = set()
        stream = self._chat.stream(Asked(system, user, shorter), spent)
        async for raw in sentences(stream):
            sentence = await self._checked(raw, task, evidence, sources, report)
            if sentence is None:
                continue
            stems = frozenset(content_stems(sentence.text))
            if stems in seen:
                report.drop("repeated")
                continue
            seen.add(stems)
            report.shown += 1
            yield sentence
            if report.shown >= MAX_SENTENCES:
                await stream.aclose()
                return

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
        evidence: Sequence[Evidence],
        sources: SourceList,
        report: Report,
    ) -> Sentence | None:
        text, numbers = split_markers(_plain(raw))
        if not text:
            return None
        cited = [task.passages[one - 1] for one in numbers if 1 <= one <= len(task.passages)]
        similarity = None
        if cited and len(cited) == len(numbers):
            similarity = await self._similarity(text, cited)
        outcome = check(
            text, numbers, evidence, visitor_words=task.visitor_words, similarity=similarity
        )
        if not outcome.ok:
            report.drop(outcome.reason)
            return None
        if contradicts(text, task.verdict, " ".join(map(_verbatim, cited))):
            report.drop("contradiction")
            return None
        return Sentence(text, tuple(dict.fromkeys(_cite(text, one, sources) for one in cited)))

    async def _similarity(self, text: str, passages: Sequence[Passage]) -> float | None:
        """The highest cosine similarity to a passage or one of its statements.

        None where the embedder is out of reach.
        """
        texts = [one.text for one in passages]
        texts += [statement.text for one in passages for statement in one.statements]
        try:
            vectors = await asyncio.to_thread(self._embedder.embed, [text, *texts])
        except AdvisorError:
            return None
        return float(np.max(vectors[1:] @ vectors[0]))


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
    best = max(passage.statements, key=lambda one: len(stems & set(content_stems(one.text))))
    return sources.cite(passage.section_id, passage.heading, quote_of(passage, best))


async def sentences(stream: AsyncIterator[str]) -> AsyncIterator[str]:
    """Cut a stream of text into whole sentences with their trailing [n] markers.

    A sentence is given out when the next one has begun, so that its markers are all there; what
    is left at the end is given out only when it ends like a sentence: never half a word.
    """
    pending = ""
    async for piece in stream:
        pending += piece
        while (cut := _first_end(pending)) is not None:
            sentence, pending = pending[:cut].strip(), pending[cut:]
            if _is_whole(sentence):
                yield sentence
    rest = pending.strip()
    if _is_whole(rest) and not _MAY_GO_ON.search(rest) and rest.count("“") == rest.count("”"):
        yield rest


def _is_whole(sentence: str) -> bool:
    return bool(_IS_WHOLE.search(sentence)) and not _ABBREVIATION.search(sentence)


def _first_end(text: str) -> int | None:
    """Where the first sentence ends, when the beginning of the next one is already there."""
    for match in _END.finditer(text):
        end = match.end()
        if _ABBREVIATION.search(text[: match.start()]):
            continue
        markers = _TRAILING_MARKERS.match(text[end:])
        if markers:  # "… scale. [1] Next": the marker belongs to the sentence before
            end += markers.end()
        rest = text[end:].lstrip()
        if not rest or rest.startswith("["):
            return None
        return end
    return None
