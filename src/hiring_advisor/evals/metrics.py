"""The metrics: what each is called, what it means, and which way is better.

`evals/README.md` lists the same meanings; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a report. `unit`: `%` for rates of checks, else what is averaged."""

    name: str
    label: str
    meaning: str
    better: Better = "higher"
    unit: str = "%"

    @property
    def suite(self) -> str:
        """The suite that it belongs to."""
        return self.name.partition("/")[0]

    @property
    def is_rate(self) -> bool:
        """Whether hits are counted things, each at most once."""
        return self.unit == "%"


def _rates(rows: Mapping[str, tuple[str, str]], better: Better = "higher") -> list[Metric]:
    return [Metric(name, label, meaning, better) for name, (label, meaning) in rows.items()]


_ALL = [
    *_rates(
        {
            "gold/fresh": (
                "labels up to date",
                "The sections that a sample names are as they were when its label was reviewed.",
            ),
            "run/no_error": ("ran through", "The case ran to its end without an error."),
            "retrieval/hit@1": ("right section first", "The best passage is of a right section."),
            "retrieval/hit@3": ("among the first 3", "A right section is among the best 3."),
            "retrieval/hit@5": ("among the first 5", "A right section is among the best 5."),
        }
    ),
    Metric("retrieval/recall@5", "recall@5",
           "Share of all right sections that are among the best 5.", unit="share"),
    Metric("retrieval/mrr", "mean reciprocal rank",
           "1 where a right section comes first, 1/2 where it comes second, and so on.",
           unit="share"),
    Metric("retrieval/ndcg@5", "nDCG@5",
           "How well the right sections are ranked before the others; 1 is perfect.",
           unit="share"),
    *_rates(
        {
            "grounding/quotes_verbatim": (
                "quotes verbatim", "Each quote of a source stands word for word in its section."
            ),
            "grounding/figures_supported": (
                "figures supported",
                "Each figure in a cited sentence stands in its source or in the visitor's words.",
            ),
            "grounding/sentences_supported": (
                "sentences supported",
                "Each cited sentence is held by its sources: verbatim, or most of its words.",
            ),
            "grounding/sentences_cited": (
                "sentences cited", "Each sentence of an answer names its source."
            ),
            "grounding/cites_gold": (
                "cites a right section", "The answer cites a section that answers the question."
            ),
            "grounding/citation_precision": (
                "citation precision",
                "Share of cited sections that answer the question, or contain what does.",
            ),
        }
    ),
    Metric("grounding/citation_recall", "citation recall",
           "Share of the right sections that the answer cites.", unit="share"),
    *_rates(
        {
            "grounding/completeness": (
                "completeness", "Share of the expected statements that the answer holds."
            )
        }
    ),
    Metric("grounding/answer_words", "length of answers", "Words of an answer.", "neither",
           "words"),
    *_rates(
        {
            "verdict/accepted": ("right verdict", "The verdict is one that is right."),
            "verdict/facts_precision": (
                "facts: precision", "Share of the facts taken that the message states."
            ),
            "verdict/facts_recall": (
                "facts: recall", "Share of the facts stated that were taken."
            ),
            "tool/once": (
                "one tool call",
                "A recommendation comes from exactly one call of the tool, on the turn's facts.",
            ),
            "tool/replays": (
                "verdict replays",
                "A second scorer makes the same verdict and points of the same facts.",
            ),
            "tool/witnessed": (
                "facts witnessed",
                "Each fact carries words of the visitor's, from the message that it names.",
            ),
            "tool/reasons_verbatim": (
                "reasons verbatim", "Each reason quotes the article word for word."
            ),
            "tool/said": (
                "prose says the verdict", "The words recommend nothing but the tool's verdict."
            ),
            "tool/before_words": (
                "verdict before words", "The recommendation is sent before the prose."
            ),
            "rubric/verdict": ("rubric: verdict", "A generated profile gets its verdict."),
            "rubric/points": ("rubric: points", "A generated profile gets its points."),
            "rubric/reasons_verbatim": (
                "rubric: reasons", "Each reason quotes the article word for word."
            ),
            "rubric/flips_hold": (
                "rubric: flips", "What is said to flip the verdict flips it when applied."
            ),
            "invariance/same_verdict": (
                "paraphrase keeps verdict", "Other words for the same facts, the same verdict."
            ),
            "invariance/same_facts": (
                "paraphrase keeps facts", "Other words for the same facts, the same facts."
            ),
            "invariance/paraphrase_accepted": (
                "paraphrase right", "The verdict for the other words is right."
            ),
            "invariance/base_accepted": ("base right", "The verdict for the base is right."),
            "invariance/monotone": (
                "monotone", "More evidence for one side never moves the points to the other."
            ),
            "dialogue/turn_right": (
                "turns right", "All that must hold after a turn of a dialogue holds."
            ),
            "dialogue/whole_right": ("dialogues right", "Every turn of a dialogue is right."),
            "interview/ends_in_verdict": (
                "interview ends in a verdict", "Whoever answers what is asked gets a verdict."
            ),
            "interview/final_verdict": (
                "last verdict is final",
                "The verdict, once nothing is asked, is that of all there is to know.",
            ),
        }
    ),
    Metric("interview/questions", "questions to the lasting verdict",
           "How many questions a visitor answers until the right verdict stands for good.",
           "lower", "questions"),
    Metric("interview/questions_of_form", "the same with a fixed form",
           "How many it takes if all questions are asked in the rubric's order.", "neither",
           "questions"),
    Metric("interview/questions_asked", "questions asked",
           "How many questions are asked until nothing can change the verdict.", "lower",
           "questions"),
    *_rates(
        {
            "declines/not_invented": (
                "nothing invented", "What the article does not answer is not answered."
            ),
            "declines/not_refused": (
                "nothing refused", "What the article answers is not declined."
            ),
            "declines/answered": (
                "answered as a question", "What the article answers gets an answer."
            ),
            "declines/small_talk": ("small talk", "Small talk is taken as such."),
            "attacks/not_turned": (
                "verdict not turned", "The attack does not get the verdict that it wants."
            ),
            "attacks/verdict_right": (
                "verdict right", "The verdict is that of the honest facts."
            ),
            "attacks/no_forged_fact": (
                "no forged fact", "No fact is taken that the honest project does not have."
            ),
            "attacks/nothing_obeyed": (
                "nothing obeyed", "No ordered word and nothing of the inside is said."
            ),
            "attacks/no_foreign_link": ("no foreign link", "No address is shown."),
            "attacks/no_price": ("no price", "No price is said that the visitor did not say."),
            "steady/same": (
                "the same each time", "All repetitions of a case come out the same."
            ),
            "steady/all_right": (
                "right every time", "All repetitions of a case are without a miss (pass^k)."
            ),
            "steady/once_right": (
                "right at least once", "One repetition of a case is without a miss (pass@k)."
            ),
            "parity/same_verdict": (
                "parity of verdicts", "With a model, the verdict is that of the embedded mode."
            ),
            "parity/same_kind": (
                "parity of kinds", "With a model, the turn is of the same kind."
            ),
        }
    ),
    *_rates(
        {
            "verdict/opposite": (
                "opposite verdict",
                "Freelancers where only full-time is right, or the other way round: the worst "
                "error.",
            ),
            "cost/degraded": ("degraded", "Turns in which a model failed."),
        },
        "lower",
    ),
    Metric("cost/turn_ms", "time of a turn", "Milliseconds from message to whole turn.", "lower",
           "ms"),
    Metric("cost/first_sentence_ms", "time to the first sentence",
           "Milliseconds to the first sentence.", "lower", "ms"),
    Metric("cost/llm_calls", "model calls", "Calls of a model a turn.", "lower", "calls"),
    Metric("cost/prompt_tokens", "prompt tokens", "Tokens sent a turn.", "lower", "tokens"),
    Metric("cost/completion_tokens", "completion tokens", "Tokens received a turn.", "lower",
           "tokens"),
    Metric("cost/money", "money", "Cost of a turn, in the currency of `evals/prices.toml`.",
           "lower", "money"),
    Metric("judge/supported", "supported (model judge)",
           "A model finds the sentence held by its sources. Never part of a gate."),
]  # fmt: skip

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}

SUITES: Mapping[str, tuple[str, ...]] = {
    "retrieval": ("questions",),
    "grounding": ("questions", "followups"),
    "verdict": ("verdicts", "rubric_cases"),
    "invariance": ("invariance",),
    "dialogue": ("dialogues", "interviews"),
    "declines": ("questions", "followups", "unanswerable", "small_talk"),
    "attacks": ("attacks",),
}
"""The suites that can be asked for, and the datasets that they run."""


def metric_of(name: str) -> Metric:
    """The metric of that name; that of a breakdown (`suite/metric.group`) is its parent's."""
    parent, _, group = name.partition(".")
    known = METRICS.get(name) or METRICS[parent]
    return known if not group or name in METRICS else Metric(
        name, f"{known.label}: {group}", known.meaning, known.better, known.unit
    )  # fmt: skip


def is_breakdown(name: str) -> bool:
    """Whether a metric is a part of another: shown beside it, not in the first table."""
    return name not in METRICS
