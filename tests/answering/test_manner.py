"""What a model may not say, however well its words are supported."""

from __future__ import annotations

import pytest

from hiring_advisor.answering.grounding import check

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
