"""From what was found and scored to the events of an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from hiring_advisor.answering.answerable import Answerability
from hiring_advisor.answering.embedded import EmbeddedWriter
from hiring_advisor.answering.explain import Explainer
from hiring_advisor.answering.sources import SourceList, only_used
from hiring_advisor.answering.speech import Speech
from hiring_advisor.answering.turn import Citation, Event, Kind, Mode, Question, Sentence
from hiring_advisor.answering.wishes import Wish
from hiring_advisor.answering.worded import ModelWriter, Report, Task
from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.retrieval.retriever import Passage, Retrieval, Retriever
from hiring_advisor.scoring.recommendation import Recommendation
from hiring_advisor.understanding.chat import Spent
from hiring_advisor.understanding.extractor import Understanding
from hiring_advisor.understanding.intent import Intent
from hiring_advisor.understanding.questions import Frame, frame

MODEL_PASSAGES = 4


@dataclass(slots=True)
class Outcome:
    """A turn in the making: what went in, and what the composer adds."""

    understood: Understanding
    wish: Wish
    found: Retrieval
    result: Recommendation | None
    verdict_before: str | None
    kind: Kind = "answer"
    sentences: list[Sentence] = field(default_factory=list)
    citations: tuple[Citation, ...] = ()
    question: Question | None = None
    suggestions: tuple[str, ...] = ()
    degraded: bool = False
    trace: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def nothing_yet(cls) -> Outcome:
        """What there is of a turn that was cut short before it was understood."""
        question = frame("")
        return cls(
            Understanding(Intent(), question, {}, {}), Wish("empty"), Retrieval("", ()), None, None
        )

    @property
    def text(self) -> str:
        """The answer as plain text with [n] markers."""
        return " ".join(
            sentence.text + "".join(f" [{number}]" for number in sentence.citations)
            for sentence in self.sentences
        )


class Composer:
    """Words answers, by the corpus alone or with a model."""

    def __init__(
        self,
        *,
        retriever: Retriever,
        embedded: EmbeddedWriter,
        model: ModelWriter | None,
        explainer: Explainer,
        answerable: Answerability,
        speech: Speech,
    ) -> None:
        self.speech = speech
        self._retriever = retriever
        self._embedded = embedded
        self._model = model
        self._explainer = explainer
        self._answerable = answerable

    @property
    def mode(self) -> Mode:
        """Whether a model words the answers."""
        return "embedded" if self._model is None else "openai"

    def answers(self, question: Frame, found: Retrieval) -> bool:
        """Whether the article answers a question."""
        return bool(self._answerable.passages(question, found))

    async def compose(self, outcome: Outcome, spent: Spent) -> AsyncIterator[Event]:
        """Yield the events between `turn.started` and `turn.completed`; fill in the outcome."""
        outcome.trace = {
            "wish": outcome.wish.kind,
            "question": outcome.understood.question.whole,
            "passages": [passage.chunk_id for passage in outcome.found.passages],
            "lexical_only": outcome.found.lexical_only,
        }
        if outcome.understood.dropped:
            outcome.trace["facts_dropped"] = dict(outcome.understood.dropped)
        sources = SourceList(self._retriever.link)
        if outcome.result is not None:
            events = self._recommendation(outcome, outcome.result, sources, spent)
        elif outcome.wish.kind == "answer":
            events = self._answer(outcome, sources, spent)
        else:
            events = self._speak(outcome)
        async for event in events:
            yield event
        used = {number for sentence in outcome.sentences for number in sentence.citations}
        outcome.citations = only_used(sources.citations, used)
        if spent.failures or outcome.understood.degraded:
            outcome.degraded = True
            outcome.trace["model_failures"] = list(spent.failures)

    # --- recommendations -----------------------------------------------------------------------

    async def _recommendation(
        self, outcome: Outcome, result: Recommendation, sources: SourceList, spent: Spent
    ) -> AsyncIterator[Event]:
        outcome.kind = "recommendation"
        outcome.question = self._explainer.question(result)
        yield Event("recommendation", result)
        if outcome.wish.kind == "flips":
            sentences = self._explainer.flips(result, sources)
        elif outcome.wish.kind == "new_project":
            sentences = [Sentence(self.speech.recommendation["new_project"])]
            sentences += self._explainer.explain(result, sources)[1:]
        else:
            sentences = self._explainer.explain(result, sources, before=outcome.verdict_before)
        aside = self._asked_as_well(outcome)
        if self._model is not None and aside and result.verdict != "need_more_info":
            # The verdict and its reasons are the tool's; the model words the question asked beside.
            for sentence in sentences:
                async for event in _shown(outcome, sentence, sources):
                    yield event
            async for event in self._worded(outcome, aside, sources, spent, extra=2):
                yield event
        else:
            if aside:
                sentences += self._embedded.write(outcome.understood.question, aside[:1], sources)[
                    :1
                ]
            for sentence in sentences:
                async for event in _shown(outcome, sentence, sources):
                    yield event
        if outcome.question is not None:
            yield Event("question", outcome.question)

    def _asked_as_well(self, outcome: Outcome) -> tuple[Passage, ...]:
        """Passages for a question about the article that stands beside the project, if one does."""
        intent = outcome.understood.intent
        question = outcome.understood.question
        if outcome.wish.kind != "recommend" or not intent.question or intent.recommend:
            return ()
        if not question.side and not question.valence:
            return ()
        return self._answerable.passages(question, outcome.found)

    # --- answers from the article --------------------------------------------------------------

    async def _answer(
        self, outcome: Outcome, sources: SourceList, spent: Spent
    ) -> AsyncIterator[Event]:
        question = outcome.understood.question
        passages = self._answerable.passages(question, outcome.found)
        if not passages:
            async for event in self._decline(outcome):
                yield event
            return
        outcome.kind = "answer"
        if self._model is None:
            for sentence in self._embedded.write(question, passages, sources):
                async for event in _shown(outcome, sentence, sources):
                    yield event
        else:
            async for event in self._worded(outcome, passages, sources, spent):
                yield event
        outcome.suggestions = self._follow_ups(outcome)

    async def _worded(
        self,
        outcome: Outcome,
        passages: tuple[Passage, ...],
        sources: SourceList,
        spent: Spent,
        *,
        extra: int = 0,
    ) -> AsyncIterator[Event]:
        """The model's sentences that pass; where too little is left, the embedded ones step in."""
        if self._model is None:
            return
        report = Report()
        task = self._task(outcome, passages[:MODEL_PASSAGES])
        try:
            async for sentence in self._model.write(task, sources, spent, report):
                async for event in _shown(outcome, sentence, sources):
                    yield event
                if extra and report.shown >= extra:
                    break
        except ModelUnavailable as error:
            spent.failures.append(error.reason)
        outcome.trace["sentences_dropped"] = dict(report.dropped)
        outcome.trace["prompt"] = f"{self._model.prompt.name} {self._model.prompt.version}"
        if spent.failures or report.shown == 0:
            outcome.degraded = True
            said = {sentence.text for sentence in outcome.sentences}
            room = 5 if not extra else 1
            embedded = self._embedded.write(outcome.understood.question, passages, sources)
            for sentence in embedded[: max(1, room - report.shown)]:
                if sentence.text not in said:
                    async for event in _shown(outcome, sentence, sources):
                        yield event

    def _task(self, outcome: Outcome, passages: tuple[Passage, ...]) -> Task:
        result = outcome.result
        facts = "; ".join(
            f"{name} = {fact.value} (“{fact.quote}”)"
            for name, fact in outcome.understood.facts.items()
        )
        return Task(
            instruction="Answer the question from the passages.",
            question=outcome.understood.question.whole,
            passages=passages,
            verdict=result.verdict if result is not None else None,
            verdict_text="none asked for"
            if result is None
            else f"{result.verdict}: {result.summary}",
            facts_text=facts or "nothing",
            visitor_words=" ".join(fact.quote for fact in outcome.understood.facts.values()),
        )

    # --- the advisor's own lines ---------------------------------------------------------------

    async def _decline(self, outcome: Outcome) -> AsyncIterator[Event]:
        outcome.kind = "declined"
        reason = self._answerable.reason(outcome.understood.question, outcome.found)
        outcome.trace["declined"] = reason
        outcome.suggestions = self.speech.declined_suggestions
        async for event in _shown(outcome, Sentence(self.speech.declined[reason]), None):
            yield event

    async def _speak(self, outcome: Outcome) -> AsyncIterator[Event]:
        kind, detail = outcome.wish.kind, outcome.wish.detail
        if kind == "handoff":
            outcome.kind = "handoff"
            text = self.speech.handoff[detail]
        elif kind == "small_talk":
            outcome.kind = "small_talk"
            text = self.speech.small_talk[detail]
            outcome.suggestions = self.speech.suggestions[:3]
        else:
            outcome.kind = "declined"
            text = self.speech.declined["empty"]
            outcome.suggestions = self.speech.declined_suggestions
        async for event in _shown(outcome, Sentence(text), None):
            yield event

    def _follow_ups(self, outcome: Outcome) -> tuple[str, ...]:
        """Two or three next questions: the other side of the matter, and the visitor's project."""
        question = outcome.understood.question
        offers: list[str] = []
        names = {"freelancers": "freelancers", "full_time": "full-time engineers"}
        other = {"freelancers": "full_time", "full_time": "freelancers"}
        if question.side in names:
            word = {"pros": "advantages", "cons": "limitations"}.get(question.valence, "advantages")
            if question.valence:
                flipped = "limitations" if question.valence == "pros" else "advantages"
                offers.append(f"And what are the {flipped} of {names[question.side]}?")
            offers.append(f"What are the {word} of {names[other[question.side]]}?")
        else:
            offers.append("When should I choose freelancers?")
            offers.append("When should I choose full-time engineers?")
        offers.append("Whom should I hire for my project?")
        return tuple(offers[:3])


async def _shown(
    outcome: Outcome, sentence: Sentence, sources: SourceList | None
) -> AsyncIterator[Event]:
    """Show a sentence; its sources go ahead of it."""
    if sources is not None and len(sources.citations) > len(outcome.citations):
        outcome.citations = sources.citations
        yield Event("citations", sources.citations)
    outcome.sentences.append(sentence)
    yield Event("answer.sentence", sentence)
