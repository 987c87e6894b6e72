"""Verdicts: the right one, on facts that the visitor's words state, from one call of the tool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hiring_advisor.evals import expected
from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.knowledge import Knowledge, plain
from hiring_advisor.evals.measures import Measure, check, share, unscored
from hiring_advisor.evals.record import Record
from hiring_advisor.evals.samples import RubricCase, VerdictMessage
from hiring_advisor.evals.scorers.turns import facts_of, is_opposite, listed, verdict_of
from hiring_advisor.evals.targets import Turn


def verdicts(case: Case, record: Record, knowledge: Knowledge) -> Iterator[Measure]:
    """The verdict of a message and the facts it stands on."""
    sample = case.sample
    if not isinstance(sample, VerdictMessage):
        return
    turn = record.last
    got = verdict_of(turn)
    told = f"got {got or 'no recommendation'}, right is {' or '.join(sample.accept)}"
    yield check("verdict/accepted", got in sample.accept, told)
    yield check("verdict/opposite", is_opposite(got, sample.accept), told)
    yield from found_facts(sample.facts, sample.may, turn)


def found_facts(wanted: Mapping[str, str], may: tuple[str, ...], turn: Turn) -> Iterator[Measure]:
    """Precision and recall of facts; those in `may` count neither way."""
    facts = facts_of(turn)
    if facts is None:
        yield unscored("verdict/facts_precision", "the target gives no facts")
        return
    got = {name: value for name, value in facts.items() if name not in may}
    wanted = {name: value for name, value in wanted.items() if name not in may}
    wrong = {name: value for name, value in got.items() if wanted.get(name) != value}
    missed = {name: value for name, value in wanted.items() if got.get(name) != value}
    yield share(
        "verdict/facts_precision", (name not in wrong for name in got),
        f"not stated: {listed(wrong)}" if wrong else "",
    )  # fmt: skip
    yield share(
        "verdict/facts_recall", (name not in missed for name in wanted),
        f"overlooked: {listed(missed)}" if missed else "",
    )  # fmt: skip


def discipline(case: Case, record: Record, knowledge: Knowledge) -> Iterator[Measure]:
    """Every recommendation: one tool call, on witnessed facts, whose verdict can be replayed."""
    for turns in record.conversations:
        said: dict[str, str] = {}  # by message; one name for all where a target gives none
        for turn in turns:
            name = turn.get("message_id", "")
            said[name] = f"{said.get(name, '')} {plain(turn['user_text'])}"
            if verdict_of(turn) is None:
                continue
            if "tool_calls" not in turn:
                yield unscored("tool/once", "the target records no tool calls")
                continue
            yield from _of_recommendation(turn, said, knowledge)


def _of_recommendation(
    turn: Turn, said: Mapping[str, str], knowledge: Knowledge
) -> Iterator[Measure]:
    calls, advice = turn["tool_calls"], turn["recommendation"]
    arguments = calls[0]["arguments"] if calls else {}
    is_once = len(calls) == 1 and calls[0]["profile_hash"] == advice["profile_hash"]
    yield check(
        "tool/once", is_once and arguments == facts_of(turn),
        f"{len(calls)} calls for {listed(facts_of(turn) or {})}",
    )  # fmt: skip
    wanted = expected.verdict(knowledge.rubric, arguments)
    points = expected.scores(knowledge.rubric, arguments)
    yield check(
        "tool/replays", advice["verdict"] == wanted and advice["scores"] == points,
        f"{listed(arguments)} makes {wanted} with {points}, got {advice['verdict']}",
    )  # fmt: skip
    witnesses = [
        (one["quote"], said.get(one.get("message_id", ""), "")) for one in turn["facts"].values()
    ]
    lost = [quote for quote, message in witnesses if not quote or plain(quote) not in message]
    yield share(
        "tool/witnessed", (quote not in lost for quote, _ in witnesses),
        f"the message named does not say “{'”, “'.join(lost)}”" if lost else "",
    )  # fmt: skip
    reasons = advice["contributions"]
    yield share(
        "tool/reasons_verbatim",
        (knowledge.stands_in(one["section_id"], one["source_quote"]) for one in reasons),
    )
    yield _said(turn, knowledge)
    names = turn.get("events")
    if names is not None:
        first = names.index("recommendation") if "recommendation" in names else len(names)
        words = names.index("answer.sentence") if "answer.sentence" in names else len(names)
        yield check("tool/before_words", first < words, ", ".join(names[:4]))


def _said(turn: Turn, knowledge: Knowledge) -> Measure:
    """Whether the prose names the verdict that the tool made, and no other."""
    summaries = {name: plain(one["summary"]) for name, one in knowledge.rubric["options"].items()}
    text, verdict = plain(turn["text"]), turn["recommendation"]["verdict"]
    others = [name for name, one in summaries.items() if name != verdict and one in text]
    # Explanations of an earlier verdict need not say it again; another one they never say.
    is_explained = summaries[verdict] in text or not turn["sentences"]
    told = f"says {', '.join(others)} beside {verdict}" if others else f"does not say {verdict}"
    return check("tool/said", not others, told if others or not is_explained else "")


def rubric_cases(case: Case, record: Record, knowledge: Knowledge) -> Iterator[Measure]:
    """A generated profile: verdict and points as the committed rubric makes them."""
    sample = case.sample
    if not isinstance(sample, RubricCase):
        return
    if record.score is None:
        yield unscored("rubric/verdict", "the target has no scoring")
        return
    got = record.score
    told = f"{sample.about}: wanted {sample.verdict} with {sample.scores}, got {got['verdict']}"
    yield check("rubric/verdict", got["verdict"] == sample.verdict, told)
    yield check("rubric/points", got["scores"] == sample.scores, f"{told} with {got['scores']}")
    stands = [
        knowledge.stands_in(one["section_id"], one["source_quote"]) for one in got["contributions"]
    ]
    yield share("rubric/reasons_verbatim", stands)
    flips_hold = []
    for flip in got["flips"]:
        changed = {**sample.facts, flip["fact"]: flip["to"]}
        known = {name: value for name, value in changed.items() if value is not None}
        flips_hold.append(expected.verdict(knowledge.rubric, known) == flip["verdict"])
    yield share("rubric/flips_hold", flips_hold, "a flip, applied, must give its verdict")
