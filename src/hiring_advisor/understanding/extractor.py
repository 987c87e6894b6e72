"""From a conversation to what its visitor wants and what is known of their project.

Local reading first. A model, where there is one, is asked only about messages that may state
facts; what it adds is kept where the local reading is silent. The visitor's last word counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hiring_advisor.corpus.rubric import Rubric
from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.understanding import intent as intents
from hiring_advisor.understanding.chat import Spent
from hiring_advisor.understanding.clauses import lower_same_length, mentions_self, split
from hiring_advisor.understanding.facts import Fact, is_witnessed
from hiring_advisor.understanding.intent import Intent
from hiring_advisor.understanding.local import LocalReader
from hiring_advisor.understanding.messages import Message
from hiring_advisor.understanding.model import ModelReader
from hiring_advisor.understanding.patterns import NEW_PROJECT
from hiring_advisor.understanding.questions import Frame, whole_question

CLEAR_FACTS = 2
"""Facts in one message from which on a model has added none that changed a verdict."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message was understood to be.

    `facts` are all that stand now; `news` those that this message brought or changed.
    `degraded`: a model was asked and failed.
    """

    intent: Intent
    question: Frame
    facts: Mapping[str, Fact]
    news: Mapping[str, Fact]
    answered: bool = False
    """The message answers the question that was asked last."""
    degraded: bool = False
    dropped: Mapping[str, int] = field(default_factory=dict)


class Extractor:
    """Joins local and model reading."""

    def __init__(
        self,
        rubric: Rubric,
        local: LocalReader,
        model: ModelReader | None,
        correct: Callable[[str], str] = str,
        decides: Callable[[Mapping[str, Fact]], bool] = lambda facts: False,
    ) -> None:
        """`correct` mends typing mistakes of questions; facts are read from the words as said.

        `decides` says whether facts are enough for a verdict.
        """
        self._rubric = rubric
        self._local = local
        self._model = model
        self._correct = correct
        self._decides = decides

    async def extract(
        self,
        earlier: Sequence[Message],
        message: Message,
        known: Mapping[str, Fact],
        asked: str | None,
        spent: Spent,
        *,
        alone: bool = False,
    ) -> Understanding:
        """Read the newest message in the light of the earlier ones; `alone` without a model.

        `known` are the facts that stood before, `asked` the fact that the last turn asked for.
        Never raises: a model that fails only sets `degraded`.
        """
        intent = intents.read(message)
        if intent.new_project:
            known = {}
        answer, news = await self._read(message, intent, asked, has_project=bool(known))
        is_aside = answer is None and _is_aside(intent)
        if answer is not None:
            news[str(asked)] = answer
        degraded, dropped = False, dict[str, int]()
        if (
            self._model is not None
            and not alone
            and answer is None
            and not is_aside
            and not (_only_asks(intent, message) and not news)
            and _may_state(intent, news)
            and (news or known or intent.is_own)
            and not self._is_clear(known, news)
        ):
            try:
                proposed = await self._model.read([message], known, spent)
                news = {**proposed.facts, **news}
                dropped = dict(proposed.dropped)
            except ModelUnavailable as error:
                spent.failures.append(error.reason)
                degraded = True
        by_id = {one.message_id: one for one in (*earlier, message)}
        facts = {
            name: fact for name, fact in {**known, **news}.items() if is_witnessed(fact, by_id)
        }
        questions = [one.text for one in earlier if one.role == "visitor"]
        return Understanding(
            intent=intent,
            question=whole_question(self._correct(intent.question or message.text), questions[-6:]),
            facts=facts,
            news={name: fact for name, fact in news.items() if name in facts},
            answered=answer is not None,
            degraded=degraded,
            dropped=dropped,
        )

    async def _read(
        self, message: Message, intent: Intent, asked: str | None, *, has_project: bool
    ) -> tuple[Fact | None, dict[str, Fact]]:
        """The answer to the question that was asked, and the facts that the message tells.

        Off the event loop: the reading takes milliseconds a clause, and other turns go on.
        """
        asked = None if intent.new_project else asked
        is_aside = _is_aside(intent)  # tells nothing, unless it answers
        only_asks = intent.asks_outright and _only_asks(intent, message)
        if asked is None and (is_aside or only_asks):
            return None, {}

        def work() -> tuple[Fact | None, dict[str, Fact]]:
            answer = self._answer(message, asked)
            if answer is None and is_aside:
                return None, {}
            return answer, self._told(message, intent, has_project=has_project)

        return await asyncio.to_thread(work)

    def _is_clear(self, known: Mapping[str, Fact], news: Mapping[str, Fact]) -> bool:
        """Whether the local reading of a message needs no second one.

        It does where it found next to nothing, or where all that is known decides nothing yet.
        """
        return len(news) >= CLEAR_FACTS and self._decides({**known, **news})

    def _told(self, message: Message, intent: Intent, *, has_project: bool) -> dict[str, Fact]:
        """The facts that a message tells by itself; none where it only asks.

        A bare phrase such as "and the budget is tight" is a query of the article at the start of
        a conversation, and a fact where a project is being talked of, or where it says several.
        """
        if intent.asks_outright and _only_asks(intent, message):
            return {}
        told = self._local.read(message)
        if intent.new_project:  # the words that announce a project tell nothing of it
            told = {
                name: fact
                for name, fact in told.items()
                if not NEW_PROJECT.fullmatch(lower_same_length(fact.quote).strip(" .:,!"))
            }
        if not _only_asks(intent, message):
            return told
        return told if has_project or len(told) > 1 else {}

    def _answer(self, message: Message, asked: str | None) -> Fact | None:
        if asked is None:
            return None
        try:
            fact = self._rubric.fact(asked)
        except KeyError:
            return None
        return self._local.read_answer(message, fact)


def _is_aside(intent: Intent) -> bool:
    return bool(intent.small_talk or intent.asks_flips or intent.asks_why)


def _only_asks(intent: Intent, message: Message) -> bool:
    """Whether a message asks about the article and tells nothing of a project of its writer's.

    "Does production AI need compliance?" is no fact, "our data is regulated, who can do that?" is.
    """
    if not intent.question or intent.recommend or intent.describes:
        return False
    return not any(not one.is_question and mentions_self(one.low) for one in split(message.text))


def _may_state(intent: Intent, news: Mapping[str, Fact]) -> bool:
    """Whether a message may state facts of a project: a pure question does not."""
    return bool(news) or intent.describes or intent.recommend or not intent.question
