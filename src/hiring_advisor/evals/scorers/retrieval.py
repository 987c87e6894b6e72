"""Retrieval: whether the sections that answer a question are among the best passages.

The gold sections of a sample are those that answer; the rank of a section is that of its first
passage. Recall, MRR and nDCG are those of information retrieval, with relevance 0 or 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log2

from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.measures import Measure, amount, check, unscored
from hiring_advisor.evals.record import Record
from hiring_advisor.evals.samples import Question

DEPTHS = (1, 3, 5)
METRICS = (*(f"retrieval/hit@{k}" for k in DEPTHS), "retrieval/recall@5", "retrieval/mrr",
           "retrieval/ndcg@5")  # fmt: skip


def retrieval(case: Case, record: Record, knowledge: Knowledge) -> Iterator[Measure]:
    """Hit@1, 3 and 5, recall@5, reciprocal rank and nDCG@5 by section."""
    if not isinstance(case.sample, Question):
        return
    if record.passages is None:
        yield from (unscored(metric, "the target has no search") for metric in METRICS)
        return
    ranked = list(dict.fromkeys(record.passages))
    gold = set(case.sample.sections)
    rank = next((place for place, one in enumerate(ranked, 1) if one in gold), None)
    found = f"found {', '.join(ranked[:5]) or 'nothing'}; wanted {', '.join(case.sample.sections)}"
    for k in DEPTHS:
        yield check(f"retrieval/hit@{k}", rank is not None and rank <= k, found)
    top = ranked[:5]
    yield amount("retrieval/recall@5", len(gold & set(top)) / min(len(gold), 5), found)
    yield amount("retrieval/mrr", 0.0 if rank is None else 1 / rank, f"first at rank {rank}")
    gained = sum(1 / log2(place + 1) for place, one in enumerate(top, 1) if one in gold)
    best = sum(1 / log2(place + 1) for place in range(1, min(len(gold), 5) + 1))
    yield amount("retrieval/ndcg@5", gained / best, found)
