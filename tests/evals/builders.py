"""Small turns, samples and runs for the tests of the evals, and measures picked out by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.conftest import CORPUS, ROOT

from hiring_advisor.evals import samples as s
from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.measures import Measure
from hiring_advisor.evals.record import Record
from hiring_advisor.evals.runs import CaseResult, Run
from hiring_advisor.evals.scorers.table import ScoreCase
from hiring_advisor.evals.targets import Turn

EVALS = ROOT / "evals"
KNOWLEDGE = Knowledge(CORPUS)
SUMMARY = {
    "freelancers": "I recommend freelancers for this project.",
    "full_time": "I recommend full-time AI engineers for this project.",
    "hybrid": "I recommend a staged plan: freelancers build the prototype, "
    "then full-time AI engineers take it into production.",
    "need_more_info": "I cannot recommend either side yet: I know too little about your project.",
}
COMMON: Mapping[str, Any] = {"split": "dev", "sections": ("faq/both",)}


def advice(
    verdict: str, freelancers: int = 0, full_time: int = 0, reasons: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """A recommendation; `reasons` are (section, quote)."""
    return {
        "verdict": verdict,
        "scores": {"freelancers": freelancers, "full_time": full_time},
        "contributions": [
            {"section_id": section, "source_quote": quote} for section, quote in reasons
        ],
        "profile_hash": "hash",
        "flips": [],
    }


def turn(
    *sentences: tuple[str, Sequence[int]],
    said: str = "a question",
    kind: str = "answer",
    cites: Sequence[tuple[str, str]] = (),
    facts: Mapping[str, tuple[str, str]] | None = None,
    recommendation: dict[str, Any] | None = None,
    calls: int | None = None,
    **more: Any,
) -> Turn:
    """A turn of the advisor's API. `sentences` are (text, numbers of citations), `cites` are
    (section, quote), numbered from 1; `facts` are (value, the visitor's words) by name.
    """
    held = {
        name: {"value": value, "quote": quote} for name, (value, quote) in (facts or {}).items()
    }
    count = (recommendation is not None) if calls is None else calls
    call = {
        "name": "score_hiring_fit",
        "arguments": {name: one["value"] for name, one in held.items()},
        "profile_hash": "hash",
    }
    return {
        "user_text": said,
        "kind": kind,
        "text": " ".join(text for text, _ in sentences),
        "sentences": [{"text": text, "citations": list(numbers)} for text, numbers in sentences],
        "citations": [
            {"n": number, "section_id": section, "quote": quote}
            for number, (section, quote) in enumerate(cites, start=1)
        ],
        "facts": held,
        "recommendation": recommendation,
        "tool_calls": [call] * count,
        "next_question": None,
        "degraded": False,
        "usage": {"llm_calls": 0, "prompt_tokens": 0, "completion_tokens": 0},
        "timings_ms": {"total": 2.0, "first_sentence": 1.0},
        **more,
    }


def recommends(
    verdict: str,
    freelancers: int = 0,
    full_time: int = 0,
    reasons: Sequence[tuple[str, str]] = (),
    **more: Any,
) -> Turn:
    """A turn that recommends and says so in the rubric's words."""
    made = advice(verdict, freelancers, full_time, reasons)
    told = (SUMMARY[verdict], ())
    return turn(*more.pop("sentences", [told]), kind="recommendation", recommendation=made, **more)


def words_only(text: str, verdict: str | None = None, said: str = "a question") -> Turn:
    """What an endpoint that answers with words alone is made into."""
    return {
        "user_text": said,
        "text": text,
        "words_only": True,
        "kind": "answer" if verdict is None else "recommendation",
        "recommendation": None if verdict is None else {"verdict": verdict},
        "usage": {"llm_calls": 1, "prompt_tokens": 0, "completion_tokens": 0},
        "timings_ms": {"total": 1.0},
    }


def scored(scorer: ScoreCase, sample: s.Sample, *turns: Turn, **record: Any) -> list[Measure]:
    """What a scorer says of one conversation."""
    found = Record(conversations=[list(turns)] if turns else [], **record)
    return list(scorer(Case("any", sample), found, KNOWLEDGE))


def apart(scorer: ScoreCase, sample: s.Sample, *turns: Turn) -> list[Measure]:
    """What a scorer says where each turn is a conversation of its own."""
    found = Record(conversations=[[one] for one in turns])
    return list(scorer(Case("any", sample), found, KNOWLEDGE))


def only(measures: Iterable[Measure], metric: str) -> Measure:
    """The one measure of that name."""
    (found,) = [one for one in measures if one.metric == metric]
    return found


def value(measures: Iterable[Measure], metric: str) -> float | None:
    """Its value; None where it is unscored."""
    return only(measures, metric).value


def names(measures: Iterable[Measure]) -> set[str]:
    """The metrics that were scored."""
    return {one.metric for one in measures if one.of}


def result(
    case_id: str,
    totals: Mapping[str, tuple[float, float]],
    *,
    target: str = "embedded",
    got: str = "answer",
    **more: Any,
) -> CaseResult:
    """A result with these (hits, of)."""
    measures = tuple(Measure(metric, hits, of) for metric, (hits, of) in totals.items())
    given = {"dataset": "questions", "split": "dev", "groups": {}, "said": "", "expected": ""}
    return CaseResult(case_id, target=target, got=got, measures=measures, **{**given, **more})


def checks(metric: str, held: str, *, target: str = "embedded") -> list[CaseResult]:
    """Results of single checks: `checks("run/no_error", "++-")`; cases are q-0001, q-0002 …"""
    return [
        result(f"q-{number:04}", {metric: (float(one == "+"), 1)}, target=target, got=one)
        for number, one in enumerate(held, start=1)
    ]


def run_of(*cases: CaseResult) -> Run:
    """A run of these results."""
    return Run({"took_s": 1.5, "version": "0"}, list(cases))
