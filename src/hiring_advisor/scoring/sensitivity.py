"""What would change a verdict, by enumeration: flips, the best next question, contradictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from hiring_advisor.corpus.rubric import Contradiction, Verdict
from hiring_advisor.scoring.recommend import Profile, Scorer, Tally


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


@dataclass(slots=True)
class Influence:
    """How much an unknown fact can still do."""

    at_once: int = 0
    """Its answers that change the verdict at once."""
    most: int = 0
    """The most points by which one of its answers moves the lead."""
    together: int = 0
    """Its answers that, given first, leave the verdict to one more answer: a count of pairs."""


def flips(profile: Profile, scorer: Scorer) -> tuple[Flip, ...]:
    """The smallest changes that flip the verdict: all single ones, or all pairs where none does.

    Exact: every change of one fact (to each other value, and to not known) is scored; where no
    single one flips, every pair of changes is. Flips to a decided verdict come first, then the
    ones that add knowledge, then in the rubric's order.
    """
    tally = scorer.tally(profile)
    now = scorer.verdict(tally)
    changes = _changes(profile, scorer)
    found = [
        Flip((change,), verdict)
        for options in changes
        for change, difference in options
        if (verdict := scorer.verdict(tally.plus(difference))) != now
    ]
    if not found:
        found = [
            Flip((first, second), verdict)
            for ones, others in combinations(changes, 2)
            for first, difference in ones
            for second, further in others
            if (verdict := scorer.verdict(tally.plus(difference).plus(further))) != now
        ]
    return tuple(sorted(found, key=_telling))


def _changes(profile: Profile, scorer: Scorer) -> list[list[tuple[Change, Tally]]]:
    """For each fact the changes that it can take, and what each adds to the tally."""
    result = []
    for fact in scorer.rubric.facts:
        before = profile.get(fact.name)
        held = scorer.tally_of(fact.name, before)
        result.append(
            [
                (Change(fact.name, before, after), scorer.tally_of(fact.name, after).minus(held))
                for after in (*(value.value for value in fact.values), None)
                if after != before
            ]
        )
    return result


def _telling(flip: Flip) -> tuple[bool, bool]:
    """Sort key: what leads to a decision before what leads out of one, then learning first."""
    return flip.verdict == "need_more_info", any(one.after is None for one in flip.changes)


def influence(profile: Profile, scorer: Scorer) -> dict[str, Influence]:
    """What each unknown fact can still do, the most decisive fact first.

    Decisive is what changes the verdict at once, then what moves the lead most, then what does
    most together with one more answer; equals stay in the rubric's order.
    """
    tally = scorer.tally(profile)
    now = scorer.verdict(tally)
    found: dict[str, Influence] = {}
    answers: dict[str, list[tuple[Tally, Verdict]]] = {}
    for fact in scorer.rubric.facts:
        if fact.name in profile:
            continue
        effect = found[fact.name] = Influence()
        answers[fact.name] = []
        for value in fact.values:
            added = scorer.tally_of(fact.name, value.value)
            after = tally.plus(added)
            verdict = scorer.verdict(after)
            effect.at_once += verdict != now
            effect.most = max(effect.most, abs(added.full_time - added.freelancers))
            answers[fact.name].append((after, verdict))
    for one, other in combinations(answers, 2):
        for after_one, verdict_one in answers[one]:
            for after_other, verdict_other in answers[other]:
                both = scorer.verdict(after_one.plus(after_other.minus(tally)))
                found[one].together += both != verdict_one
                found[other].together += both != verdict_other

    def decisive(name: str) -> tuple[int, int, int]:
        effect = found[name]
        return -effect.at_once, -effect.most, -effect.together

    return {name: found[name] for name in sorted(found, key=decisive)}


def best_question(unknown: Mapping[str, Influence], *, undecided: bool) -> str | None:
    """The first of the unknown facts (as `influence` orders them) worth asking for, or None.

    A decided verdict is only questioned by a fact that alone can change it; an undecided one
    also by a fact that can do so together with one other.
    """
    for name, effect in unknown.items():
        if effect.at_once or (undecided and effect.together):
            return name
    return None


def contradictions(profile: Profile, scorer: Scorer) -> tuple[Contradiction, ...]:
    """The rubric's contradictions that a profile holds."""
    return tuple(one for one in scorer.rubric.contradictions if one.holds(profile))
