"""Time, tokens and money of each turn."""

from __future__ import annotations

from collections.abc import Iterator

from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.measures import Measure
from hiring_advisor.evals.record import Record


def costs(case: Case, record: Record, knowledge: Knowledge) -> Iterator[Measure]:
    """Sums over the turns of a case; money is added where prices are known, in `runs`."""
    turns = [turn for turns in record.conversations for turn in turns]
    if not turns:
        return
    count = float(len(turns))
    total_ms = sum(turn["timings_ms"]["total"] for turn in turns)
    yield Measure("cost/turn_ms", total_ms, count, f"{total_ms / count:.1f} ms a turn")
    first = [turn["timings_ms"].get("first_sentence") for turn in turns]
    known = [one for one in first if one is not None]
    yield Measure("cost/first_sentence_ms", sum(known), float(len(known)))
    for name in ("llm_calls", "prompt_tokens", "completion_tokens"):
        spent = float(sum(turn["usage"][name] for turn in turns))
        yield Measure(f"cost/{name}", spent, count)
    degraded = float(sum(bool(turn.get("degraded")) for turn in turns))
    yield Measure("cost/degraded", degraded, count)
