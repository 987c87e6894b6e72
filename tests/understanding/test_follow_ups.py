"""Follow-ups are made whole from earlier questions; whole questions stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hiring_advisor.understanding.questions import frame, whole_question

PROS = "What are the pros of freelancers?"


@pytest.mark.parametrize(
    ("earlier", "asked", "side", "words"),
    [
        ([PROS], "and the cons?", "freelancers", "cons freelancers"),
        (["pros of freelancers"], "and of full-time engineers?", "full_time", "pros full-time"),
        (["Are freelancers cheaper?"], "and faster?", "freelancers", "faster freelancers"),
        (["Risks with contractors?"], "what about employees?", "full_time", "risks full-time"),
        (["How good is freelancers' code?"], "and the others?", "full_time", "code full-time"),
        (["What are the pros of full-timers?"], "and their drawbacks?", "full_time", "drawbacks"),
        (["Do freelancers stay after launch?"], "why not?", "freelancers", "stay after launch"),
        (["hi", "List the cons of freelancers", "ok"], "and the pros?", "freelancers", "pros"),
        (["Who is faster, freelancers or full-timers?"], "and cheaper?", "both", "cheaper"),
        (["Tell me about full-time engineers"], "are they expensive?", "full_time", "expensive"),
        (["what about security with freelancers"], "the other side?", "full_time", "security"),
        (["Which one is cheaper?"], "and faster?", "", "cheaper faster"),
        ([PROS, "and the cons?"], "and those of employees?", "full_time", "cons full-time"),
    ],
)  # fmt: skip
def test_a_follow_up_gets_what_it_leaves_out(
    earlier: list[str], asked: str, side: str, words: str
) -> None:
    whole = whole_question(asked, earlier)
    assert whole.side == side
    assert whole.text == asked
    assert all(word in whole.whole for word in words.split()), whole.whole


@pytest.mark.parametrize(
    "asked",
    [
        "What are the challenges of full-time hiring?",
        "Can freelancers build production-grade AI?",
        "Which costs more in the long run, freelancers or full-time engineers?",
        "Please explain to me in some detail what is meant by the term production-grade software",
    ],
)  # fmt: skip
def test_a_question_that_is_whole_is_not_touched(asked: str) -> None:
    assert whole_question(asked, [PROS]).whole == asked


@pytest.mark.parametrize("asked", ["and the cons?", "why?", "and they?"])
def test_without_a_history_nothing_is_put_in(asked: str) -> None:
    assert whole_question(asked, []).whole == asked


@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=5))
def test_any_question_has_a_frame_that_keeps_its_words(asked: str, earlier: list[str]) -> None:
    assert whole_question(asked, earlier).text == asked


@pytest.mark.parametrize(
    ("asked", "side", "valence", "shape"),
    [
        ("What are the benefits of contractors?", "freelancers", "pros", "list"),
        ("List the drawbacks of permanent staff", "full_time", "cons", "list"),
        ("When should I choose freelancers?", "freelancers", "", "when"),
        ("Are full-time engineers expensive?", "full_time", "", "yes_no"),
        ("Which one is cheaper?", "", "", "compare"),
        ("Freelancers vs employees on speed", "both", "", "compare"),
        ("What does production-grade mean?", "", "", "define"),
        ("Can I use both together?", "hybrid", "", "yes_no"),
        ("Why do projects fail?", "", "", "why"),
        ("Pros and cons of freelancers", "freelancers", "", "list"),
    ],
)
def test_a_question_is_taken_apart(asked: str, side: str, valence: str, shape: str) -> None:
    taken = frame(asked)
    assert (taken.side, taken.valence, taken.shape) == (side, valence, shape)
