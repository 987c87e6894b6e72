"""The rubric is data: editing `rubric.toml` is enough, and no edit goes unseen."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from tests.conftest import make_settings
from tests.scoring.conftest import arguments, edit, sample
from tests.scoring.reference import Reference

from hiring_advisor.bootstrap import Parts
from hiring_advisor.channels.console import one_turn
from hiring_advisor.corpus import rubric as rubrics
from hiring_advisor.errors import ContentError
from hiring_advisor.scoring.recommend import Scorer
from hiring_advisor.scoring.tool import ScoringTool

NEW_FACT = """
[[fact]]
name = "hours"
about = "when it has to be looked after"
question = "Does somebody have to be on call at night?"
[[fact.values]]
value = "office"
label = "Office hours will do"
reading = "office hours"
would = "if office hours were enough"
leans = "freelancers"
[[fact.values]]
value = "night"
label = "Day and night"
reading = "somebody on call day and night"
would = "if somebody had to be on call at night"
leans = "full_time"
"""
NEW_RULES = """
[[rule]]
id = "office-hours"
when = { hours = "office" }
points = { freelancers = 5 }
why = "Nobody has to stay."
section = "comparison/post-launch-support"
source_quote = "Unreliable"

[[rule]]
id = "on-call"
when = { hours = "night" }
points = { full_time = 70 }
why = "Somebody has to stay."
section = "comparison/post-launch-support"
source_quote = "Integrated in ongoing cycles"

[[constraint]]
id = "on-call-not-freelance-alone"
when = { hours = "night" }
at_least = "hybrid"
why = "Somebody has to stay."
section = "comparison/post-launch-support"
source_quote = "Integrated in ongoing cycles"

[[contradiction]]
between = { hours = "night", lifespan = "one_time" }
ask = "hours"
question = "Done once delivered, and yet on call?"
"""


@pytest.fixture
def edited(content: Path) -> ScoringTool:
    with (content / "rubric.toml").open("a", encoding="utf-8") as file:
        file.write(NEW_FACT + NEW_RULES)
    return ScoringTool(rubrics.load(content))


def test_a_new_fact_with_its_rules_counts_at_once(edited: ScoringTool) -> None:
    result = edited.call({"hours": "night"}, {"hours": "we run at night"})
    assert (result.verdict, result.scores["full_time"]) == ("full_time", 70)
    (row,) = result.contributions
    assert (row.fact, row.why, row.quote) == ("hours", "Somebody has to stay.", "we run at night")
    assert {"fact": "hours", "from": "night", "to": None, "verdict": "need_more_info"} in [
        dict(flip) for flip in result.flips
    ]


def test_a_new_fact_is_asked_for_where_it_decides(edited: ScoringTool) -> None:
    speaks_for_freelancers = {
        fact.name: fact.values[0].value for fact in edited.rubric.facts if fact.name != "hours"
    }
    result = edited.call(speaks_for_freelancers)
    assert (result.verdict, result.missing, result.next_fact) == (
        "freelancers",
        ("hours",),
        "hours",
    )


def test_a_new_constraint_and_a_new_contradiction_hold(edited: ScoringTool) -> None:
    freelance = {"stage": "prototype", "failure": "acceptable", "expertise": "niche"}
    assert edited.call({**freelance, "hours": "office"}).verdict == "freelancers"
    assert edited.call({**freelance, "hours": "night"}).verdict == "hybrid"
    clash = edited.call({"hours": "night", "lifespan": "one_time"})
    assert clash.contradictions[0]["question"] == "Done once delivered, and yet on call?"
    assert clash.next_fact == "hours"


def test_a_new_fact_is_in_the_model_s_form(edited: ScoringTool) -> None:
    call = {"type": "tool_call", "name": "score_hiring_fit", "id": "1"}
    artifact = edited.tool.invoke({**call, "args": arguments(hours="night")}).artifact
    assert artifact.verdict == "full_time"


def test_the_whole_advisor_asks_for_a_new_fact(edited: ScoringTool, content: Path) -> None:
    parts = Parts(make_settings(content.parent / "data", ADVISOR_CORPUS_DIR=str(content)))
    turn = one_turn(parts.advisor, "A prototype on a tight budget: whom should we hire?", None)
    assert turn.recommendation is not None
    assert turn.recommendation.rubric_version == edited.rubric.version
    assert "hours" in turn.recommendation.missing


def test_words_that_the_article_does_not_hold_are_refused(content: Path) -> None:
    edit(content, "Consistent, well-documented", "Consistent, well documented")
    parts = Parts(make_settings(content.parent / "data", ADVISOR_CORPUS_DIR=str(content)))
    with pytest.raises(ContentError, match=r"code-quality.*comparison/code-quality"):
        _ = parts.rubric


def test_a_new_value_of_a_fact_counts_at_once(content: Path) -> None:
    value = """[[fact.values]]
value = "research"
label = "A study"
reading = "a study"
would = "if it were a study"
leans = "freelancers"
"""
    rule = """[[rule]]
id = "research"
when = { stage = "research" }
points = { freelancers = 40 }
why = "A study is an exploration."
section = "choose-freelancers/exploring"
source_quote = "exploring new AI use cases"

"""
    file = content / "rubric.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("[[fact.values]]", f"{value}[[fact.values]]", 1)
    file.write_text(text.replace("[[rule]]", f"{rule}[[rule]]", 1), encoding="utf-8")
    result = ScoringTool(rubrics.load(content)).call({"stage": "research"})
    assert (result.verdict, result.scores["freelancers"]) == ("freelancers", 40)


def test_changed_points_and_thresholds_count_at_once(content: Path) -> None:
    alone = {"budget": "tight"}
    assert ScoringTool(rubrics.load(content)).call(alone).verdict == "need_more_info"
    edit(content, "min_evidence = 30", "min_evidence = 15")
    assert ScoringTool(rubrics.load(content)).call(alone).verdict == "freelancers"


@pytest.mark.parametrize("seed", range(6))
def test_any_edit_of_points_thresholds_and_constraints_is_scored_as_documented(
    rubric_text: str, seed: int
) -> None:
    dice = random.Random(seed)

    def other_number(match: re.Match[str]) -> str:
        return f"{match[1]} = {dice.choice([1, 5, 10, 20, 30, 60])}"

    def other_bound(match: re.Match[str]) -> str:
        bound = dice.choice(["at_least", "at_most"])
        return f'{bound} = "{dice.choice(["freelancers", "hybrid", "full_time"])}"'

    text = re.sub(r"\b(freelancers|full_time|m\w+_\w+|full_\w+) = \d+", other_number, rubric_text)
    text = re.sub(r'at_(?:least|most) = "\w+"', other_bound, text)
    scorer, reference = Scorer(rubrics.parse(text)), Reference(text)
    confidence = reference.confidence()
    for facts in sample(scorer.rubric, 400):
        assessment = scorer.assess(facts)
        assert assessment.verdict == reference.verdict(facts), facts
        sure = scorer.confidence(facts, assessment)
        assert sure == confidence[reference.place(facts)] / 100, facts


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('when = { budget = "tight" }', 'when = { budget = "thin" }', "budget = thin"),
        ('when = { budget = "tight" }', 'when = { money = "tight" }', "money = tight"),
        ("points = { freelancers = 30 }", "points = { full_time = 30 }", "against the side"),
        ("points = { freelancers = 30 }", "points = { freelancers = -30 }", "0 or more"),
        ("points = { freelancers = 30 }", "points = { freelancers = 2.5 }", "whole points"),
        ("points = { freelancers = 30 }", "points = { hybrid = 30 }", "option that has none"),
        ('name = "role"', 'name = "stage"', "stands there twice"),
        ('at_least = "full_time"', 'at_least = "need_more_info"', "no rank"),
        ('ask = "lifespan"', 'ask = "life"', "asks for life"),
        ("min_evidence = 30", "", "min_evidence"),
        ("[verdict]", "[verdict", "not valid TOML"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused_with_its_place(
    content: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(ContentError) as refused:
        rubrics.load(edit(content, old, new))
    assert "rubric.toml" in refused.value.message
    assert said in refused.value.message
