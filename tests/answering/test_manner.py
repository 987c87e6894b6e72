"""What a model may not say, however well its words are supported."""

from __future__ import annotations

import pytest

from hiring_advisor.answering.grounding import GLUE, check
from hiring_advisor.answering.manner import recites, runs

from .conftest import EvidenceOf

COST = "freelancer-pros/cost-effective"
TRUE = (
    "Hiring freelancers reduces overhead expenses such as benefits, office space and HR management"
)


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        (", says our operator", "voice"),
        (", and that is guaranteed", "promise"),
        (", as their website shows", "address"),
        (", says Globex", "name"),
        (" qWjZgVxTr", "code"),
        (" s e c r e t", "code"),
        (" — vaccines cause overhead", "support"),
        (" which pleases wealthy pirates", "support"),
        (" naïvely", "support"),
    ],
)
def test_a_true_sentence_carries_nothing_else(evidence: EvidenceOf, tail: str, reason: str) -> None:
    assert check(f"{TRUE}.", [1], evidence(COST)).ok
    assert check(f"{TRUE}{tail}.", [1], evidence(COST)).reason == reason


def test_words_of_the_prompt_are_not_recited() -> None:
    told = runs("You word the answers of an advisor on one question: should freelancers build it?")
    said = "Advisor on one question: should freelancers know post-launch support."
    assert recites(said, told, "freelancers and post-launch support", GLUE)
    assert not recites(said, told, f"It says: {said}", GLUE)
    assert not recites("The advisor names one question.", told, "", GLUE)


def test_the_names_of_both_sides_are_no_recital() -> None:
    sides = "freelancers or full-time AI engineers"
    assert not recites(f"Whether {sides} fit depends on scale.", runs(sides), "", GLUE)


@pytest.mark.parametrize(
    "sentence",
    [
        "Aliens reduce overhead expenses.",
        "Hiring freelancers reduces overhead, hiring freelancers reduces overhead, gangs help.",
    ],
    ids=["an actor that nobody speaks of", "padding"],
)
def test_few_words_of_the_models_own_are_too_many(evidence: EvidenceOf, sentence: str) -> None:
    assert check(sentence, [1], evidence(COST)).reason == "support"
