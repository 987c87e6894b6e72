"""Values of the line as the outside sees them."""

from __future__ import annotations

from typing import Any

from hiring_advisor.corpus.rubric import Rubric
from hiring_advisor.retrieval.retriever import Retrieval


def passage_views(found: Retrieval) -> list[dict[str, Any]]:
    """Passages as the outside sees them: ranks, no similarities."""
    return [
        {
            "section_id": passage.section_id,
            "heading": passage.heading,
            "text": passage.text,
            "url": passage.url,
            "rank": passage.rank,
        }
        for passage in found.passages
    ]


def rubric_view(rubric: Rubric) -> dict[str, Any]:
    """The rubric as JSON."""
    return {
        "version": rubric.version,
        "options": {
            name: {"label": option.label, "summary": option.summary}
            for name, option in rubric.options.items()
        },
        "thresholds": {
            "min_evidence": rubric.min_evidence,
            "min_margin": rubric.min_margin,
            "full_margin": rubric.full_margin,
            "full_evidence": rubric.full_evidence,
        },
        "facts": [
            {
                "name": fact.name,
                "about": fact.about,
                "question": fact.question,
                "values": [
                    {
                        "value": one.value,
                        "label": one.label,
                        "reading": one.reading,
                        "would": one.would,
                        "leans": one.leans,
                    }
                    for one in fact.values
                ],
            }
            for fact in rubric.facts
        ],
        "rules": [
            {
                "id": rule.rule_id,
                "fact": rule.fact,
                "value": rule.value,
                "points": {"freelancers": rule.freelancers, "full_time": rule.full_time},
                "why": rule.why,
                "section_id": rule.section_id,
                "source_quote": rule.source_quote,
            }
            for rule in rubric.rules
        ],
        "constraints": [
            {
                "id": one.constraint_id,
                "when": dict(one.when),
                "unless": dict(one.unless),
                "at_least": one.at_least,
                "at_most": one.at_most,
                "why": one.why,
                "section_id": one.section_id,
                "source_quote": one.source_quote,
            }
            for one in rubric.constraints
        ],
        "contradictions": [
            {"between": dict(one.between), "ask": one.ask, "question": one.question}
            for one in rubric.contradictions
        ],
    }
