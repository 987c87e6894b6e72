"""Dialogues and interviews: what must hold after each turn, and how many questions it takes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.evals.builders import (
    COMMON,
    KNOWLEDGE,
    only,
    recommends,
    scored,
    turn,
    value,
    words_only,
)

from hiring_advisor.evals import samples as s
from hiring_advisor.evals.measures import Measure
from hiring_advisor.evals.scorers.dialogues import dialogues, interviews, lasting, verdicts_of_form
from hiring_advisor.evals.targets import Turn

HELLO = turn(("Hello.", ()), kind="small_talk", said="hi")
PROTOTYPE = {"stage": ("prototype", "x"), "budget": ("tight", "x")}
TOLD = recommends(
    "freelancers", 45, facts=PROTOTYPE, cites=[("faq/both", "x")],
    sentences=[("I recommend freelancers for this project.", [1])],
)  # fmt: skip


def dialogue(*wanted: dict[str, Any]) -> s.Dialogue:
    turns = tuple(s.DialogueTurn(say=f"turn {n}", **one) for n, one in enumerate(wanted, 1))
    return s.Dialogue(id="d-0001", **COMMON, style="x", kind="mixed", turns=turns)


def after(wanted: dict[str, Any], got: Turn = TOLD) -> str:
    """What is wrong after the second turn of a dialogue, in words."""
    found = scored(dialogues, dialogue({}, wanted), HELLO, got)
    first, second = [one for one in found if one.metric == "dialogue/turn_right"]
    assert first.value == 1
    assert second.value == float(not second.why)
    return second.why.removeprefix("turn 2, “turn 2”: ")


# --- what must hold after a turn -------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ({}, ""),
        ({"kinds": ("recommendation", "answer")}, ""),
        ({"kinds": ("answer", "declined")}, "recommendation in place of answer or declined"),
        ({"accept": ("freelancers",)}, ""),
        ({"accept": ("hybrid", "full_time")}, "freelancers in place of hybrid or full_time"),
        ({"facts": {"stage": "prototype"}}, ""),
        ({"facts": {"stage": "production"}}, "does not hold stage = production"),
        ({"facts": {"scale": "large"}}, "does not hold scale = large"),
        ({"facts": {"scale": "large"}, "may": ("scale",)}, ""),
        ({"facts": {}}, ""),
        ({"absent": ("scale",)}, ""),
        ({"absent": ("budget", "scale")}, "still holds budget = tight"),
        ({"sections": ("faq/both", "article")}, ""),
        ({"sections": ("article",)}, "cites faq/both, not article"),
        ({"expect": ("for this  project.", "never")}, ""),
        ({"expect": ("never", "ever")}, "says none of “never”, “ever”"),
        ({"what_if": s.WhatIf(facts={}, accept=("freelancers",))}, ""),
        ({"what_if": s.WhatIf(facts={}, accept=("hybrid",))},
         "supposes freelancers in place of hybrid"),
    ],
)  # fmt: skip
def test_what_does_not_hold_after_a_turn_is_told(wanted: dict[str, Any], fault: str) -> None:
    assert after(wanted) == fault


def test_all_faults_of_a_turn_are_told() -> None:
    wanted = {"kinds": ("declined",), "accept": ("hybrid",), "absent": ("stage",)}
    assert after(wanted) == (
        "recommendation in place of declined; freelancers in place of hybrid; "
        "still holds stage = prototype"
    )


def test_a_turn_without_a_recommendation_is_no_verdict() -> None:
    assert after({"accept": ("hybrid",)}, HELLO) == "no recommendation in place of hybrid"
    assert after({"sections": ("article",)}, HELLO) == "cites nothing, not article"
    assert after({"what_if": s.WhatIf(facts={}, accept=("hybrid",))}, HELLO) == ""


def test_one_wrong_turn_makes_a_dialogue_wrong() -> None:
    sample = dialogue({}, {"accept": ("hybrid",)}, {"accept": ("freelancers",)})
    found = scored(dialogues, sample, HELLO, TOLD, TOLD)
    rights = [one.value for one in found if one.metric == "dialogue/turn_right"]
    assert rights == [1, 0, 1]
    assert [one.value for one in found if one.metric == "dialogue/turn_right.mixed"] == rights
    assert value(found, "dialogue/whole_right") == 0


def test_a_dialogue_whose_turns_are_all_right_is_right() -> None:
    found = scored(dialogues, dialogue({}, {"accept": ("freelancers",)}), HELLO, TOLD)
    assert value(found, "dialogue/whole_right") == 1


def test_of_words_alone_kind_facts_and_citations_are_free() -> None:
    told = words_only("I recommend freelancers.", "freelancers")
    wanted = {"facts": {"scale": "large"}, "absent": ("stage",), "sections": ("article",)}
    assert after(wanted, told) == ""
    assert after({"kinds": ("declined",)}, words_only("I cannot say.")) == ""
    assert after({"accept": ("hybrid",)}, told) == "freelancers in place of hybrid"


# --- interviews ------------------------------------------------------------------------------

QUESTION = {"fact": "stage", "text": "?", "options": []}
NONE, SHORT, FREE, BOTH, FULL = None, "need_more_info", "freelancers", "hybrid", "full_time"


@pytest.mark.parametrize(
    ("verdicts", "count"),
    [
        ([FREE], 0),
        ([SHORT, FREE], 1),
        ([NONE, SHORT, FREE, FREE], 2),
        ([SHORT, FREE, BOTH, FREE], 3),  # it did not stand for good the first time
        ([FREE, FREE, BOTH], 12),  # it never does
    ],
)
def test_the_verdict_lasts_from_the_answer_after_the_last_other_one(
    verdicts: list[str | None], count: int
) -> None:
    assert lasting(verdicts, FREE, 12) == count


def interview(**profile: str) -> s.Interview:
    return s.Interview(
        id="p-0001", **COMMON, opening="whom?", profile=profile, verdict="freelancers"
    )


# In points: a tight budget 15 for freelancers, sensitive data 25 for full-time, a prototype 30.
PROFILE = {"budget": "tight", "data": "sensitive", "stage": "prototype"}


def asked(*verdicts: str, sample: s.Interview | None = None) -> list[Measure]:
    """The verdicts of an interview turn by turn; every turn but the last asks a question."""
    turns = [recommends(one, next_question=QUESTION) for one in verdicts[:-1]]
    turns.append(recommends(verdicts[-1]))
    return scored(interviews, sample or interview(**PROFILE), *turns)


def test_a_form_is_filled_in_in_the_rubric_s_order() -> None:
    # Nothing; 30 to 0 by the prototype; 30 to 25 with the data; 45 to 25 with the budget.
    assert verdicts_of_form(KNOWLEDGE, interview(**PROFILE)) == [SHORT, FREE, SHORT, FREE]


def test_questions_are_counted_beside_those_of_a_form() -> None:
    found = asked(SHORT, FREE, FREE)
    assert value(found, "interview/ends_in_verdict") == 1
    assert value(found, "interview/final_verdict") == 1
    assert value(found, "interview/questions") == 1
    assert value(found, "interview/questions_asked") == 2
    assert value(found, "interview/questions_of_form") == 3


def test_a_last_verdict_that_is_not_that_of_all_facts_never_lasts() -> None:
    found = asked(SHORT, FREE, BOTH)
    assert value(found, "interview/ends_in_verdict") == 1
    assert value(found, "interview/final_verdict") == 0
    assert only(found, "interview/final_verdict").why == (
        "after 2 answers: hybrid; all facts make freelancers"
    )
    assert value(found, "interview/questions") == len(PROFILE)


def test_an_interview_that_ends_without_a_verdict_is_noticed() -> None:
    found = asked(SHORT, SHORT)
    assert value(found, "interview/ends_in_verdict") == 0


def test_a_target_that_asks_nothing_gives_no_interview() -> None:
    assert scored(interviews, interview(**PROFILE), words_only("Freelancers.", "freelancers")) == []
