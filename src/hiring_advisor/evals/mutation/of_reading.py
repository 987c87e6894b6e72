"""Mutations of the understanding: what is read out of messages, and over a conversation."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from hiring_advisor.advisor import Advice
from hiring_advisor.bootstrap import Parts
from hiring_advisor.evals.mutation.kinds import Catalogue, replaced, wrapped
from hiring_advisor.understanding import extractor as extractors
from hiring_advisor.understanding import intent as intents
from hiring_advisor.understanding import local as locals_
from hiring_advisor.understanding.extractor import Extractor
from hiring_advisor.understanding.local import LocalReader

READING = Catalogue()
_NOT = re.compile(r"\b(?:not|no|never|without|nobody|none|nothing)\b|n['’]t\b", re.IGNORECASE)


@READING.add("negation is ignored")
def negation_ignored(stack: ExitStack, parts: Parts) -> None:
    """The words that deny are blanked out before a message is read."""

    def around(original: Any) -> Any:
        def find(self: LocalReader, text: str) -> Any:
            blank = _NOT.sub(lambda match: " " * len(match.group()), text)
            return original(self, blank)

        return find

    wrapped(stack, LocalReader, "_find", around)


@READING.add("facts carry words that nobody said")
def facts_without_witness(stack: ExitStack, parts: Parts) -> None:
    """The witness is made up, and nobody looks whether it was said."""
    stack.enter_context(replaced(extractors, "is_witnessed", lambda fact, by_id: True))

    def around(original: Any) -> Any:
        def fact(self: LocalReader, message: Any, finding: Any) -> Any:
            return replace(original(self, message, finding), quote=f"it is {finding.value}")

        return fact

    wrapped(stack, LocalReader, "_fact", around)


@READING.add("facts name the wrong message")
def wrong_message(stack: ExitStack, parts: Parts) -> None:
    """The words were said, but not in the message that the fact names."""

    def around(original: Any) -> Any:
        def turn(self: Advice, *, stopped: bool = False) -> Any:
            made = original(self, stopped=stopped)
            facts = {name: replace(one, message_id="0") for name, one in made.facts.items()}
            return replace(made, facts=facts)

        return turn

    wrapped(stack, Advice, "turn", around)


@READING.add("a fact is never found")
def fact_never_found(stack: ExitStack, parts: Parts) -> None:
    """Nobody's product is at the core of anything."""

    def around(original: Any) -> Any:
        def find(self: LocalReader, text: str) -> Any:
            return tuple(one for one in original(self, text) if one.fact != "role")

        return find

    wrapped(stack, LocalReader, "_find", around)


@READING.add("two values of a fact are mixed up")
def values_mixed_up(stack: ExitStack, parts: Parts) -> None:
    """Urgent is read as no rush, and the other way round."""
    other = {"urgent": "relaxed", "relaxed": "urgent"}

    def around(original: Any) -> Any:
        def find(self: LocalReader, text: str) -> Any:
            return tuple(
                replace(one, value=other[one.value]) if one.fact == "deadline" else one
                for one in original(self, text)
            )

        return find

    wrapped(stack, LocalReader, "_find", around)


@READING.add("every faint reading counts")
def threshold_low(stack: ExitStack, parts: Parts) -> None:
    """A tenth of certainty is enough."""
    classifier = parts.local._classifier
    if classifier is not None:
        stack.enter_context(replaced(classifier, "threshold", 0.1))


@READING.add("what others do counts as the visitor's own")
def others_count(stack: ExitStack, parts: Parts) -> None:
    """Competitors, suppositions and the past are the visitor's project."""

    def around(original: Any) -> Any:
        return lambda text: tuple(
            replace(one, counts=True, about_others=False) for one in original(text)
        )

    stack.enter_context(replaced(locals_, "split", around(vars(locals_)["split"])))


@READING.add("the first word counts, not the last")
def corrections_ignored(stack: ExitStack, parts: Parts) -> None:
    """What is known already is not corrected."""

    def around(original: Any) -> Any:
        async def extract(self: Extractor, earlier: Any, message: Any, known: Any, *rest: Any,
                          **more: Any) -> Any:  # fmt: skip
            found = await original(self, earlier, message, known, *rest, **more)
            if found.intent.new_project:
                return found
            return replace(found, facts={**found.facts, **known})

        return extract

    wrapped(stack, Extractor, "extract", around)


@READING.add("earlier turns are forgotten")
def memory_lost(stack: ExitStack, parts: Parts) -> None:
    """Each message is read as if it were the first."""

    def around(original: Any) -> Any:
        async def extract(self: Extractor, earlier: Any, message: Any, known: Any, *rest: Any,
                          **more: Any) -> Any:  # fmt: skip
            return await original(self, (), message, {}, *rest, **more)

        return extract

    wrapped(stack, Extractor, "extract", around)


@READING.add("a new project keeps the facts of the old one")
def project_not_reset(stack: ExitStack, parts: Parts) -> None:
    """Nothing starts anew."""
    _wrap_intent(stack, lambda intent: replace(intent, new_project=False))


@READING.add("nothing is taken for small talk")
def small_talk_off(stack: ExitStack, parts: Parts) -> None:
    """Thanks and greetings are questions."""
    _wrap_intent(stack, lambda intent: replace(intent, small_talk=""))


def _wrap_intent(stack: ExitStack, change: Callable[[Any], Any]) -> None:
    original = intents.read
    stack.enter_context(replaced(intents, "read", lambda message: change(original(message))))
