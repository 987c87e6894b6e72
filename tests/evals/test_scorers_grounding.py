"""Grounding: quotes, figures, sentences and completeness, against the article as it stands."""

from __future__ import annotations

import pytest
from tests.evals.builders import (
    COMMON,
    KNOWLEDGE,
    names,
    only,
    recommends,
    scored,
    turn,
    value,
    words_only,
)

from hiring_advisor.evals import samples as s
from hiring_advisor.evals.knowledge import plain
from hiring_advisor.evals.measures import Measure
from hiring_advisor.evals.scorers.grounding import grounding, supports
from hiring_advisor.evals.targets import Turn

TALENT = "A substantial 94% of business leaders acknowledge, a lack of skilled AI talent"
BUDGET = "tight budget and urgent deadlines"
TALK = s.SmallTalk(id="s-0001", **COMMON, kind="greeting", text="hi")


def asked(*sections: str, expect: tuple[str, ...] = ("94% of business leaders",)) -> s.Question:
    return s.Question(
        id="q-0001", split="dev", sections=sections, style="x", question="?", expect=expect
    )


def of(*turns: Turn) -> list[Measure]:
    """Grounding of turns of which nothing special is expected."""
    return scored(grounding, TALK, *turns)


# --- quotes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "quote", "stands"),
    [
        ("article", TALENT, True),
        ("article", "A SUBSTANTIAL  94% of business leaders", True),  # case and spaces are no words
        ("article", "93% of business leaders", False),
        ("faq/both", TALENT, False),
        ("no/such/section", TALENT, False),
        ("article", "  ", False),
        ("choose-freelancers/tight-budget", "You're working with a tight budget", True),
        ("choose-freelancers", "You’re working with a tight budget", True),  # of a part of it
        ("comparison/cost", "| Cost | Lower (short-term) |", True),
    ],
)
def test_a_quote_stands_word_for_word_in_its_section(
    section: str, quote: str, stands: bool
) -> None:
    found = of(turn(("It is so.", [1]), cites=[(section, quote)]))
    assert value(found, "grounding/quotes_verbatim") == stands
    told = "" if stands else f"“{quote}” is not in {section}"
    assert only(found, "grounding/quotes_verbatim").why == told


def test_quotes_of_all_turns_count() -> None:
    right = turn(("It is so.", [1]), cites=[("article", TALENT)])
    wrong = turn(("It is so.", [1]), cites=[("article", "freelancers are always best")])
    assert value(of(right, wrong, right), "grounding/quotes_verbatim") == pytest.approx(2 / 3)


# --- figures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "share"),
    [
        ("The article names 94% of business leaders.", 1),
        ("The article names 95% of business leaders.", 0),
        ("The article names 94 of business leaders.", 0),  # a share is no number of people
        ("94% of business leaders lack talent, so does 1 in 3.", 1 / 3),
    ],
)
def test_a_figure_stands_in_its_source(sentence: str, share: float) -> None:
    found = of(turn((sentence, [1]), cites=[("article", TALENT)]))
    assert value(found, "grounding/figures_supported") == pytest.approx(share)


def test_a_figure_of_the_visitor_s_may_be_said_back_later_in_the_conversation() -> None:
    first = turn(("Tell me more.", []), said="we have 7,500 euros", kind="small_talk")
    later = turn(("With 7,500 euros a tight budget.", [1]),
                 cites=[("choose-freelancers/tight-budget", BUDGET)])  # fmt: skip
    assert value(of(first, later), "grounding/figures_supported") == 1
    assert value(of(later, first), "grounding/figures_supported") == 0


def test_a_sentence_without_figures_says_nothing_about_them() -> None:
    found = of(turn(("A tight budget.", [1]), cites=[("choose-freelancers/tight-budget", BUDGET)]))
    assert value(found, "grounding/figures_supported") is None


# --- sentences -------------------------------------------------------------------------------

COST = plain(KNOWLEDGE.sections["freelancer-pros/cost-effective"].words)


@pytest.mark.parametrize(
    ("sentence", "held"),
    [
        # Verbatim.
        ("Hiring freelancers reduces overhead expenses such as benefits, office space and HR"
         " management.", True),
        # reduces, overhead, expenses, benefits held, childcare not: 4 of 5.
        ("Freelancers reduce overhead expenses, benefits and childcare.", True),
        # overhead and expenses held, holidays and insurance not: 1 in 2, below 0.6.
        ("Overhead expenses, holidays, insurance.", False),
        ("They sing beautifully during lunch breaks.", False),
        # No word of its own: the advisor's speech.
        ("I recommend freelancers instead.", True),
    ],
)  # fmt: skip
def test_a_sentence_is_held_by_most_of_its_words(sentence: str, held: bool) -> None:
    assert supports(sentence, COST) is held


def test_an_unsupported_sentence_is_named_with_its_sources() -> None:
    cites = [("faq/both", "Use freelancers for prototyping"), ("article", TALENT)]
    found = of(turn(("Elephants remember everything forever.", [1, 2]),
                    ("Use freelancers for prototyping.", [1]), cites=cites))  # fmt: skip
    assert value(found, "grounding/sentences_supported") == 1 / 2
    assert only(found, "grounding/sentences_supported").why == (
        "“Elephants remember everything forever.” does not stand on faq/both, article"
    )


def test_a_sentence_stands_on_the_section_that_it_cites_and_on_no_other() -> None:
    cites = [("faq/both", "Use freelancers for prototyping"), ("article", TALENT)]
    said = "Business leaders acknowledge a lack of skilled talent, a major obstacle."
    right, wrong = turn((said, [2]), cites=cites), turn((said, [1]), cites=cites)
    assert value(of(right), "grounding/sentences_supported") == 1
    assert value(of(wrong), "grounding/sentences_supported") == 0


def test_a_reason_may_use_the_rubric_s_words_beside_a_recommendation_alone() -> None:
    # “affordability a priority” is the rubric's; neither FAQ nor visitor says it.
    said = "A tight budget makes affordability a priority."
    cites = [("faq/both", "Use freelancers for prototyping")]
    with_verdict = recommends("freelancers", sentences=[(said, [1])], cites=cites)
    assert value(of(with_verdict), "grounding/sentences_supported") == 1
    assert value(of(turn((said, [1]), cites=cites)), "grounding/sentences_supported") == 0


def test_each_sentence_of_an_answer_cites() -> None:
    cites = [("faq/both", "Use freelancers for prototyping")]
    half = turn(("Use freelancers for prototyping.", [1]), ("Trust me.", []), cites=cites)
    assert value(of(half), "grounding/sentences_cited") == 1 / 2


def test_the_advisor_s_own_lines_need_no_source() -> None:
    found = of(turn(("I do not know.", []), kind="declined"))
    assert value(found, "grounding/sentences_cited") is None
    assert value(found, "grounding/sentences_supported") is None


# --- answers ---------------------------------------------------------------------------------


def test_citations_are_compared_with_the_right_sections() -> None:
    cites = [
        ("choose-freelancers/tight-budget", "x"),
        ("choose-freelancers", "x"),  # contains a right one: neither wrong nor found
        ("article", "x"),
        ("article", "x"),
    ]
    sample = asked("choose-freelancers/tight-budget", "faq/expense")
    found = scored(grounding, sample, turn(("So.", [1]), cites=cites))
    assert value(found, "grounding/cites_gold") == 1
    assert value(found, "grounding/citation_precision") == pytest.approx(2 / 3)
    assert value(found, "grounding/citation_recall") == 1 / 2
    assert only(found, "grounding/cites_gold").why == (
        "cited choose-freelancers/tight-budget, choose-freelancers, article; "
        "wanted choose-freelancers/tight-budget, faq/expense"
    )


def test_an_answer_from_elsewhere_cites_no_right_section() -> None:
    found = scored(grounding, asked("faq/expense"), turn(("So.", [1]), cites=[("article", "x")]))
    for metric in ("cites_gold", "citation_precision", "citation_recall"):
        assert value(found, f"grounding/{metric}") == 0


def test_an_answer_that_cites_nothing_has_no_precision() -> None:
    found = scored(grounding, asked("faq/expense"), turn(("So.", [])))
    assert value(found, "grounding/cites_gold") == 0
    assert value(found, "grounding/citation_precision") is None


def test_completeness_is_the_share_of_what_is_expected() -> None:
    sample = asked("article", expect=("94% of business leaders", "Deloitte report."))
    found = scored(grounding, sample, turn(("94%  of Business leaders say so.", [])))
    assert value(found, "grounding/completeness") == 1 / 2
    assert only(found, "grounding/completeness").why == "missing: Deloitte report."
    assert value(found, "grounding/answer_words") == 6


def test_a_question_that_was_declined_is_not_judged_as_an_answer() -> None:
    found = scored(grounding, asked("article"), turn(("No.", ()), kind="declined"))
    assert "grounding/completeness" not in {one.metric for one in found}


def test_of_words_alone_only_words_are_judged() -> None:
    found = scored(grounding, asked("article"), words_only("94% of business leaders lack talent."))
    assert only(found, "grounding/quotes_verbatim").why == "the target gives no citations"
    assert value(found, "grounding/quotes_verbatim") is None
    assert names(found) == {"grounding/completeness", "grounding/answer_words"}
    assert value(found, "grounding/completeness") == 1
