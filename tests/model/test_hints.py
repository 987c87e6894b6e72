"""Clauses that hint at a value and do not say it: beside other sentences the hint gives way."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from tests.conftest import Amounts, Figures

from hiring_advisor.bootstrap import Parts
from hiring_advisor.understanding.local import Finding
from hiring_advisor.understanding.messages import Message
from hiring_advisor.understanding.model import ModelReader

from .test_forged_forms import CLAUSE, Faint, message_of, reader
from .told import HINTS, capital


def test_a_clause_that_only_hints_gives_way_beside_others(parts: Parts) -> None:
    text = (
        "Let's assume our budget is tight.\nIt has to integrate with a dozen legacy systems.\n"
        "It reads handwritten recipes.\nThe name of the project is Heron.\n"
        "We do not need to own the code.\nWe make shoes for dancers.\nWhom should we hire?"
    )
    form = {"data": {"value": "harmless", "quote": "It reads handwritten recipes."}}
    checked = reader(parts).check(form, [Message("m1", "visitor", text)])
    assert (checked.facts, dict(checked.dropped)) == ({}, {"does_not_say": 1})


class Swayed(Faint):
    """A local reading of a clause that what stands beside it sways; "" for nothing beside it."""

    def __init__(self, neighbour: str, strength: float, value: str = "tight") -> None:
        super().__init__([Finding("budget", "tight", 0, len(CLAUSE), 0.5)], [])
        self.neighbour, self.strength, self.value = neighbour, strength, value

    def glimpses(self, text: str) -> list[Finding]:
        (found,) = super().glimpses(text)
        beside = text.replace(CLAUSE, "").strip(" .")
        is_swayed = self.neighbour in beside if self.neighbour else not beside
        if is_swayed and "chairs" not in text:
            return [replace(found, strength=self.strength, value=self.value)]
        return [found]

    def lets_it_count(self, parts: Parts) -> bool:
        """Whether a model's fact in that clause counts."""
        reading = ModelReader(None, None, None, parts.rubric, self)  # type: ignore[arg-type]
        message = Message("m1", "visitor", f"{CLAUSE}. We sell chairs.")
        form = {"budget": {"value": "tight", "quote": CLAUSE}}
        return "budget" in reading.check(form, [message]).facts


@pytest.mark.parametrize("neighbour", ["Hello", "company", "project", "?"])
@pytest.mark.parametrize(
    ("strength", "value", "counts"),
    [(0.3, "tight", True), (0.2, "tight", False), (0.5, "comfortable", False)],
    ids=["holds", "fades", "turns"],
)
def test_a_clause_has_to_say_its_value_beside_every_neighbour(
    parts: Parts, neighbour: str, strength: float, value: str, counts: bool
) -> None:
    assert Swayed(neighbour, strength, value).lets_it_count(parts) == counts


@pytest.mark.parametrize(
    ("strength", "value", "counts"),
    [(0.36, "tight", True), (0.3, "tight", False), (0.5, "comfortable", False)],
    ids=["holds", "fades", "turns"],
)
def test_a_clause_has_to_say_its_value_by_itself(
    parts: Parts, strength: float, value: str, counts: bool
) -> None:
    assert Swayed("", strength, value).lets_it_count(parts) == counts


@pytest.mark.figures
def test_hints_in_words_that_nothing_was_chosen_with(
    parts: Parts, amount: Amounts, figure: Figures
) -> None:
    rng = random.Random(7)
    tries, accepted = 0, 0
    for hint in HINTS:
        clause = capital(hint) + "."
        for _ in range(amount(2, stress=20)):
            text, _, told = message_of(rng)
            message = Message("m1", "visitor", f"{clause} {text}")
            believed = parts.local.read(message)
            free = [one for one in parts.rubric.facts if one.name not in {*told, *believed}]
            for name, value in ((one.name, value.value) for one in free for value in one.values):
                form = {name: {"value": value, "quote": clause}}
                tries += 1
                accepted += bool(reader(parts).check(form, [message]).facts)
    figure("facts accepted of clauses that at most hint", accepted, of=tries)
    assert accepted <= 0.004 * tries
