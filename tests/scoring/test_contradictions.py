"""Facts that cannot both be the whole story are noticed and asked about."""

from __future__ import annotations

import pytest
from tests.conftest import CORPUS
from tests.scoring.conftest import sample

from hiring_advisor.corpus import rubric as rubrics
from hiring_advisor.scoring.tool import ScoringTool

RUBRIC = rubrics.load(CORPUS)
CONTRADICTIONS = [
    pytest.param(one, id=" and ".join(value for _, value in one.between))
    for one in RUBRIC.contradictions
]


@pytest.mark.parametrize("contradiction", CONTRADICTIONS)
def test_a_contradiction_is_noticed_and_asked_about(
    tool: ScoringTool, contradiction: rubrics.Contradiction
) -> None:
    facts = dict(contradiction.between)
    result = tool.call(facts)
    assert {
        "facts": facts,
        "ask": contradiction.ask,
        "question": contradiction.question,
    } in result.contradictions
    assert result.next_fact == result.contradictions[0]["ask"]
    for name in facts:
        rest = {other: value for other, value in facts.items() if other != name}
        assert tool.call(rest).contradictions == ()


def test_without_a_contradiction_none_is_noticed(tool: ScoringTool) -> None:
    for facts in sample(RUBRIC, 500):
        result = tool.call(facts)
        held = [one for one in RUBRIC.contradictions if facts.items() >= dict(one.between).items()]
        assert [one["question"] for one in result.contradictions] == [one.question for one in held]


@pytest.mark.parametrize("contradiction", CONTRADICTIONS)
def test_the_answer_to_its_question_settles_a_contradiction(
    tool: ScoringTool, contradiction: rubrics.Contradiction
) -> None:
    facts = dict(contradiction.between)
    others = [
        one.value
        for one in RUBRIC.fact(contradiction.ask).values
        if one.value != facts[contradiction.ask]
    ]
    assert any(
        contradiction.question
        not in {
            one["question"] for one in tool.call({**facts, contradiction.ask: value}).contradictions
        }
        for value in others
    )
