"""From facts to a verdict: the article's cases, and what holds for whatever facts are given."""

from __future__ import annotations

import random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import CORPUS
from tests.scoring.conftest import Score, sample
from tests.scoring.reference import Reference

from hiring_advisor.corpus import rubric as rubrics
from hiring_advisor.errors import BadRequest
from hiring_advisor.scoring.recommend import Scorer, confidence_word
from hiring_advisor.scoring.recommendation import profile_hash
from hiring_advisor.scoring.tool import ScoringTool

RUBRIC = rubrics.load(CORPUS)
TOOL, ANOTHER = ScoringTool(RUBRIC), ScoringTool(RUBRIC)
PROFILES = st.fixed_dictionaries(
    {},
    optional={
        fact.name: st.sampled_from([one.value for one in fact.values]) for fact in RUBRIC.facts
    },
)
QUIET = settings(deadline=None, max_examples=150)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        pytest.param(
            {"stage": "prototype", "deadline": "urgent", "budget": "tight"},
            "freelancers",
            id="a two-week proof of concept on a tight budget",
        ),
        pytest.param(
            {"role": "core", "lifespan": "long_term"},
            "full_time",
            id="a core product that is maintained for years",
        ),
        pytest.param({"stage": "staged"}, "hybrid", id="a prototype first, then production"),
        pytest.param({}, "need_more_info", id="nothing known"),
        pytest.param(
            {
                "stage": "production", "complexity": "complex", "data": "sensitive",
                "budget": "tight", "deadline": "urgent",
            },
            "full_time",
            id="complex sensitive production is not outvoted by budget and deadline",
        ),
        pytest.param(
            {"stage": "prototype", "failure": "acceptable"}, "freelancers", id="an experiment"
        ),
        pytest.param({"expertise": "niche"}, "freelancers", id="a niche expert for a while"),
        pytest.param({"control": "in_house"}, "full_time", id="in-house control"),
        pytest.param(
            {"stage": "production", "scale": "large", "data": "sensitive"},
            "full_time",
            id="productization, scale and security",
        ),
        pytest.param(
            {"stage": "prototype", "role": "core", "lifespan": "long_term"},
            "hybrid",
            id="the prototype of a core product",
        ),
        pytest.param({"budget": "tight"}, "need_more_info", id="money alone decides nothing"),
    ],
)  # fmt: skip
def test_the_verdict_follows_the_article(score: Score, facts: dict[str, str], verdict: str) -> None:
    assert score(**facts).verdict == verdict


@given(PROFILES)
@QUIET
def test_any_facts_of_the_rubric_get_a_whole_recommendation(facts: dict[str, str]) -> None:
    result = TOOL.call(facts)
    assert result.verdict in rubrics.VERDICTS
    assert result.summary == RUBRIC.options[result.verdict].summary
    assert 0 <= result.confidence <= 1
    assert {row.fact for row in result.contributions} == facts.keys()
    for side in ("freelancers", "full_time"):
        assert result.scores[side] == sum(row.points[side] for row in result.contributions)


@given(PROFILES, st.randoms(use_true_random=False))
@QUIET
def test_the_order_of_facts_changes_no_byte(facts: dict[str, str], dice: random.Random) -> None:
    shuffled = list(facts.items())
    dice.shuffle(shuffled)
    quotes = {name: f"my {name}" for name, _ in shuffled}
    one, other = TOOL.call(facts, quotes), ANOTHER.call(dict(shuffled), quotes)
    assert orjson.dumps(one) == orjson.dumps(other)


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"horoscope": "aries"}, [fact.name for fact in RUBRIC.facts]),
        ({"stage": "prototype", "": "tight"}, [fact.name for fact in RUBRIC.facts]),
        ({"stage": "beta"}, ["stage", "prototype", "staged", "production"]),
        ({"budget": ""}, ["budget", "tight", "comfortable"]),
        ({"budget": "urgent", "stage": "prototype"}, ["budget", "tight", "comfortable"]),
        ({"deadline": "Urgent"}, ["deadline", "urgent", "relaxed"]),
    ],
)
def test_what_the_rubric_does_not_know_is_refused_with_what_it_does_know(
    score: Score, facts: dict[str, str], named: list[str]
) -> None:
    with pytest.raises(BadRequest) as refused:
        score(**facts)
    assert refused.value.status == 422
    assert [name for name in named if name not in refused.value.message] == []
    # What was sent is not sent back.
    assert "horoscope" not in refused.value.message
    assert "beta" not in refused.value.message


@pytest.mark.parametrize("value", [None, 3, ["tight"], {"value": "tight"}])
def test_a_value_that_is_no_text_is_refused_like_an_unknown_one(
    tool: ScoringTool, value: object
) -> None:
    with pytest.raises(BadRequest, match="tight, comfortable"):
        tool.call({"budget": value})  # type: ignore[dict-item]


def test_the_confidence_is_the_documented_one(reference: Reference) -> None:
    scorer = Scorer(RUBRIC)
    hundredths = reference.confidence()
    for facts in sample(RUBRIC, 3000):
        got = scorer.confidence(facts, scorer.assess(facts))
        assert got == hundredths[reference.place(facts)] / 100, facts


def test_the_confidence_lies_between_nothing_and_certain(reference: Reference) -> None:
    hundredths = reference.confidence()
    assert (hundredths.min(), hundredths.max()) == (0, 100)


@pytest.mark.parametrize(
    ("confidence", "word"),
    [(0.0, "low"), (0.39, "low"), (0.4, "fair"), (0.69, "fair"), (0.7, "high"), (1.0, "high")],
)
def test_the_confidence_has_a_word(confidence: float, word: str) -> None:
    assert confidence_word(confidence) == word


def test_reasons_for_the_verdict_come_first_and_the_weightiest_of_them_on_top(
    score: Score,
) -> None:
    rows = score(
        role="core", budget="tight", deadline="urgent", data="sensitive", control="in_house"
    ).contributions
    full_time = [row.points["full_time"] for row in rows]
    for_it = [points for points in full_time if points]
    assert full_time == [*sorted(for_it, reverse=True), 0, 0]


def test_a_reason_carries_the_visitor_s_words_and_the_article_s(tool: ScoringTool) -> None:
    (row,) = tool.call({"budget": "tight"}, {"budget": "we have very little"}).contributions
    assert row.quote == "we have very little"
    rule = next(rule for rule in RUBRIC.rules if rule.rule_id == "tight-budget")
    assert (row.section_id, row.source_quote) == (rule.section_id, rule.source_quote)
    assert tool.call({"budget": "tight"}).contributions[0].quote is None


@given(PROFILES, PROFILES)
@QUIET
def test_a_profile_hash_names_one_profile(one: dict[str, str], other: dict[str, str]) -> None:
    backwards = dict(reversed(one.items()))
    assert profile_hash(one) == profile_hash(backwards)
    assert (profile_hash(one) == profile_hash(other)) == (one == other)


def test_profile_hashes_do_not_meet() -> None:
    profiles = {orjson.dumps(one, option=orjson.OPT_SORT_KEYS): one for one in sample(RUBRIC, 5000)}
    assert len({profile_hash(one) for one in profiles.values()}) == len(profiles)


def test_a_changed_wording_changes_neither_verdict_nor_profile_hash(tool: ScoringTool) -> None:
    said = tool.call({"stage": "staged"}, {"stage": "first a demo, then live"})
    silent = tool.call({"stage": "staged"})
    assert (said.verdict, said.profile_hash) == (silent.verdict, silent.profile_hash)
