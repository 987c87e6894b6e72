"""`score_hiring_fit`: the one LangChain tool, and the one way to a verdict.

A language model may fill its arguments (a forced call), code runs it. HTTP, the command line,
conversations and evals all come through here; `tool` is the same for whoever speaks LangChain.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from hiring_advisor.corpus.rubric import Rubric
from hiring_advisor.errors import BadRequest
from hiring_advisor.scoring import recommendation as made
from hiring_advisor.scoring.recommend import Profile, Scorer
from hiring_advisor.scoring.recommendation import Binding, Contribution, Recommendation
from hiring_advisor.scoring.sensitivity import (
    Flip,
    Influence,
    best_question,
    contradictions,
    flips,
    influence,
)

if TYPE_CHECKING:
    from langchain_core.tools import StructuredTool

TOOL_NAME = "score_hiring_fit"
_DESCRIPTION = (
    "Score how well freelancers, full-time AI engineers or a staged plan fit a project. "
    "Give each fact that the visitor's own words state, with the words that state it; "
    "null for what they do not state."
)


class ScoringTool:
    """The scoring tool of one rubric."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self.scorer = Scorer(rubric)
        self.arguments = argument_model(rubric)
        self._tool: StructuredTool | None = None
        # Pure, and most of the tool's time: what was asked of one profile holds for every visitor.
        self._sensitivity = lru_cache(maxsize=4096)(self._find_sensitivity)

    @property
    def tool(self) -> StructuredTool:
        """The LangChain tool: for binding to a chat model, and for running."""
        if self._tool is None:
            from langchain_core.tools import StructuredTool

            self._tool = StructuredTool.from_function(
                func=self._run,
                name=TOOL_NAME,
                description=_DESCRIPTION,
                args_schema=self.arguments,
                response_format="content_and_artifact",
            )
        return self._tool

    def call(self, profile: Profile, quotes: Mapping[str, str] | None = None) -> Recommendation:
        """Run the tool on a profile; `quotes` are the visitor's words for its facts.

        Raises `BadRequest` for a fact or value that the rubric does not know.
        """
        for name, value in profile.items():
            if not self.rubric.knows(name, value):
                raise BadRequest(unknown_fact(self.rubric, name, value))
        words = quotes or {}
        arguments = {
            name: {"value": value, "quote": words.get(name, "")} for name, value in profile.items()
        }
        # The body that the LangChain tool runs, with the same check before it; going through its
        # callbacks costs a millisecond, and importing them half a second and 25 MB.
        checked = self.arguments.model_validate(arguments)
        return self._run(**dict(checked))[1]

    def _run(self, **arguments: Any) -> tuple[str, Recommendation]:
        """Body of the tool: checked arguments in, a short text and the recommendation out."""
        given = {name: one for name, one in arguments.items() if one is not None}
        profile = {name: one.value for name, one in given.items()}
        quotes = {name: one.quote or None for name, one in given.items()}
        result = self._recommend(profile, quotes)
        return f"verdict: {result.verdict}", result

    def _recommend(self, profile: Profile, quotes: Mapping[str, str | None]) -> Recommendation:
        scorer, rubric = self.scorer, self.rubric
        assessment = scorer.assess(profile)
        found, unknown = self._sensitivity(frozenset(profile.items()))
        clashes = contradictions(profile, scorer)
        undecided = assessment.verdict == "need_more_info"
        return Recommendation(
            verdict=assessment.verdict,
            summary=rubric.options[assessment.verdict].summary,
            confidence=scorer.confidence(profile, assessment),
            scores={"freelancers": assessment.freelancers, "full_time": assessment.full_time},
            contributions=self._contributions(profile, quotes, assessment.verdict),
            flips=tuple(_flip_view(one) for one in found if len(one.changes) == 1),
            missing=tuple(unknown),
            rubric_version=rubric.version,
            profile_hash=made.profile_hash(profile),
            pair_flips=tuple(_flip_view(one) for one in found if len(one.changes) > 1),
            constraints=tuple(
                Binding(
                    one.constraint_id, one.at_least, one.at_most,
                    one.why, one.section_id, one.source_quote,
                )
                for one in assessment.binding
            ),
            contradictions=tuple(
                {"facts": dict(one.between), "ask": one.ask, "question": one.question}
                for one in clashes
            ),
            next_fact=clashes[0].ask if clashes else best_question(unknown, undecided=undecided),
            seal=made._SEAL,
        )  # fmt: skip

    def _find_sensitivity(
        self, facts: frozenset[tuple[str, str]]
    ) -> tuple[tuple[Flip, ...], Mapping[str, Influence]]:
        """The flips of a profile, and what each unknown fact can still do."""
        profile = dict(facts)
        return flips(profile, self.scorer), MappingProxyType(influence(profile, self.scorer))

    def _contributions(
        self, profile: Profile, quotes: Mapping[str, str | None], verdict: str
    ) -> tuple[Contribution, ...]:
        """All reasons, the weightiest for the verdict first, then the weightiest against it."""
        rows = [
            Contribution(
                rule.fact,
                rule.value,
                {"freelancers": rule.freelancers, "full_time": rule.full_time},
                rule.why,
                rule.section_id,
                rule.source_quote,
                quotes.get(rule.fact),
            )
            for rule in self.rubric.rules
            if profile.get(rule.fact) == rule.value
        ]
        side = verdict if verdict in {"freelancers", "full_time"} else None

        def weight(row: Contribution) -> tuple[bool, int]:
            against = side is not None and not row.points[side]
            return against, -(row.points["freelancers"] + row.points["full_time"])

        return tuple(sorted(rows, key=weight))


def _flip_view(flip: Flip) -> dict[str, Any]:
    changes = [{"fact": one.fact, "from": one.before, "to": one.after} for one in flip.changes]
    if len(changes) == 1:
        return {**changes[0], "verdict": flip.verdict}
    return {"changes": changes, "verdict": flip.verdict}


def argument_model(rubric: Rubric) -> type[BaseModel]:
    """The tool's arguments: each fact null, or one of its values with the words that state it."""
    fields: dict[str, Any] = {}
    for fact in rubric.facts:
        values = tuple(value.value for value in fact.values)
        meanings = "; ".join(f"{value.value}: {value.reading}" for value in fact.values)
        argument = create_model(
            f"{fact.name}_argument",
            __config__=ConfigDict(extra="forbid"),
            value=(Literal[values], Field(description=meanings)),  # type: ignore[arg-type]
            quote=(str, Field(description="The visitor's words, copied letter for letter.")),
        )
        # A factory, since a plain default would stand in the schema, where some strict modes
        # refuse it.
        fields[fact.name] = (
            argument | None,
            Field(default_factory=lambda: None, description=fact.about),
        )
    return create_model("ScoreHiringFit", __config__=ConfigDict(extra="forbid"), **fields)


def unknown_fact(rubric: Rubric, name: str, value: str) -> str:
    """One sentence that says what is known in place of an unknown fact or value."""
    names = [fact.name for fact in rubric.facts]
    if name not in names:
        return f"There is no such fact; known are {', '.join(names)}."
    known = ", ".join(one.value for one in rubric.fact(name).values)
    return f"The fact {name} has no such value; known are {known}."
