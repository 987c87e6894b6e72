"""Honest sentences pass: the check must not make a good model useless."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.conftest import Figures

from hiring_advisor.answering.contradiction import contradicts
from hiring_advisor.answering.grounding import check
from hiring_advisor.answering.worded import evidence_of
from hiring_advisor.bootstrap import Parts
from hiring_advisor.retrieval.retriever import Passage

SAID = [
    tuple(line.split(" | ", maxsplit=1))
    for line in (Path(__file__).parent / "paraphrases.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.figures
def test_at_least_97_of_100_honest_sentences_are_shown(
    parts: Parts, passages: list[Passage], figure: Figures
) -> None:
    held_back = []
    for section, sentence in SAID:
        found = [one for one in passages if one.section_id == section]
        evidence = [evidence_of(number, one) for number, one in enumerate(found, start=1)]
        texts = [one.text for one in found] + [s.text for one in found for s in one.statements]
        vectors = parts.embedder.embed([sentence, *texts])
        outcome = check(
            sentence,
            [one.n for one in evidence],
            evidence,
            similarity=float(np.max(vectors[1:] @ vectors[0])),
        )
        if not outcome.ok or contradicts(sentence, None, " ".join(one.text for one in evidence)):
            held_back.append((outcome.reason, sentence))
    shown = len(SAID) - len(held_back)
    figure("honest sentences shown", shown, of=len(SAID), aim="90 %")
    assert shown >= 0.97 * len(SAID), held_back
