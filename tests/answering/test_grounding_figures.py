"""Figures: digits, words, signs and shares stand in the passage, or are not shown."""

from __future__ import annotations

import pytest

from hiring_advisor.answering.grounding import check

from .conftest import EvidenceOf

COST = "freelancer-pros/cost-effective"


def article(evidence: EvidenceOf, sentence: str, visitor_words: str = "") -> str:
    passages = evidence("article")
    cited = [one.n for one in passages]
    return check(sentence, cited, passages, visitor_words=visitor_words).reason


@pytest.mark.parametrize("said", ["94%", "94 %", "94 percent", "94 per cent"])
def test_the_articles_one_figure_may_be_said_in_every_spelling(
    evidence: EvidenceOf, said: str
) -> None:
    assert article(evidence, f"{said} of business leaders lack skilled AI talent.") == ""


@pytest.mark.parametrize(
    "said",
    [
        "49%",
        "94k",
        "94.5%",
        "9.4%",
        "94,000",
        "940",
        "Nine in ten",
        "94 of 100",
        "९४%",
        "94x",
        "$94",
    ],
)
def test_an_altered_figure_does_not_pass(evidence: EvidenceOf, said: str) -> None:
    assert article(evidence, f"{said} of business leaders lack skilled AI talent.") == "figure"


@pytest.mark.parametrize(
    "sentence",
    [
        "Freelancers reduce overhead expenses by 30%.",
        "Freelancers cost $50 in overhead.",
        "Overhead expenses fall by half.",
        "Overhead expenses fall by a third or ½.",
        "Freelancers halve nothing but double benefits.",
        "It saves thousands in overhead expenses.",
        "Benefits make five percent of the budgets.",
        "Overhead drops within two weeks.",
        "Startups save three months of overhead.",
        "Overhead costs 1,000 euros.",
        "You save dozens of benefits.",
        "HR management takes an hour.",
        "Overhead falls tenfold.",
        "Overhead is ten times smaller.",
        "Office space costs five hundred dollars.",
        "Benefits are worth 2k.",
        "Overhead expenses sink by ٣٠.",
        "Twenty startups validate ideas.",
        "Freelancers charge euros for benefits.",
        "A couple of startups validate ideas.",
        "Benefits cost €, office space £.",
        "Overhead per month goes down.",
        "Several times the overhead expenses are saved.",
        "Each week saves overhead.",
    ],
)
def test_invented_figures_do_not_pass_in_digits_words_or_signs(
    evidence: EvidenceOf, sentence: str
) -> None:
    assert check(sentence, [1], evidence(COST)).reason == "figure"


def test_figures_of_the_visitor_may_be_said_back(evidence: EvidenceOf) -> None:
    sentence = "With your 8,000 euros, freelancers reduce overhead expenses."
    assert check(sentence, [1], evidence(COST)).reason == "figure"
    own = "we have 8,000 euros"
    assert check(sentence, [1], evidence(COST), visitor_words=own).ok
