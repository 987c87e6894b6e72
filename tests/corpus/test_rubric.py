"""The rubric stands on the article: read here from the TOML itself, not through its own checks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CORPUS

from hiring_advisor.bootstrap import Parts
from hiring_advisor.corpus import rubric as rubrics
from hiring_advisor.corpus.library import Library
from hiring_advisor.errors import ContentError

TEXT = (CORPUS / "rubric.toml").read_text("utf-8")
DATA: dict[str, Any] = tomllib.loads(TEXT)
VALUES = [(fact["name"], value["value"]) for fact in DATA["fact"] for value in fact["values"]]
LEANS = {
    (fact["name"], value["value"]): value["leans"]
    for fact in DATA["fact"]
    for value in fact["values"]
}


def section_text(section_id: str) -> str:
    """A section's lines of the Markdown file, taken out here without the package's parser."""
    lines = [
        line
        for name in ("article.md", "faq.md")
        for line in (CORPUS / name).read_text("utf-8").splitlines()
    ]
    at = next(
        number
        for number, line in enumerate(lines)
        if line.endswith(f"{{#{section_id}}}") and line[0] in "#-|"
    )
    if not lines[at].startswith("#"):
        return re.sub(r"^- | *\{#.*\}$", "", lines[at]).strip("| ")
    end = next(
        (number for number in range(at + 1, len(lines)) if lines[number].startswith("#")),
        len(lines),
    )
    own = [line for line in lines[at + 1 : end] if line and not line.startswith(("- ", "|"))]
    own += [line for line in lines if line.endswith(f". {{#{section_id}}}")]
    return " ".join(own)


def label(entry: dict[str, Any]) -> str:
    return str(entry["id"])


@pytest.mark.parametrize("rule", DATA["rule"] + DATA["constraint"], ids=label)
def test_the_quote_of_every_rule_and_constraint_is_verbatim_in_its_section(
    rule: dict[str, Any],
) -> None:
    assert len(rule["source_quote"].split()) >= 2 or rule["section"].startswith("comparison/")
    assert rule["source_quote"] in section_text(rule["section"])


@pytest.mark.parametrize("rule", DATA["rule"], ids=label)
def test_no_rule_gives_points_against_the_side_that_its_value_leans_to(
    rule: dict[str, Any],
) -> None:
    ((fact, value),) = rule["when"].items()
    sides = {side for side, points in rule["points"].items() if points}
    lean = LEANS[fact, value]
    assert sides
    assert lean == "hybrid" or sides == {lean}


@pytest.mark.parametrize(("fact", "value"), VALUES)
def test_every_value_is_used_by_a_rule(fact: str, value: str) -> None:
    assert any(rule["when"] == {fact: value} for rule in DATA["rule"])


def test_the_article_s_advice_is_all_in_the_rubric() -> None:
    """The bullets of both “choose … if” lists and the rows of the table each carry a rule."""
    used = {rule["section"] for rule in DATA["rule"] + DATA["constraint"]}
    advice = {
        line
        for line in (Path(__file__).with_name("section_ids.txt")).read_text("utf-8").split()
        if line.startswith(("choose-freelancers/", "choose-full-time/"))
    }
    # The fifth bullet sums the other four up.
    assert advice - used <= {"choose-freelancers/fast-experimentation"}


def test_points_are_whole_numbers() -> None:
    for rule in rubrics.parse(TEXT).rules:
        assert type(rule.freelancers) is int
        assert type(rule.full_time) is int


def test_the_version_changes_with_every_edit() -> None:
    first = rubrics.parse(TEXT).version
    assert first.startswith(f"{DATA['version']}+")
    assert rubrics.parse(TEXT).version == first
    assert rubrics.parse(TEXT + "\n# a remark\n").version != first
    heavier = TEXT.replace("freelancers = 30", "freelancers = 31", 1)
    assert rubrics.parse(heavier).version != first


def test_a_value_that_no_rule_uses_is_refused() -> None:
    keys = ("value", "label", "reading", "would", "leans")
    more = "[[fact.values]]\n" + "".join(f'{key} = "never"\n' for key in keys)
    with pytest.raises(ContentError, match="stage = never"):
        rubrics.parse(TEXT.replace("[[fact.values]]", more + "[[fact.values]]", 1))


def test_points_against_the_leaning_side_are_refused() -> None:
    against = TEXT.replace("points = { freelancers = 30 }", "points = { full_time = 30 }", 1)
    with pytest.raises(ContentError, match="rule prototype gives points against"):
        rubrics.parse(against)


def test_a_quote_from_another_section_is_refused(content: Path, parts: Parts) -> None:
    """Verbatim somewhere in the article is not enough: a reader looks where the rule points."""
    rule = parts.rubric.rules[0]
    path = content / "rubric.toml"
    path.write_text(
        TEXT.replace(f'section = "{rule.section_id}"', 'section = "comparison/cost"', 1), "utf-8"
    )
    with pytest.raises(ContentError, match=rf"{rule.rule_id} .*comparison/cost"):
        Library(content).rubric()
