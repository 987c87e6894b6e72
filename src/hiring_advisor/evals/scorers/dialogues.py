"""Dialogues: what must hold after each turn, and whether a whole conversation went right."""

from __future__ import annotations

from collections.abc import Iterator

from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.measures import Measure, amount, check
from hiring_advisor.evals.record import Record
from hiring_advisor.evals.samples import Dialogue, DialogueTurn, Interview
from hiring_advisor.evals.scorers.turns import cited, facts_of, holds_phrase, listed, verdict_of
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
    if wanted.kinds and turn["kind"] not in wanted.kinds:
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
    """How many questions it takes to a verdict, and to one that no further answer can change,
    beside a form that asks in fixed order.
    """
    sample = case.sample
    if not isinstance(sample, Interview):
        return
    turns = record.conversations[0]
    if not any(turn.get("next_question") for turn in turns):
        return  # nothing is asked by this target
    verdicts = [verdict_of(turn) for turn in turns]
    first = next((n for n, got in enumerate(verdicts) if got not in NO_VERDICT), None)
    yield check("interview/ends_in_verdict", first is not None, f"{verdicts}")
    yield check(
        "interview/final_verdict", verdicts[-1] == sample.verdict,
        f"after {len(turns) - 1} answers: {verdicts[-1]}; all facts make {sample.verdict}",
    )  # fmt: skip
    if first is not None:
        yield amount("interview/questions", first, f"{first} questions to the first verdict")
    asked = len(turns) - 1
    yield amount("interview/questions_settled", asked, f"{asked} until nothing was asked")
    if record.form_questions is not None:
        form = record.form_questions
        yield amount("interview/questions_of_form", form, f"{form} in the rubric's order")
