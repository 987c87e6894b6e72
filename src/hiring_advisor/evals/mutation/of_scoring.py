"""Mutations of the rubric and of the scoring tool."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from hiring_advisor.advisor import Advice, Advisor
from hiring_advisor.answering.turn import ToolCall
from hiring_advisor.bootstrap import Parts
from hiring_advisor.corpus.rubric import Constraint, Rule
from hiring_advisor.evals.mutation.kinds import Catalogue, replaced, wrapped
from hiring_advisor.scoring import tool as tools
from hiring_advisor.scoring.tool import ScoringTool

SCORING = Catalogue()


def _rule(parts: Parts, rule_id: str, change: Callable[[Rule], Rule | None]) -> None:
    rules = [change(one) if one.rule_id == rule_id else one for one in parts.rubric.rules]
    parts.rubric = replace(parts.rubric, rules=tuple(one for one in rules if one is not None))


def _constraint(
    parts: Parts, constraint_id: str, change: Callable[[Constraint], Constraint | None]
) -> None:
    found = [
        change(one) if one.constraint_id == constraint_id else one
        for one in parts.rubric.constraints
    ]
    parts.rubric = replace(parts.rubric, constraints=tuple(one for one in found if one is not None))


@SCORING.add("a rule gives its points to the other side")
def rule_sign(stack: ExitStack, parts: Parts) -> None:
    """Live production speaks for freelancers."""
    _rule(parts, "production", lambda one: replace(one, freelancers=30, full_time=0))


@SCORING.add("a rule weighs a third")
def rule_weight(stack: ExitStack, parts: Parts) -> None:
    """A core system counts little."""
    _rule(parts, "core-system", lambda one: replace(one, full_time=10))


@SCORING.add("a rule is missing")
def rule_dropped(stack: ExitStack, parts: Parts) -> None:
    """A tight budget counts nothing."""
    _rule(parts, "tight-budget", lambda one: None)


@SCORING.add("less evidence is enough for a verdict")
def evidence_threshold(stack: ExitStack, parts: Parts) -> None:
    """Half of the evidence."""
    parts.rubric = replace(parts.rubric, min_evidence=15)


@SCORING.add("a larger lead is wanted for a verdict")
def margin_threshold(stack: ExitStack, parts: Parts) -> None:
    """More than twice the margin."""
    parts.rubric = replace(parts.rubric, min_margin=25)


@SCORING.add("a constraint is missing")
def constraint_dropped(stack: ExitStack, parts: Parts) -> None:
    """What is core may be left to freelancers alone."""
    _constraint(parts, "core-not-freelance-alone", lambda one: None)


@SCORING.add("a constraint bounds from the wrong side")
def constraint_side(stack: ExitStack, parts: Parts) -> None:
    """A staged plan is at most a staged plan twice over."""
    _constraint(parts, "staged-at-least", lambda one: replace(one, at_least=None, at_most="hybrid"))


@SCORING.add("a reason quotes words that the article does not have")
def reason_quote(stack: ExitStack, parts: Parts) -> None:
    """A quote that is nearly right."""
    quote = "Full-time engineers are always the safer bet for production"
    _rule(parts, "production", lambda one: replace(one, source_quote=quote))


@SCORING.add("flips name a change that does not flip")
def flips_wrong(stack: ExitStack, parts: Parts) -> None:
    """Every flip is said to lead to the first verdict of the list."""

    def around(original: Any) -> Any:
        return lambda flip: {**original(flip), "verdict": "freelancers"}

    _wrap_function(stack, tools, "_flip_view", around)


@SCORING.add("the tool is called twice")
def tool_twice(stack: ExitStack, parts: Parts) -> None:
    """The second call is recorded beside the first."""
    wrapped_turn(stack, lambda calls: (*calls, *calls))


@SCORING.add("the recorded call is that of another profile")
def wrong_profile_recorded(stack: ExitStack, parts: Parts) -> None:
    """The record names no facts."""
    wrapped_turn(
        stack, lambda calls: tuple(ToolCall(one.name, {}, one.profile_hash) for one in calls)
    )


@SCORING.add("the tool scores without the last fact")
def fact_forgotten(stack: ExitStack, parts: Parts) -> None:
    """One fact fewer reaches the tool than the turn shows."""

    def around(original: Any) -> Any:
        def score(self: Advisor, facts: Any) -> Any:
            return original(self, dict(list(facts.items())[:-1]) if len(facts) > 1 else facts)

        return score

    wrapped(stack, Advisor, "score", around)


@SCORING.add("an unknown fact counts as the first of its values")
def unknown_is_a_value(stack: ExitStack, parts: Parts) -> None:
    """Unknown is taken for a no."""

    def around(original: Any) -> Any:
        def call(self: ScoringTool, profile: Any, quotes: Any = None) -> Any:
            filled = {"data": "harmless", "scale": "small", **profile}
            return original(self, filled, quotes)

        return call

    wrapped(stack, ScoringTool, "call", around)


def wrapped_turn(stack: ExitStack, change: Callable[[Any], Any]) -> None:
    """Change the tool calls of every turn."""

    def around(original: Any) -> Any:
        def turn(self: Advice, *, stopped: bool = False) -> Any:
            made = original(self, stopped=stopped)
            return replace(made, tool_calls=change(made.tool_calls))

        return turn

    wrapped(stack, Advice, "turn", around)


def _wrap_function(stack: ExitStack, module: Any, name: str, around: Callable[[Any], Any]) -> None:
    stack.enter_context(replaced(module, name, around(getattr(module, name))))
