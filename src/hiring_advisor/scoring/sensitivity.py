"""What would change a verdict, by enumeration: flips, the best next question, contradictions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from hiring_advisor.corpus.rubric import Contradiction, FactSpec, Verdict
from hiring_advisor.scoring.recommend import Profile, Scorer


@dataclass(frozen=True, slots=True)
class Change:
    """One fact put to another value; None stands for not known."""

    fact: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Flip:
    """Changes of one fact or of two that lead to another verdict, and to which."""

    changes: tuple[Change, ...]
    verdict: Verdict


def _apply(profile: Profile, changes: tuple[Change, ...]) -> dict[str, str]:
    changed = dict(profile)
    for change in changes:
        if change.after is None:
            changed.pop(change.fact, None)
        else:
            changed[change.fact] = change.after
    return changed


def _single_changes(profile: Profile, fact: FactSpec) -> Iterator[Change]:
    before = profile.get(fact.name)
    for after in (*(value.value for value in fact.values), None):
        if after != before:
            yield Change(fact.name, before, after)


def flips(profile: Profile, scorer: Scorer) -> tuple[Flip, ...]:
    """The smallest changes that flip the verdict: all single ones, or all pairs where none does.

    Exact: every change of one fact (to each other value, and to not known) is scored; where no
    single one flips, every pair of changes is. Flips to a decided verdict come first, then the
    ones that add knowledge, then in the rubric's order.
    """
    now = scorer.assess(profile).verdict
    changes = {fact.name: tuple(_single_changes(profile, fact)) for fact in scorer.rubric.facts}
    singles = ((change,) for options in changes.values() for change in options)
    found = [
        Flip(one, verdict) for one, verdict in _outcomes(profile, scorer, singles) if verdict != now
    ]
    if not found:
        pairs = (
            (first, second)
            for one, other in combinations(changes, 2)
            for first in changes[one]
            for second in changes[other]
        )
        found = [
            Flip(two, verdict)
            for two, verdict in _outcomes(profile, scorer, pairs)
            if verdict != now
        ]
    return tuple(sorted(found, key=_telling))


def _outcomes(
    profile: Profile, scorer: Scorer, changes: Iterator[tuple[Change, ...]]
) -> Iterator[tuple[tuple[Change, ...], Verdict]]:
    for one in changes:
        yield one, scorer.assess(_apply(profile, one)).verdict


def _telling(flip: Flip) -> tuple[bool, bool]:
    """Sort key: what leads to a decision before what leads out of one, learning before unlearning."""
    return flip.verdict == "need_more_info", any(one.after is None for one in flip.changes)


def influence(profile: Profile, scorer: Scorer) -> dict[str, tuple[int, int, int]]:
    """How much each unknown fact can still do: answers that change the verdict at once, answers
    that do so together with one more answer, and the most points that one of them gives.
    """
    now = scorer.assess(profile).verdict
    unknown = [fact for fact in scorer.rubric.facts if fact.name not in profile]
    result: dict[str, tuple[int, int, int]] = {}
    for fact in unknown:
        at_once = together = 0
        most = 0
        for value in fact.values:
            first = {**profile, fact.name: value.value}
            after = scorer.assess(first)
            at_once += after.verdict != now
            gained = abs(after.margin - scorer.assess(profile).margin)
            most = max(most, gained)
            together += sum(
                scorer.assess({**first, other.name: answer.value}).verdict != after.verdict
                for other in unknown
                if other is not fact
                for answer in other.values
            )
        result[fact.name] = at_once, together, most
    return result


def missing(profile: Profile, scorer: Scorer) -> tuple[str, ...]:
    """The unknown facts, the most decisive first; equals stay in the rubric's order."""
    weights = influence(profile, scorer)
    return tuple(
        sorted(weights, key=lambda name: (-weights[name][0], -weights[name][2], -weights[name][1]))
    )


def best_question(profile: Profile, scorer: Scorer) -> str | None:
    """The unknown fact that can still change the verdict most, or None when none can.

    A decided verdict is only questioned by a fact that alone can change it; an undecided one
    also by a fact that can do so together with one other.
    """
    weights = influence(profile, scorer)
    undecided = scorer.assess(profile).verdict == "need_more_info"
    for name in missing(profile, scorer):
        at_once, together, _ = weights[name]
        if at_once or (undecided and together):
            return name
    return None


def contradictions(profile: Profile, scorer: Scorer) -> tuple[Contradiction, ...]:
    """The rubric's contradictions that a profile holds."""
    return tuple(one for one in scorer.rubric.contradictions if one.holds(profile))
