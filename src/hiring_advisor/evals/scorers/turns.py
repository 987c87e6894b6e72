"""What the scorers read out of a turn."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from hiring_advisor.evals.knowledge import plain
from hiring_advisor.evals.targets import Turn

OPPOSITE = {"freelancers": "full_time", "full_time": "freelancers"}
_QUOTED = re.compile(r"“([^”]*)”")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*%?")


def verdict_of(turn: Turn) -> str | None:
    """The verdict of a turn; None where it recommends nothing."""
    advice = turn.get("recommendation")
    return None if advice is None else str(advice["verdict"])


def facts_of(turn: Turn) -> dict[str, str] | None:
    """The facts that hold after a turn; None where the target does not tell them."""
    facts = turn.get("facts")
    return None if facts is None else {name: str(one["value"]) for name, one in facts.items()}


def cited(turn: Turn) -> list[str]:
    """The sections that a turn cites, in order."""
    return [one["section_id"] for one in turn.get("citations") or ()]


def cited_by(turn: Turn, numbers: Sequence[int]) -> list[str]:
    """The sections behind some citation numbers."""
    return [one["section_id"] for one in turn.get("citations") or () if one["n"] in numbers]


def is_words_only(turn: Turn) -> bool:
    """Whether the target told nothing but words."""
    return bool(turn.get("words_only"))


def figures_in(text: str) -> list[str]:
    """The figures of a text, in digits."""
    return _FIGURE.findall(text)


def holds_phrase(text: str, phrase: str) -> bool:
    """Whether a text holds a phrase, whatever its quotes, spaces and case."""
    return plain(phrase).rstrip(".") in plain(text)


def own_words(turn: Turn, said: str) -> str:
    """What a turn says in its own words: quotes of the visitor's are left out."""
    known = plain(said)

    def kept(match: re.Match[str]) -> str:
        words = plain(match.group(1)).rstrip("…").rstrip()
        return " " if words in known else match.group()

    return _QUOTED.sub(kept, turn["text"])


def is_opposite(got: str | None, accept: Sequence[str]) -> bool:
    """Whether the verdict is freelancers where only full-time is right, or the other way round."""
    return len(accept) == 1 and got is not None and OPPOSITE.get(got) == accept[0]


def listed(facts: Mapping[str, str]) -> str:
    """Facts in words."""
    return ", ".join(f"{name} = {value}" for name, value in facts.items()) or "nothing"
