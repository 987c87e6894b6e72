"""Stale labels: a sample rests on sections of the article, and is looked at again when they change.

`evals/datasets/sections.json` holds a hash of every section as it was when the labels that rest on
it were reviewed last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from hiring_advisor.errors import ContentError
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.measures import Measure, check
from hiring_advisor.evals.samples import Dialogue, Sample


def reviewed(folder: Path) -> dict[str, str]:
    """The hash of each section at its last review. Raises `ContentError`."""
    try:
        value = dict(json.loads((folder / "datasets" / "sections.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        raise ContentError("evals/datasets/sections.json cannot be read.") from None
    return {str(section): str(digest) for section, digest in value.items()}


def write_reviewed(folder: Path, knowledge: Knowledge) -> None:
    """Note that all labels were reviewed against the article as it is now."""
    hashes = {section: knowledge.hash_of(section) for section in sorted(knowledge.sections)}
    path = folder / "datasets" / "sections.json"
    path.write_text(json.dumps(hashes, indent=1) + "\n", "utf-8")


def changed(folder: Path, knowledge: Knowledge) -> frozenset[str]:
    """The sections that changed, came or went since the last review."""
    then = reviewed(folder)
    names = then.keys() | knowledge.sections.keys()
    return frozenset(one for one in names if then.get(one, "") != knowledge.hash_of(one))


def sections_of(sample: Sample) -> frozenset[str]:
    """All sections that a sample's labels rest on."""
    found = set(sample.sections)
    if isinstance(sample, Dialogue):
        found |= {section for turn in sample.turns for section in turn.sections}
    return frozenset(found)


def stale(samples: Iterable[Sample], changed: frozenset[str]) -> Mapping[str, list[str]]:
    """The samples whose sections changed, with these sections; no others."""
    found = {one.id: sorted(sections_of(one) & changed) for one in samples}
    return {sample_id: sections for sample_id, sections in found.items() if sections}


def fresh(sample: Sample, changed: frozenset[str]) -> Measure:
    """Whether a sample's label rests on sections as they were reviewed."""
    moved = sorted(sections_of(sample) & changed)
    told = f"changed since the label was reviewed: {', '.join(moved)}" if moved else ""
    return check("gold/fresh", not moved, told)
