"""Measure the local understanding: facts and verdicts on a dataset of messages.

python scripts/measure_understanding.py evals/datasets/verdicts.jsonl --split dev [--errors]
    [--reader cues|classifier|joined]
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from hiring_advisor.bootstrap import MODELS
from hiring_advisor.corpus import rubric as rubrics
from hiring_advisor.scoring.recommend import Scorer
from hiring_advisor.understanding import cues
from hiring_advisor.understanding.classifier import ClauseClassifier
from hiring_advisor.understanding.local import LocalReader
from hiring_advisor.understanding.messages import Message


def main() -> None:
    """Print precision and recall of facts, accepted verdicts and, if wanted, each error."""
    options = argparse.ArgumentParser()
    options.add_argument("dataset", type=Path)
    options.add_argument("--split", default="dev")
    options.add_argument("--errors", action="store_true")
    options.add_argument("--reader", choices=("cues", "classifier", "joined"), default="joined")
    given = options.parse_args()
    rubric = rubrics.load(Path("corpus"))
    words = () if given.reader == "classifier" else cues.load(Path("corpus"), rubric)
    classifier = None if given.reader == "cues" else ClauseClassifier(MODELS)
    reader = LocalReader(rubric, words, classifier)
    scorer = Scorer(rubric)
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    accepted = opposite = total = 0
    for line in given.dataset.read_text(encoding="utf-8").splitlines():
        sample = json.loads(line)
        if given.split != "all" and sample["split"] != given.split:
            continue
        facts = reader.read(Message("m", "visitor", sample["message"]))
        got = {name: fact.value for name, fact in facts.items()}
        want = sample["facts"]
        verdict = scorer.assess(got).verdict
        total += 1
        is_accepted = verdict in sample["accept"]
        accepted += is_accepted
        opposite += (verdict, sample["accept"]) in (
            ("freelancers", ["full_time"]),
            ("full_time", ["freelancers"]),
        )
        for name in want.keys() | got.keys():
            key = f"{name}={want.get(name, got.get(name))}"
            if want.get(name) == got.get(name):
                right[key] += 1
            else:
                if name in got:
                    wrong[f"{name}={got[name]}"] += 1
                if name in want:
                    missed[key] += 1
        if given.errors and (not is_accepted or got != want):
            mark = "ok " if is_accepted else "BAD"
            print(
                f"\n{mark} {sample['id']} {verdict} wanted {sample['accept']}: {sample['message']}"
            )
            print("   missed:", {k: v for k, v in want.items() if got.get(k) != v})
            print(
                "   wrong: ", {k: (v, facts[k].quote) for k, v in got.items() if want.get(k) != v}
            )
    tp, fp, fn = sum(right.values()), sum(wrong.values()), sum(missed.values())
    for key in sorted(right.keys() | wrong.keys() | missed.keys()):
        print(f"{key:25} right {right[key]:3}  wrong {wrong[key]:3}  missed {missed[key]:3}")
    precision, recall = tp / max(1, tp + fp), tp / max(1, tp + fn)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    print(f"facts: precision {precision:.3f} recall {recall:.3f} F1 {f1:.3f}")
    print(
        f"verdicts accepted: {accepted}/{total} = {accepted / max(1, total):.3f}, "
        f"opposite {opposite}"
    )


if __name__ == "__main__":
    main()
