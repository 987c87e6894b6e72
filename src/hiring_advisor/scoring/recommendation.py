"""The result of the scoring tool, sealed: nothing but the tool can make one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Any, NoReturn, Self, SupportsIndex, final

import orjson

from hiring_advisor.corpus.rubric import Verdict

_SEAL = object()
_SEALED = "a recommendation is made by the scoring tool and by nothing else"


@dataclass(frozen=True, slots=True)
class Contribution:
    """One reason: your words, what was understood, the points, the article's words.

    `quote` is the visitor's; None where a profile was scored without a conversation.
    """

    fact: str
    value: str
    points: Mapping[str, int]
    why: str
    section_id: str
    source_quote: str
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A constraint that bounds the verdict whatever the points say."""

    constraint_id: str
    at_least: str | None
    at_most: str | None
    why: str
    section_id: str
    source_quote: str


@final
@dataclass(frozen=True, slots=True)
class Recommendation:
    """A verdict with all its reasons. Built by the scoring tool alone.

    The seal is a guard against mistakes, not against malice inside the process: Python cannot stop
    `object.__setattr__`. What it can stop (building, replacing, pickling, subclassing) is stopped.

    Anyone can replay it: the same facts under the same `rubric_version` give the same bytes.
    `flips` are single changes `{fact, from, to, verdict}`, `pair_flips` pairs of changes, given
    only where no single one flips.
    """

    verdict: Verdict
    summary: str
    confidence: float
    scores: Mapping[str, int]
    contributions: tuple[Contribution, ...]
    flips: tuple[Mapping[str, Any], ...]
    missing: tuple[str, ...]
    rubric_version: str
    profile_hash: str
    pair_flips: tuple[Mapping[str, Any], ...]
    constraints: tuple[Binding, ...]
    contradictions: tuple[Mapping[str, Any], ...]
    next_fact: str | None
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError(_SEALED)

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError(_SEALED)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    # A pickle is made outside the tool by whoever likes: neither written nor read.
    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(_SEALED)


def _refuse_state(self: Recommendation, state: object) -> NoReturn:
    raise TypeError(_SEALED)


# Set from outside: before 3.11.4, Python gives a frozen class with slots a `__setstate__` of its
# own in place of the one that the class defines.
Recommendation.__setstate__ = _refuse_state  # type: ignore[attr-defined]


def profile_hash(profile: Mapping[str, str]) -> str:
    """Name a profile: the same for the same facts in whatever order."""
    canonical = orjson.dumps(dict(profile), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()[:32]
