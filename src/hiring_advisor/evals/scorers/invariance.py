"""Invariance: other words for the same facts must not change the verdict; evidence for one side
must not move it to the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.measures import Measure, check, share, unscored
from hiring_advisor.evals.record import Record
from hiring_advisor.evals.samples import Edit, Invariance
from hiring_advisor.evals.scorers.turns import facts_of, listed, verdict_of
from hiring_advisor.evals.targets import Turn


def invariance(case: Case, record: Record, knowledge: Knowledge) -> Iterator[Measure]:
    """Each paraphrase and each edit against the base of its own conversation."""
    sample = case.sample
    if not isinstance(sample, Invariance):
        return
    base, *others = (turns[-1] for turns in record.conversations)
    reworded = others[: len(sample.paraphrases)]
    edited = others[len(sample.paraphrases) :]
    wanted = verdict_of(base)
    yield check(
        "invariance/base_accepted", wanted in sample.accept,
        f"got {wanted or 'no recommendation'}, right is {' or '.join(sample.accept)}",
    )  # fmt: skip
    for one, turn in zip(sample.paraphrases, reworded, strict=True):
        got = verdict_of(turn)
        told = f"{one.how}: “{one.text}” gives {got}, the base {wanted}"
        yield check("invariance/same_verdict", got == wanted, "" if got == wanted else told)
        yield check(f"invariance/same_verdict.{one.how}", got == wanted)
        yield check("invariance/paraphrase_accepted", got in sample.accept)
        facts, of_base = facts_of(turn), facts_of(base)
        if facts is not None and of_base is not None:
            names = facts.keys() | of_base.keys()
            yield share(
                "invariance/same_facts", (facts.get(n) == of_base.get(n) for n in sorted(names)),
                "" if facts == of_base else f"{one.how}: {listed(facts)}; base: {listed(of_base)}",
            )  # fmt: skip
    for edit, turn in zip(sample.monotone, edited, strict=True):
        yield _monotone(edit, base, turn)


def _lead(turn: Turn) -> int | None:
    """Points for full-time less those for freelancers; None where the target does not tell."""
    scores = (turn.get("recommendation") or {}).get("scores")
    return None if scores is None else int(scores["full_time"]) - int(scores["freelancers"])


def _monotone(edit: Edit, base: Turn, turn: Turn) -> Measure:
    before, after = _lead(base), _lead(turn)
    if before is None or after is None:
        return unscored("invariance/monotone", "no points to compare")
    holds = after >= before if edit.toward == "full_time" else after <= before
    told = (
        f"“{edit.text}” adds {listed(edit.adds)}, which speaks for {edit.toward}: "
        f"the lead of full-time went from {before} to {after}"
    )
    return check("invariance/monotone", holds, "" if holds else told)
