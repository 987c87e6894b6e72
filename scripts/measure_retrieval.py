"""Measure retrieval and declines on the question sets, and see where the floor lies.

    python scripts/measure_retrieval.py [--split dev] [--misses]

Prints hit@1/3/5 by section, the relevance of the best passage for questions that the article
answers and for those that it does not, and how many of each are declined.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from hiring_advisor.answering.answerable import Answerability
from hiring_advisor.bootstrap import Parts
from hiring_advisor.settings import load
from hiring_advisor.understanding.questions import whole_question

DATASETS = Path("evals/datasets")


def samples(name: str, split: str) -> list[dict[str, Any]]:
    """The samples of one dataset and split."""
    lines = (DATASETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [one for one in map(json.loads, lines) if split in {"all", one["split"]}]


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser()
    options.add_argument("--split", default="dev")
    options.add_argument("--misses", action="store_true")
    given = options.parse_args()
    parts = Parts(load())
    parts.attach_index()
    retriever = parts.retriever
    answerable = Answerability(retriever.covered)

    def look(sample: dict[str, Any]) -> tuple[list[str], float, bool]:
        question = whole_question(retriever.correct(sample["question"]), sample.get("history", []))
        found = retriever.retrieve(question.whole, 6)
        best = max((passage.relevance for passage in found.passages), default=0.0)
        sections = [passage.section_id for passage in found.passages]
        return sections, best, not answerable.passages(question, found)

    for name in ("questions", "followups"):
        hits = {1: 0, 3: 0, 5: 0}
        relevance, declined = [], 0
        rows = samples(name, given.split)
        for sample in rows:
            sections, best, is_declined = look(sample)
            relevance.append(best)
            declined += is_declined
            for k in hits:
                hits[k] += any(one in sample["sections"] for one in sections[:k])
            if given.misses and not any(one in sample["sections"] for one in sections[:3]):
                print("  missed:", sample["question"], "| wanted", sample["sections"][:2])
        rates = "  ".join(f"hit@{k} {count / len(rows):.3f}" for k, count in hits.items())
        spread = np.percentile(relevance, [1, 5, 50]).round(2)
        print(f"{name:12} {len(rows):4}  {rates}  declined {declined / len(rows):.3f}")
        print(f"{'':12} relevance of the best passage, 1 %, 5 %, 50 %: {spread}")
    for kind in ("off_topic", "near_miss"):
        rows = [one for one in samples("unanswerable", given.split) if one["kind"] == kind]
        seen = [look(sample) for sample in rows]
        declined = sum(is_declined for _, _, is_declined in seen)
        spread = np.percentile([best for _, best, _ in seen], [50, 95, 99]).round(2)
        print(f"{kind:12} {len(rows):4}  declined {declined / len(rows):.3f}")
        print(f"{'':12} relevance of the best passage, 50 %, 95 %, 99 %: {spread}")


if __name__ == "__main__":
    main()
