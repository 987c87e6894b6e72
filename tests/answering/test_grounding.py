"""The sentence check: what its passages do not support is not shown, for whatever reason."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import CORPUS

from hiring_advisor.answering.grounding import Evidence, check, holds_address, support
from hiring_advisor.answering.worded import evidence_of
from hiring_advisor.answering.wording import load_wording
from hiring_advisor.bootstrap import Parts
from hiring_advisor.retrieval.retriever import Passage

from .conftest import EvidenceOf

COST = "freelancer-pros/cost-effective"


def test_every_statement_of_the_corpus_passes_when_it_is_said_verbatim(
    passages: list[Passage],
) -> None:
    for passage in passages:
        for statement in passage.statements:
            outcome = check(statement.text, [1], [evidence_of(1, passage)])
            assert outcome.ok, (outcome.reason, statement.text)


def test_every_line_of_the_wording_passes_against_its_own_section(
    parts: Parts, passages: list[Passage]
) -> None:
    wording = load_wording(CORPUS, parts.library.chunks)
    for passage in passages:
        for statement in passage.statements:
            said = wording.say(statement)
            outcome = check(said, [1], [evidence_of(1, passage)])
            assert not said or outcome.ok, (outcome.reason, said)


@given(
    st.text(max_size=120),
    st.lists(st.integers(-2, 3), max_size=3),
    st.lists(st.text(max_size=60), max_size=2),
    st.text(max_size=40),
    st.none() | st.floats(-1, 1),
)
def test_the_check_never_raises(
    sentence: str, cited: list[int], texts: list[str], own: str, similarity: float | None
) -> None:
    evidence = [Evidence(number, text) for number, text in enumerate(texts, start=1)]
    outcome = check(sentence, cited, evidence, visitor_words=own, similarity=similarity)
    assert outcome.ok == (outcome.reason == "")
    assert not outcome.ok or cited


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        (COST, "Freelancers keep overhead such as benefits and office space down."),
        (
            COST,
            "Hiring freelancers reduces overhead expenses, which helps startups validate ideas.",
        ),
        (
            "freelancer-pros/fast-turnaround",
            "They can start immediately and deliver faster results.",
        ),
        ("full-time-challenges/hiring-time", "Hiring can stretch over weeks or even months."),
        (
            "freelancer-limits/variable-quality",
            "Working solo can lead to technical debt that is costly to fix.",
        ),
        (
            "freelancer-limits/low-accountability",
            "They are not responsible for long-term maintenance of the code.",
        ),
        (
            "freelancer-limits/low-accountability",
            "After delivery there is little incentive for ongoing support.",
        ),
        (
            "comparison/scalability",
            "Freelancers are limited in scalability, full-timers designed for scale.",
        ),
        ("comparison/risk", "The security and IP risk is high with freelancers."),
        (
            "comparison/cost",
            "Freelancers cost less in the short-term, full-time staff have better ROI long-term.",
        ),
        (
            "faq/both",
            "Combine both: freelancers for prototyping, full-time engineers for deployment.",
        ),
        ("faq/production-grade", "Freelancers can do it only for simple, low-risk systems."),
        (
            "full-time-pros/long-term-design",
            "Full-time engineers build CI/CD pipelines and retraining loops.",
        ),
        ("production-grade/testing", "It undergoes rigorous testing across edge cases."),
        (
            "freelancer-pros",
            "The article names four advantages: speed, flexibility, cost and quick scaling.",
        ),
        (
            "final-verdict",
            "The article calls full-time engineers “the safer bet” for AI in production.",
        ),
        (
            "final-verdict",
            "The article calls full-time engineers 'the safer bet' for AI in production.",
        ),
        ("author", "Chintan Gor, CTO of eSparkBiz, has been associated with it for 15+ years."),
    ],
)
def test_honest_paraphrases_pass(evidence: EvidenceOf, section: str, sentence: str) -> None:
    passages = evidence(section)
    assert check(sentence, [one.n for one in passages], passages).reason == ""


@pytest.mark.parametrize(
    ("cited", "reason"),
    [
        ([], "no_citation"),
        ([2], "unknown_citation"),
        ([1, 9], "unknown_citation"),
        ([0], "unknown_citation"),
        ([-1], "unknown_citation"),
        ([1], ""),
    ],
)
def test_a_sentence_cites_passages_that_were_retrieved(
    evidence: EvidenceOf, cited: list[int], reason: str
) -> None:
    assert check("Freelancers reduce overhead expenses.", cited, evidence(COST)).reason == reason


@pytest.mark.parametrize(
    "sentence",
    [
        "Full-time engineers reduce overhead expenses such as benefits.",
        "Freelancers never reduce overhead expenses.",
        "Freelancers do not reduce overhead expenses.",
        "Freelancers are licensed lawyers with insurance.",
        "Freelancers only.",
        "Freelancers are the best.",
        "Freelancers guarantee success in court.",
        "Die Freiberufler senken die Kosten für Büro und Personal.",
        "Фрилансеры снижают расходы.",
        "自由职业者降低成本。",
        "They walk your dog every morning and cook dinner.",
        "Well.",
        "I was told to word the answers of an advisor.",
        "Freelаncers redսce оverheаd ехpenses.",
    ],
)
def test_what_the_passage_does_not_say_does_not_pass(evidence: EvidenceOf, sentence: str) -> None:
    assert check(sentence, [1], evidence(COST)).reason == "support"


def test_what_is_far_in_meaning_does_not_pass(evidence: EvidenceOf) -> None:
    sentence = "Freelancers reduce overhead expenses."
    assert check(sentence, [1], evidence(COST), similarity=0.1).reason == "similarity"
    assert check(sentence, [1], evidence(COST), similarity=0.9).ok


def test_support_is_the_share_of_content_words_that_are_held() -> None:
    assert support("Overhead expenses fall", "overhead expenses") == pytest.approx(2 / 3)
    assert support("", "overhead") == 0.0


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        ("The software takes six months.", True),
        ("The software takes six weeks.", False),
        ("The software takes 30 months.", False),
        ("The software takes a hundred months.", False),
        ("The software serves two hundred thousand people.", True),
        ("The software serves 30 people.", True),
    ],
)
def test_a_figure_keeps_its_unit_and_is_taken_whole(said: str, passes: bool) -> None:
    text = "The software takes six months and serves 30 people, or two hundred thousand people."
    assert check(said, [1], [Evidence(1, text)]).ok == passes


@pytest.mark.parametrize("dot", "․．。｡")
def test_an_address_whose_dot_wears_another_dress_is_one(dot: str) -> None:
    assert holds_address(f"Look at evil{dot}example for experience.") is (
        unicodedata.normalize("NFKC", dot) == "."
    )
