"""Dialogues: what must hold after each turn, and whether a whole conversation went right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hiring_advisor.evals import expected
from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.measures import Measure, amount, check
from hiring_advisor.evals.record import Record
from hiring_advisor.evals.samples import Dialogue, DialogueTurn, Interview
from hiring_advisor.evals.scorers.turns import (
    cited,
    facts_of,
    holds_phrase,
    is_words_only,
    listed,
    verdict_of,
)
from hiring_advisor.evals.targets import Turn

NO_VERDICT = (None, "need_more_info")


def dialogues(case: Case, record: Record, knowledge: Knowledge) -> Iterator[Measure]:
    """Each turn of a scripted conversation against what must hold after it."""
    sample = case.sample
    if not isinstance(sample, Dialogue):
        return
    whole = True
    for number, (wanted, turn) in enumerate(
        zip(sample.turns, record.conversations[0], strict=True), start=1
    ):
        faults = list(_faults(wanted, turn))
        whole = whole and not faults
        place = f"turn {number}, “{wanted.say}”"
        told = f"{place}: {'; '.join(faults)}" if faults else ""
        yield check("dialogue/turn_right", not faults, told)
        yield check(f"dialogue/turn_right.{sample.kind}", not faults)
    yield check("dialogue/whole_right", whole)


def _faults(wanted: DialogueTurn, turn: Turn) -> Iterator[str]:
    """What is wrong after one turn, in words."""
    got, facts = verdict_of(turn), facts_of(turn)
    if wanted.kinds and not is_words_only(turn) and turn["kind"] not in wanted.kinds:
        yield f"{turn['kind']} in place of {' or '.join(wanted.kinds)}"
    if wanted.accept and got not in wanted.accept:
        yield f"{got or 'no recommendation'} in place of {' or '.join(wanted.accept)}"
    if facts is not None and wanted.facts is not None:
        missed = {
            n: v for n, v in wanted.facts.items() if facts.get(n) != v and n not in wanted.may
        }
        if missed:
            yield f"does not hold {listed(missed)}"
    if facts is not None:
        stuck = {name: facts[name] for name in wanted.absent if name in facts}
        if stuck:
            yield f"still holds {listed(stuck)}"
    if wanted.sections and "citations" in turn and not set(wanted.sections) & set(cited(turn)):
        yield f"cites {', '.join(cited(turn)) or 'nothing'}, not {' or '.join(wanted.sections)}"
    if wanted.expect and not any(holds_phrase(turn["text"], one) for one in wanted.expect):
        yield f"says none of “{'”, “'.join(wanted.expect)}”"
    if wanted.what_if is not None and got is not None and got not in wanted.what_if.accept:
        yield f"supposes {got} in place of {' or '.join(wanted.what_if.accept)}"


def interviews(case: Case, record: Record, knowledge: Knowledge) -> Iterator[Measure]:
    """How many questions it takes to the verdict that lasts, beside a form in fixed order."""
    sample = case.sample
    if not isinstance(sample, Interview):
        return
    turns = record.conversations[0]
    if not any(turn.get("next_question") for turn in turns):
        return  # nothing is asked by this target
    verdicts = [verdict_of(turn) for turn in turns]
    asked = len(turns) - 1
    decided = any(got not in NO_VERDICT for got in verdicts)
    yield check("interview/ends_in_verdict", decided, f"{verdicts}")
    yield check(
        "interview/final_verdict", verdicts[-1] == sample.verdict,
        f"after {asked} answers: {verdicts[-1]}; all facts make {sample.verdict}",
    )  # fmt: skip
    most = len(sample.profile)
    lasts = lasting(verdicts, sample.verdict, most)
    yield amount("interview/questions", lasts, f"{lasts} of {asked} questions")
    form = lasting(verdicts_of_form(knowledge, sample), sample.verdict, most)
    yield amount("interview/questions_of_form", form, f"{form} in the rubric's order")
    yield amount("interview/questions_asked", asked, f"{asked} until nothing was asked")


def lasting(verdicts: Sequence[str | None], wanted: str, most: int) -> int:
    """After how many answers the wanted verdict stands for good; `most` where it never does."""
    if verdicts[-1] != wanted:
        return most
    others = [number for number, got in enumerate(verdicts) if got != wanted]
    return others[-1] + 1 if others else 0


def verdicts_of_form(knowledge: Knowledge, sample: Interview) -> list[str]:
    """The verdicts while a form in the rubric's order is filled in, question by question."""
    told: dict[str, str] = {}
    found = [expected.verdict(knowledge.rubric, told)]
    for name in knowledge.values:
        if name in sample.profile:
            told[name] = sample.profile[name]
            found.append(expected.verdict(knowledge.rubric, told))
    return found
