"""Retrieval, declines and costs: each metric once right and once wrong, on hand-made cases."""

from __future__ import annotations

from math import log2

import pytest
from tests.conftest import Ask
from tests.evals.builders import COMMON, names, only, recommends, scored, turn, value, words_only

from hiring_advisor.evals import samples as s
from hiring_advisor.evals.measures import Measure
from hiring_advisor.evals.scorers.costs import costs
from hiring_advisor.evals.scorers.declines import declines
from hiring_advisor.evals.scorers.retrieval import METRICS, retrieval


def question(*sections: str) -> s.Question:
    return s.Question(
        id="q-0001", split="dev", sections=sections, style="terse", question="?", expect=("x",)
    )


def looked_up(gold: tuple[str, ...], *passages: str) -> list[Measure]:
    return scored(retrieval, question(*gold), passages=list(passages))


def test_the_builders_make_turns_of_the_api_s_shape(ask: Ask) -> None:
    real = ask("A two-week prototype on a tight budget, whom should we hire?").view()
    made = recommends("freelancers")
    assert made.keys() <= real.keys()
    assert made["recommendation"].keys() <= real["recommendation"].keys()
    assert made["tool_calls"][0].keys() == real["tool_calls"][0].keys()
    assert made["usage"].keys() <= real["usage"].keys()
    assert made["timings_ms"].keys() <= real["timings_ms"].keys()


# --- retrieval -------------------------------------------------------------------------------


def test_a_right_section_first_hits_at_every_depth() -> None:
    found = looked_up(("a",), "a", "b")
    assert [value(found, metric) for metric in METRICS] == [1, 1, 1, 1, 1, 1]


def test_a_right_section_at_rank_4_is_among_five_only() -> None:
    found = looked_up(("a",), "w", "x", "y", "a")
    hits = [value(found, f"retrieval/hit@{k}") for k in (1, 3, 5)]
    assert hits == [0, 0, 1]
    assert value(found, "retrieval/mrr") == 1 / 4
    assert value(found, "retrieval/ndcg@5") == pytest.approx(1 / log2(5))
    assert only(found, "retrieval/hit@1").why == "found w, x, y, a; wanted a"


def test_two_of_three_right_sections_make_their_share() -> None:
    found = looked_up(("a", "b", "c"), "x", "a", "b")
    assert value(found, "retrieval/recall@5") == pytest.approx(2 / 3)
    # (1/log2 3 + 1/log2 4) of (1/log2 2 + 1/log2 3 + 1/log2 4)
    assert value(found, "retrieval/ndcg@5") == pytest.approx((0.63093 + 0.5) / 2.13093, abs=1e-5)


def test_several_passages_of_one_section_are_one_place() -> None:
    found = looked_up(("a",), "x", "x", "x", "a")
    assert value(found, "retrieval/mrr") == 1 / 2


def test_more_than_five_right_sections_can_all_be_found() -> None:
    found = looked_up(tuple("abcdefg"), *"abcde")
    assert value(found, "retrieval/recall@5") == value(found, "retrieval/ndcg@5") == 1


def test_the_sixth_place_counts_for_the_rank_alone() -> None:
    found = looked_up(("a",), *"vwxyz", "a")
    assert value(found, "retrieval/mrr") == 1 / 6
    assert value(found, "retrieval/hit@5") == value(found, "retrieval/ndcg@5") == 0


def test_nothing_found_is_a_miss() -> None:
    found = looked_up(("a",))
    assert [value(found, metric) for metric in METRICS] == [0] * 6
    assert only(found, "retrieval/hit@5").why == "found nothing; wanted a"


def test_a_target_without_search_is_unscored() -> None:
    found = scored(retrieval, question("a"), passages=None)
    assert [one.metric for one in found] == list(METRICS)
    assert names(found) == set()
    assert {one.why for one in found} == {"the target has no search"}


# --- declines --------------------------------------------------------------------------------

UNKNOWN = s.Unanswerable(id="u-0001", **COMMON, kind="near_miss", question="what do they charge?")
ASKED = question("faq/both")
LEANS = s.FollowUp(id="f-0001", **COMMON, history=("?",), question="and?", expect=("x",))
GREETING = s.SmallTalk(id="s-0001", **COMMON, kind="greeting", text="hi")


@pytest.mark.parametrize(
    ("kind", "holds"),
    [("declined", 1), ("handoff", 1), ("small_talk", 1), ("answer", 0), ("recommendation", 0)],
)
def test_what_the_article_does_not_say_is_not_to_be_answered(kind: str, holds: int) -> None:
    found = scored(declines, UNKNOWN, turn(("Well.", ()), kind=kind))
    assert value(found, "declines/not_invented") == holds
    assert value(found, "declines/not_invented.near_miss") == holds
    assert only(found, "declines/not_invented").why == f"a turn of the kind {kind}"


def test_too_little_known_for_a_verdict_invents_nothing() -> None:
    found = scored(declines, UNKNOWN, recommends("need_more_info"))
    assert value(found, "declines/not_invented") == 1


def test_a_verdict_where_nothing_was_asked_is_invented() -> None:
    found = scored(declines, UNKNOWN, recommends("freelancers"))
    assert value(found, "declines/not_invented") == 0


@pytest.mark.parametrize("sample", [ASKED, LEANS])
@pytest.mark.parametrize(
    ("kind", "not_refused", "answered"),
    [("answer", 1, 1), ("declined", 0, 0), ("recommendation", 1, 0)],
)
def test_what_the_article_says_is_to_be_answered(
    sample: s.Sample, kind: str, not_refused: int, answered: int
) -> None:
    found = scored(declines, sample, turn(("Well.", ()), kind=kind))
    assert value(found, "declines/not_refused") == not_refused
    assert value(found, "declines/answered") == answered


@pytest.mark.parametrize(("kind", "holds"), [("small_talk", 1), ("declined", 1), ("answer", 0)])
def test_small_talk_is_not_answered_from_the_article(kind: str, holds: int) -> None:
    found = scored(declines, GREETING, turn(("Hello.", ()), kind=kind))
    assert value(found, "declines/small_talk") == holds


@pytest.mark.parametrize("sample", [UNKNOWN, ASKED, LEANS, GREETING])
def test_words_alone_do_not_tell_whether_they_decline(sample: s.Sample) -> None:
    found = scored(declines, sample, words_only("I'm sorry, the article does not say."))
    assert names(found) == set()
    assert {one.why for one in found} == {"the target tells no kinds of turns"}


def test_a_history_is_no_part_of_what_is_judged() -> None:
    found = scored(declines, LEANS, turn(("No.", ()), kind="declined"), turn(("Yes.", ())))
    assert value(found, "declines/answered") == 1


# --- costs -----------------------------------------------------------------------------------


def test_costs_are_means_of_turns() -> None:
    spent = {"llm_calls": 2, "prompt_tokens": 900, "completion_tokens": 100}
    first = turn(("A.", ()), usage=spent, timings_ms={"total": 30.0, "first_sentence": 5.0})
    second = turn(("B.", ()), degraded=True, timings_ms={"total": 10.0, "first_sentence": 1.0})
    found = scored(costs, ASKED, first, second)
    wanted = {
        "turn_ms": 20, "first_sentence_ms": 3, "llm_calls": 1, "prompt_tokens": 450,
        "completion_tokens": 50, "degraded": 0.5,
    }  # fmt: skip
    assert {one.metric.removeprefix("cost/"): one.value for one in found} == wanted


def test_a_first_sentence_that_nobody_timed_is_unscored() -> None:
    found = scored(costs, ASKED, words_only("Yes."))
    assert value(found, "cost/first_sentence_ms") is None
    assert value(found, "cost/turn_ms") == 1


def test_a_case_without_turns_costs_nothing_that_could_be_averaged() -> None:
    assert scored(costs, ASKED) == []
