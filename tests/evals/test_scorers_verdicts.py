"""Verdicts, the discipline of the tool, and invariance: each metric once right and once wrong.

The points are those of `docs/scoring.md`: a prototype 30 and a tight budget 15 for freelancers, a
long life 45 for full-time engineers.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.evals.builders import (
    COMMON,
    advice,
    apart,
    names,
    only,
    recommends,
    scored,
    turn,
    value,
    words_only,
)

from hiring_advisor.corpus.rubric import Verdict
from hiring_advisor.evals import samples as s
from hiring_advisor.evals.measures import Measure
from hiring_advisor.evals.scorers.verdicts import discipline, rubric_cases, verdicts
from hiring_advisor.evals.targets import Turn

TIGHT = ("choose-freelancers/tight-budget", "You’re working with a tight budget")
SAID = "a prototype, money is tight"
FACTS = {"stage": ("prototype", "a prototype"), "budget": ("tight", "money is tight")}


def message(
    *accept: Verdict, facts: dict[str, str] | None = None, may: tuple[str, ...] = ()
) -> Any:
    held = {"stage": "prototype", "budget": "tight"} if facts is None else facts
    return s.VerdictMessage(
        id="v-0001", **COMMON, style="x", message=SAID, facts=held, may=may,
        accept=accept or ("freelancers",),
    )  # fmt: skip


# --- verdict and facts -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "got", "accepted", "opposite"),
    [
        (["freelancers"], "freelancers", 1, 0),
        (["freelancers", "hybrid"], "full_time", 0, 0),  # wrong, and hybrid lies nearer
        (["freelancers"], "full_time", 0, 1),
        (["full_time"], "freelancers", 0, 1),
        (["hybrid"], "full_time", 0, 0),
        (["full_time"], "need_more_info", 0, 0),
    ],
)
def test_a_verdict_is_right_wrong_or_the_opposite(
    accept: list[Verdict], got: str, accepted: int, opposite: int
) -> None:
    told = turn(("So.", ()), kind="recommendation", recommendation=advice(got))
    found = scored(verdicts, message(*accept), told)
    assert value(found, "verdict/accepted") == accepted
    assert value(found, "verdict/opposite") == opposite
    assert only(found, "verdict/accepted").why == f"got {got}, right is {' or '.join(accept)}"


def test_no_recommendation_is_neither_right_nor_the_opposite() -> None:
    found = scored(verdicts, message("freelancers"), turn(("Hello.", ()), kind="small_talk"))
    assert value(found, "verdict/accepted") == value(found, "verdict/opposite") == 0
    assert only(found, "verdict/accepted").why == "got no recommendation, right is freelancers"


def test_facts_are_compared_by_name_and_value() -> None:
    # Stated: stage, budget. Taken: stage rightly, budget with the wrong value, scale from nowhere.
    got = {
        "stage": ("prototype", "x"), "budget": ("comfortable", "x"), "scale": ("large", "x"),
    }  # fmt: skip
    found = scored(verdicts, message(), recommends("freelancers", facts=got))
    assert value(found, "verdict/facts_precision") == pytest.approx(1 / 3)
    assert value(found, "verdict/facts_recall") == 1 / 2
    assert only(found, "verdict/facts_precision").why == (
        "not stated: budget = comfortable, scale = large"
    )
    assert only(found, "verdict/facts_recall").why == "overlooked: budget = tight"


def test_facts_that_a_reader_may_add_count_neither_way() -> None:
    got = {**FACTS, "role": ("internal", "x"), "deadline": ("urgent", "x")}
    sample = message(may=("role", "deadline", "scale"))
    found = scored(verdicts, sample, recommends("freelancers", facts=got))
    assert only(found, "verdict/facts_precision") == Measure("verdict/facts_precision", 2, 2)
    assert only(found, "verdict/facts_recall") == Measure("verdict/facts_recall", 2, 2)


def test_no_fact_stated_and_none_taken_says_nothing_about_facts() -> None:
    found = scored(verdicts, message(facts={}), recommends("need_more_info"))
    assert names(found) == {"verdict/accepted", "verdict/opposite"}


def test_of_words_alone_the_verdict_is_judged_and_facts_are_not() -> None:
    found = scored(verdicts, message(), words_only("I recommend freelancers.", "freelancers"))
    assert value(found, "verdict/accepted") == 1
    assert only(found, "verdict/facts_precision").why == "the target gives no facts"
    assert names(found) == {"verdict/accepted", "verdict/opposite"}


# --- discipline of the tool ------------------------------------------------------------------


def good(**more: Any) -> Turn:
    """45 points for freelancers, both facts witnessed."""
    given = {"facts": FACTS, "said": SAID, "reasons": [TIGHT],
             "events": ["turn.started", "recommendation", "answer.sentence"]}  # fmt: skip
    return recommends("freelancers", 45, 0, **{**given, **more})


def kept(*turns: Turn) -> list[Measure]:
    return scored(discipline, message(), *turns)


def test_a_recommendation_as_it_should_be_holds_every_check() -> None:
    found = kept(good())
    assert {one.metric: one.value for one in found} == {
        "tool/once": 1, "tool/replays": 1, "tool/witnessed": 1, "tool/reasons_verbatim": 1,
        "tool/said": 1, "tool/before_words": 1,
    }  # fmt: skip


@pytest.mark.parametrize("calls", [0, 2])
def test_a_recommendation_wants_exactly_one_call(calls: int) -> None:
    found = kept(good(calls=calls))
    assert value(found, "tool/once") == 0
    assert only(found, "tool/once").why == (f"{calls} calls for stage = prototype, budget = tight")


def test_the_call_is_for_the_turn_s_facts_and_made_this_recommendation() -> None:
    other_facts = good()
    other_facts["tool_calls"][0]["arguments"] = {"stage": "prototype"}
    other_result = good()
    other_result["recommendation"]["profile_hash"] = "another"
    assert value(kept(other_facts), "tool/once") == value(kept(other_result), "tool/once") == 0


@pytest.mark.parametrize(
    ("verdict", "points"), [("full_time", (45, 0)), ("freelancers", (45, 5)), ("hybrid", (45, 45))]
)
def test_another_verdict_or_other_points_do_not_replay(
    verdict: str, points: tuple[int, int]
) -> None:
    told = good()
    told["recommendation"] |= advice(verdict, *points)
    found = kept(told)
    assert value(found, "tool/replays") == 0
    assert only(found, "tool/replays").why == (
        "stage = prototype, budget = tight makes freelancers with "
        f"{{'freelancers': 45, 'full_time': 0}}, got {verdict}"
    )


def test_a_fact_that_nobody_said_is_not_witnessed() -> None:
    found = kept(good(facts={**FACTS, "budget": ("tight", "we are broke")}))
    assert value(found, "tool/witnessed") == 1 / 2
    assert only(found, "tool/witnessed").why == ("the message named does not say “we are broke”")


def test_words_of_another_message_are_no_witness() -> None:
    told = good()
    told["message_id"] = "m2"
    for one in told["facts"].values():
        one["message_id"] = "m1"
    assert value(kept(told), "tool/witnessed") == 0
    for one in told["facts"].values():
        one["message_id"] = "m2"
    assert value(kept(told), "tool/witnessed") == 1


def test_an_empty_quote_is_no_witness() -> None:
    assert value(kept(good(facts={"stage": ("prototype", "")})), "tool/witnessed") == 0


def test_what_was_said_earlier_is_a_witness_and_what_is_said_later_is_none() -> None:
    greeting = turn(("Hello.", ()), kind="small_talk", said=SAID)
    told = good(said="so, whom?")
    assert value(kept(greeting, told), "tool/witnessed") == 1
    assert value(kept(told, greeting), "tool/witnessed") == 0


def test_what_was_said_in_another_conversation_is_no_witness() -> None:
    greeting = turn(("Hello.", ()), kind="small_talk", said=SAID)
    found = apart(discipline, message(), greeting, good(said="so, whom?"))
    assert value(found, "tool/witnessed") == 0


def test_a_reason_that_the_article_does_not_say_is_noticed() -> None:
    made_up = (TIGHT[0], "Freelancers never sleep")
    assert value(kept(good(reasons=[TIGHT, made_up])), "tool/reasons_verbatim") == 1 / 2


@pytest.mark.parametrize(
    ("text", "holds", "why"),
    [
        ("I recommend freelancers for this project.", 1, ""),
        ("Money was the reason.", 1, "does not say freelancers"),  # told, and no fault
        ("I recommend freelancers for this project. I recommend full-time AI engineers for this"
         " project.", 0, "says full_time beside freelancers"),
    ],
)  # fmt: skip
def test_prose_says_no_other_verdict_than_the_tool_s(text: str, holds: int, why: str) -> None:
    found = only(kept(good(sentences=[(text, ())])), "tool/said")
    assert (found.value, found.why) == (holds, why)


@pytest.mark.parametrize(
    ("events", "holds"),
    [
        (["recommendation", "answer.sentence"], 1),
        (["answer.sentence", "recommendation"], 0),
        (["answer.sentence"], 0),
        (["recommendation"], 1),
    ],
)
def test_the_recommendation_is_sent_before_the_prose(events: list[str], holds: int) -> None:
    assert value(kept(good(events=events)), "tool/before_words") == holds


def test_a_turn_without_a_recommendation_has_no_tool_to_judge() -> None:
    assert kept(turn(("Hello.", ()), kind="small_talk")) == []


def test_words_alone_record_no_calls() -> None:
    found = kept(words_only("I recommend freelancers.", "freelancers"))
    assert found == [Measure("tool/once", 0, 0, "the target records no tool calls")]


# --- rubric cases ----------------------------------------------------------------------------

CASE = s.RubricCase(
    id="r-0001", **COMMON, kind="pair", about="a pair", verdict="freelancers",
    facts={"stage": "prototype", "budget": "tight"}, scores={"freelancers": 45, "full_time": 0},
)  # fmt: skip


def tool_says(
    verdict: str, freelancers: int, full_time: int, flips: list[dict[str, Any]] | None = None
) -> list[Measure]:
    told = {**advice(verdict, freelancers, full_time, [TIGHT]), "flips": flips or []}
    return scored(rubric_cases, CASE, score=told)


def test_a_profile_gets_its_verdict_and_points() -> None:
    found = tool_says("freelancers", 45, 0)
    assert value(found, "rubric/verdict") == value(found, "rubric/points") == 1
    assert value(found, "rubric/reasons_verbatim") == 1
    assert value(found, "rubric/flips_hold") is None
    wrong = tool_says("hybrid", 45, 30)
    assert value(wrong, "rubric/verdict") == value(wrong, "rubric/points") == 0


def test_a_flip_is_applied_and_must_give_its_verdict() -> None:
    flips: list[dict[str, Any]] = [
        # Without the prototype 15 points are left, below the 30 that are wanted.
        {"fact": "stage", "to": None, "verdict": "need_more_info"},
        # 45 to 45, no lead; what lives long is at least hybrid.
        {"fact": "lifespan", "to": "long_term", "verdict": "hybrid"},
        {"fact": "stage", "to": "production", "verdict": "freelancers"},  # 15 to 30: full_time
    ]
    found = tool_says("freelancers", 45, 0, flips=flips)
    assert value(found, "rubric/flips_hold") == pytest.approx(2 / 3)


def test_a_target_without_scoring_is_unscored() -> None:
    found = scored(rubric_cases, CASE, score=None)
    assert found == [Measure("rubric/verdict", 0, 0, "the target has no scoring")]
