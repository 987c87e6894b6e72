"""From what was found and scored to the events of an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from hiring_advisor.answering.answerable import Answerability
from hiring_advisor.answering.embedded import MAX_SENTENCES, EmbeddedWriter
from hiring_advisor.answering.explain import Explainer, Explanation
from hiring_advisor.answering.outcome import Outcome
from hiring_advisor.answering.sources import SourceList, only_used
from hiring_advisor.answering.speech import Speech
from hiring_advisor.answering.turn import Event, Mode, Sentence
from hiring_advisor.answering.wishes import asks_beside
from hiring_advisor.answering.worded import ModelWriter, Report, Task
from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.retrieval.retriever import Passage, Retrieval, Retriever
from hiring_advisor.scoring.recommendation import Recommendation
from hiring_advisor.understanding.chat import Spent
from hiring_advisor.understanding.questions import Frame

MODEL_PASSAGES = 4
ANSWER = "Answer the question from the passages."
EXPLAIN = (
    "The visitor has just been told the verdict. Explain it in two or three sentences: connect "
    "what they told about the project with what the passages say. Do not repeat the verdict."
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
        """Yield the events between `turn.started` and `turn.completed`; fill in the outcome.

        Called again for an outcome that is half done, it yields what is missing.
        """
        outcome.trace = {
            "wish": outcome.wish.kind,
            "question": outcome.understood.question.whole,
            "passages": [passage.chunk_id for passage in outcome.found.passages],
            "lexical_only": outcome.found.lexical_only,
        }
        if outcome.understood.dropped:
            outcome.trace["facts_dropped"] = dict(outcome.understood.dropped)
        sources = outcome.sources or SourceList(self._retriever.link)
        outcome.sources = sources
        if outcome.result is not None:
            events = self._recommendation(outcome, outcome.result, sources, spent)
        elif outcome.wish.kind == "answer":
            events = self._answer(outcome, sources, spent)
        else:
            events = _each(self._speak(outcome))
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
        """The verdict first, from the tool; its reasons by the model where one words them."""
        outcome.kind = "recommendation"
        outcome.question = self._explainer.question(result, outcome.asked)
        if not outcome.sentences:
            yield Event("recommendation", result)
        # Written beside, with numbers of their own: a number is given out when a sentence is shown.
        spare = SourceList(self._retriever.link)
        told = self._told(outcome, result, spare)
        aside = self._asked_as_well(outcome)
        reasons = told.reasons + self._embedded_aside(outcome, aside, spare)
        for event in _show_all(outcome, told.head, spare, sources):
            yield event
        if self._model is None or not told.reasons or outcome.wish.kind != "recommend":
            for event in _show_all(outcome, reasons, spare, sources):
                yield event
        else:
            passages = (*self._grounds(result), *aside[:1])
            async for event in self._worded(
                outcome, passages, sources, spent, embedded=reasons, spare=spare
            ):
                yield event
        for event in _show_all(outcome, told.close, spare, sources):
            yield event
        if outcome.question is not None:
            yield Event("question", outcome.question)

    def _told(self, outcome: Outcome, result: Recommendation, sources: SourceList) -> Explanation:
        if outcome.wish.kind == "flips":
            return Explanation(self._explainer.flips(result, sources))
        if outcome.wish.kind == "new_project":
            afresh = Sentence(self.speech.recommendation["new_project"])
            return Explanation([afresh, *self._explainer.explain(result, sources).head[1:]])
        return self._explainer.explain(result, sources, before=outcome.verdict_before)

    def _grounds(self, result: Recommendation) -> tuple[Passage, ...]:
        """The passages on which a verdict's weightiest reasons stand, for a model to word."""
        sections = dict.fromkeys(
            (*(row.section_id for row in result.contributions[:MODEL_PASSAGES]),)
        )
        found = [self._retriever.section(section_id)[:1] for section_id in sections]
        return tuple(passage for one in found for passage in one)

    def _asked_as_well(self, outcome: Outcome) -> tuple[Passage, ...]:
        """Passages for a question about the article that stands beside the project, if one does."""
        if outcome.wish.kind != "recommend" or not asks_beside(outcome.understood):
            return ()
        return self._answerable.passages(outcome.understood.question, outcome.found)

    def _embedded_aside(
        self, outcome: Outcome, aside: tuple[Passage, ...], sources: SourceList
    ) -> list[Sentence]:
        if not aside:
            return []
        return self._embedded.write(outcome.understood.question, aside[:1], sources)[:1]

    # --- answers from the article --------------------------------------------------------------

    async def _answer(
        self, outcome: Outcome, sources: SourceList, spent: Spent
    ) -> AsyncIterator[Event]:
        question = outcome.understood.question
        passages = self._answerable.passages(question, outcome.found)
        if not passages:
            for event in self._decline(outcome):
                yield event
            return
        outcome.kind = "answer"
        outcome.suggestions = self._follow_ups(outcome)
        spare = SourceList(self._retriever.link)
        embedded = self._embedded.write(question, passages, spare)
        if self._model is None:
            for event in _show_all(outcome, embedded, spare, sources):
                yield event
            return
        async for event in self._worded(
            outcome, passages, sources, spent, embedded=embedded, spare=spare
        ):
            yield event

    async def _worded(
        self,
        outcome: Outcome,
        passages: tuple[Passage, ...],
        sources: SourceList,
        spent: Spent,
        *,
        embedded: list[Sentence],
        spare: SourceList,
    ) -> AsyncIterator[Event]:
        """The model's sentences that pass; where too little is left, the embedded ones step in.

        The embedded sentences' numbers are those of `spare`.
        """
        if self._model is None:
            return
        if spent.is_left:  # the form has shown that nothing comes from there
            for event in _show_all(outcome, embedded, spare, sources):
                yield event
            return
        report = Report()
        task = self._task(outcome, passages[:MODEL_PASSAGES])
        is_whole = True
        try:
            async for sentence in self._model.write(task, sources, spent, report):
                for event in outcome.show(sentence, sources):
                    yield event
        except ModelUnavailable as error:
            spent.failures.append(error.reason)
            is_whole = False
        outcome.trace["sentences_dropped"] = dict(report.dropped)
        outcome.trace["prompt"] = f"{self._model.prompt.name} {self._model.prompt.version}"
        if report.shown and is_whole:
            return
        outcome.degraded = True
        outcome.cut_short = bool(report.shown)
        said = {sentence.text for sentence in outcome.sentences}
        rest = [sentence for sentence in embedded if sentence.text not in said]
        room = max(1, MAX_SENTENCES - report.shown)
        for event in _show_all(outcome, rest[:room], spare, sources):
            yield event

    def _task(self, outcome: Outcome, passages: tuple[Passage, ...]) -> Task:
        result = outcome.result
        facts = outcome.understood.facts
        told = "; ".join(f"{name} = {fact.value} (“{fact.quote}”)" for name, fact in facts.items())
        return Task(
            instruction=EXPLAIN if result is not None else ANSWER,
            question=outcome.understood.question.whole,
            passages=passages,
            verdict=result.verdict if result is not None else None,
            verdict_text=f"{result.verdict}: {result.summary}" if result else "none asked for",
            facts_text=told or "nothing",
            visitor_words=" ".join(fact.quote for fact in facts.values()),
        )

    # --- the advisor's own lines ---------------------------------------------------------------

    def _decline(self, outcome: Outcome) -> Iterator[Event]:
        outcome.kind = "declined"
        reason = self._answerable.reason(outcome.understood.question, outcome.found)
        outcome.trace["declined"] = reason
        outcome.suggestions = self.speech.declined_suggestions
        yield from outcome.show(Sentence(self.speech.declined[reason]))

    def _speak(self, outcome: Outcome) -> Iterator[Event]:
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
            text = self.speech.declined[kind]
            outcome.suggestions = self.speech.declined_suggestions
        yield from outcome.show(Sentence(text))

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


def _show_all(
    outcome: Outcome, sentences: list[Sentence], spare: SourceList, sources: SourceList
) -> Iterator[Event]:
    """Show sentences that were written with the numbers of `spare` under those of `sources`.

    What is known whole is cited whole: the list of sources goes ahead of all its sentences.
    """
    renumbered = []
    said = {sentence.text for sentence in outcome.sentences}
    for sentence in sentences:
        if sentence.text in said:
            continue
        cited = [one for one in spare.citations if one.n in sentence.citations]
        numbers = [sources.cite(one.section_id, one.heading, one.quote) for one in cited]
        renumbered.append(Sentence(sentence.text, tuple(numbers)))
    for sentence in renumbered:
        yield from outcome.show(sentence, sources)


async def _each(events: Iterator[Event]) -> AsyncIterator[Event]:
    for event in events:
        yield event
