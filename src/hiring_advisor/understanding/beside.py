"""Whether a clause says a value by itself, and goes on saying it whatever stands beside it.

What a clause says it says in any company. What it only hints at, such as “it reads handwritten
recipes” for harmless data, comes and goes with the sentences around it (docs/decisions/0013).
"""

from __future__ import annotations

from typing import Final

from hiring_advisor.understanding.local import Finding, LocalReader

SECOND_WITNESS: Final = 0.25
"""How likely the local reading must find a value where the quote stands. By itself it believes
readings from about twice that on: in between a model's word decides. Below it a model would make
facts of words that have nothing to do with them."""
BY_ITSELF: Final = 0.35
"""The same for the clause alone: its neighbours lend a meaning to words that have none."""

# Sentences that state nothing and that any message may hold, where they usually stand.
_OPENINGS: Final = ("Hello.", "We are a company.", "This is about a project of ours.")
_CLOSING: Final = "Whom should we hire?"


def says(local: LocalReader, clause: str, name: str, value: str) -> bool:
    """Whether the local reading sees a value in a clause alone, and beside each neighbour too."""
    alone = [one for one in local.glimpses(clause) if one.fact == name]
    best = max(alone, key=lambda one: one.strength, default=None)
    if best is None or best.value != value or best.strength < BY_ITSELF:
        return False
    sentence = f"{clause[:1].upper()}{clause[1:]}."
    probes = [(f"{one} {sentence}", len(one) + 1) for one in _OPENINGS]
    probes.append((f"{sentence} {_CLOSING}", 0))
    return all(
        any(_stands(one, name, value, start, start + len(clause)) for one in local.glimpses(text))
        for text, start in probes
    )


def _stands(found: Finding, name: str, value: str, start: int, end: int) -> bool:
    is_there = found.start < end and start < found.end
    return (
        is_there
        and (found.fact, found.value) == (name, value)
        and (found.strength >= SECOND_WITNESS)
    )
