"""The corpus as the sentence check sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from hiring_advisor.answering.grounding import Evidence
from hiring_advisor.answering.worded import evidence_of
from hiring_advisor.bootstrap import Parts
from hiring_advisor.retrieval.retriever import Passage

EvidenceOf = Callable[..., list[Evidence]]


@pytest.fixture(scope="session")
def passages(parts: Parts) -> list[Passage]:
    """Every passage of the corpus."""
    return list(_passages(parts))


def _passages(parts: Parts) -> Iterator[Passage]:
    for place in range(len(parts.retriever.chunks)):
        yield parts.retriever.passage(place)


@pytest.fixture(scope="session")
def evidence(passages: list[Passage]) -> EvidenceOf:
    """The passages of sections, numbered from 1 as a prompt would number them."""

    def of(*section_ids: str) -> list[Evidence]:
        found = [one for name in section_ids for one in passages if one.section_id == name]
        assert len(found) >= len(section_ids), section_ids
        return [evidence_of(number, passage) for number, passage in enumerate(found, start=1)]

    return of
