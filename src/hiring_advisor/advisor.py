"""The whole line on one screen: understand, retrieve, score by the tool, answer, record.

A turn is a stream of events; the last one carries the turn whole. There is no agent loop: a
model may fill the scoring tool's form and word sentences, code decides everything in between.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hiring_advisor import tracing
from hiring_advisor.answering.compose import Composer
from hiring_advisor.answering.outcome import Outcome
from hiring_advisor.answering.turn import Event, FactView, ToolCall, Turn, Usage
from hiring_advisor.answering.wishes import Wish, wish_of
from hiring_advisor.retrieval.retriever import Retrieval, Retriever
from hiring_advisor.scoring.recommendation import Recommendation
from hiring_advisor.scoring.tool import TOOL_NAME, ScoringTool
from hiring_advisor.understanding.chat import Spent
from hiring_advisor.understanding.extractor import Extractor, Understanding
from hiring_advisor.understanding.facts import Fact, values
from hiring_advisor.understanding.messages import Message

TOP_K = 6
CLOSING_S = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier turns of the conversation left: their messages, facts, question and verdict.

    `asked` is the fact that the last turn asked for, `questions` the words of all that were asked.
    """

    messages: tuple[Message, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    asked: str | None = None
    verdict: str | None = None
    questions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TurnHead:
    """Ids and time of a turn; storage gives them."""

    turn_id: str
    conversation_id: str
    created_at: str


class Advisor:
    """Advises. One instance serves all conversations; nothing of them is kept in it."""

    def __init__(
        self, retriever: Retriever, extractor: Extractor, tool: ScoringTool, composer: Composer
    ) -> None:
        self.retriever = retriever
        self.extractor = extractor
        self.tool = tool
        self.composer = composer

    def advise(self, head: TurnHead, message: Message, past: Past) -> Advice:
        """Begin a turn; iterate over its `events` to do the work."""
        return Advice(self, head, message, past)

    async def retrieve(
        self, understood: Understanding, wish: Wish, *, by_words: bool = False
    ) -> Retrieval:
        """The passages for the question, off the event loop; none where they are not needed."""
        question = understood.question.whole
        if not wish.needs_passages(understood):
            return Retrieval(question, ())
        if by_words:
            return self.retriever.retrieve(question, TOP_K, by_words=True)
        with tracing.retrieval(TOP_K) as span:
            found = await asyncio.to_thread(self.retriever.retrieve, question, TOP_K)
            tracing.retrieved(span, len(found.passages), lexical_only=found.lexical_only)
        return found

    def score(self, facts: Mapping[str, Fact]) -> tuple[Recommendation, ToolCall]:
        """The one way to a verdict: a call of the tool, and its record."""
        profile = values(facts)
        with tracing.tool(TOOL_NAME):
            result = self.tool.call(profile, {name: fact.quote for name, fact in facts.items()})
        return result, ToolCall(TOOL_NAME, profile, result.profile_hash)


class Advice:
    """One turn while it is worked on. `turn` tells what there is of it, at any time."""

    def __init__(self, advisor: Advisor, head: TurnHead, message: Message, past: Past) -> None:
        self._advisor = advisor
        self._head = head
        self._message = message
        self._past = past
        self._spent = Spent()
        self._begun = time.perf_counter()
        self._facts: Mapping[str, Fact] = past.facts
        self._outcome: Outcome | None = None
        self._call: ToolCall | None = None
        self._timings_ms: dict[str, float] = {}

    async def events(self) -> AsyncIterator[Event]:
        """Understand, retrieve, score, answer; yield all events but the terminal one."""
        yield Event(
            "turn.started",
            {"turn_id": self._head.turn_id, "message_id": self._message.message_id},
        )
        self._outcome = await self._prepared(alone=False)
        async for event in self._advisor.composer.compose(self._outcome, self._spent):
            if event.name == "answer.sentence":
                self._timings_ms.setdefault("first_sentence", self._elapsed_ms())
            yield event

    async def close(self, show: Callable[[Event], None]) -> bool:
        """Show what is still owed when time is up; return whether it came about."""
        try:
            async with asyncio.timeout(CLOSING_S):
                async for event in self._closing():
                    show(event)
        except asyncio.CancelledError:
            return False
        except Exception:
            log.exception("closing part failed", extra={"turn_id": self._head.turn_id})
            return False
        return True

    async def _closing(self) -> AsyncIterator[Event]:
        """The verdict and the embedded part, which wait for nothing."""
        self._spent.failures.append("deadline")
        self._spent.is_left = True
        if self._outcome is None:
            self._outcome = await self._prepared(alone=True)
        self._outcome.cut_short = bool(self._outcome.sentences)
        async for event in self._advisor.composer.compose(self._outcome, self._spent):
            yield event

    async def _prepared(self, *, alone: bool) -> Outcome:
        """Understand, retrieve and score; `alone` with what neither waits nor can hang."""
        advisor = self._advisor
        understood = await advisor.extractor.extract(
            self._past.messages, self._message, self._past.facts, self._past.asked, self._spent,
            alone=alone,
        )  # fmt: skip
        self._facts = understood.facts
        wish = wish_of(understood, self._past.verdict)
        found = await advisor.retrieve(understood, wish, by_words=alone)
        wish = self._settled(wish, understood, found)
        result: Recommendation | None = None
        if wish.needs_verdict:
            result, self._call = advisor.score(understood.facts)
        before = None if understood.intent.new_project else self._past.verdict
        return Outcome(understood, wish, found, result, before, self._past.questions)

    def _elapsed_ms(self) -> float:
        return round(1000 * (time.perf_counter() - self._begun), 1)

    def _settled(self, wish: Wish, understood: Understanding, found: Retrieval) -> Wish:
        """The wish in the light of what was found."""
        advisor = self._advisor
        known = advisor.retriever.covered(understood.intent.beside)
        if wish.is_off_subject(understood, found, known) or wish.is_comparison(understood, found):
            return Wish("answer")
        tells = understood.intent.describes and understood.intent.in_field
        if (
            wish.kind == "answer"
            and tells
            and not advisor.composer.answers(understood.question, found)
        ):
            # A project was told, and a question beside it that the article does not answer.
            return Wish("recommend")
        return wish

    def turn(self, *, stopped: bool = False) -> Turn:
        """The turn as far as it has come; `stopped` marks one that was cut short."""
        head, spent, outcome = self._head, self._spent, self._outcome
        done = outcome or Outcome.nothing_yet()
        return Turn(
            turn_id=head.turn_id,
            conversation_id=head.conversation_id,
            message_id=self._message.message_id,
            created_at=head.created_at,
            kind=done.kind,
            user_text=self._message.text,
            text=done.text,
            sentences=tuple(done.sentences),
            citations=done.citations,
            recommendation=done.result,
            facts=_views(self._facts),
            next_question=done.question,
            suggestions=done.suggestions,
            mode=self._advisor.composer.mode,
            degraded=done.degraded,
            stopped=stopped,
            cut_short=done.cut_short,
            usage=Usage(spent.calls, spent.prompt_tokens, spent.completion_tokens),
            timings_ms={**self._timings_ms, "total": self._elapsed_ms()},
            tool_calls=() if self._call is None else (self._call,),
            trace=done.trace,
        )


def _views(facts: Mapping[str, Fact]) -> dict[str, FactView]:
    return {
        name: FactView(fact.value, fact.quote, fact.message_id, fact.start, fact.end)
        for name, fact in facts.items()
    }


def past_of(turns: Sequence[Mapping[str, object]]) -> Past:
    """Rebuild what earlier turns left from their stored JSON, oldest first.

    A turn that was interrupted before it was recorded, or understood, only leaves its message.
    """
    messages: list[Message] = []
    facts: dict[str, Fact] = {}
    asked: str | None = None
    verdict: str | None = None
    questions: set[str] = set()
    for turn in turns:
        message_id = str(turn["message_id"])
        messages.append(Message(message_id, "visitor", str(turn["user_text"])))
        if "status" in turn:  # never recorded
            continue
        messages.append(Message(f"{message_id}:answer", "advisor", str(turn.get("text", ""))))
        stored = turn.get("facts")
        if turn.get("stopped") and not stored and not turn.get("trace"):
            continue
        if isinstance(stored, dict):
            facts = {
                name: Fact(
                    fact["value"], fact["quote"], fact["message_id"], fact["start"], fact["end"]
                )
                for name, fact in stored.items()
            }
        question, advice = turn.get("next_question"), turn.get("recommendation")
        asked = question["fact"] if isinstance(question, dict) else None
        if isinstance(question, dict):
            questions.add(question["text"])
        if isinstance(advice, dict):
            verdict = advice["verdict"]
    return Past(tuple(messages), facts, asked, verdict, frozenset(questions))
