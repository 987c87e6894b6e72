"""Training text for the clause reader: labelled clauses, labelled messages, and their variants.

`training/clauses/*.jsonl` holds single clauses, `training/messages/*.jsonl` whole messages; each
line is `{"text": …, "facts": {fact: value}}`. A clause's facts are those it states by itself, a
message's facts are those of all its sentences together.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_JOINTS = (". ", ". ", ", ", ", ", " and ", "; ", "\n", "\n- ", " - ", ", but ")


@dataclass(frozen=True)
class Sample:
    """A text with its facts. `parts` are the spans that carry labels of their own, if any."""

    text: str
    facts: dict[str, str]
    parts: tuple[tuple[int, int, dict[str, str]], ...] = ()


def read(folder: Path, pattern: str = "*.jsonl") -> list[Sample]:
    """All samples of a folder, in the order of file names and lines, each text once."""
    samples: dict[str, Sample] = {}
    for path in sorted(folder.glob(pattern)):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                entry = json.loads(line)
                samples[entry["text"]] = Sample(entry["text"], entry["facts"])
    return list(samples.values())


def roughen(text: str, rng: random.Random) -> str:
    """The text as somebody in a hurry types it: lower case, no full stop, a slip of the keys."""
    if rng.random() < 0.3:
        text = text.lower()
    if rng.random() < 0.15:
        text = text.replace("'", "").replace("’", "")
    if rng.random() < 0.2:
        text = text.rstrip(".!")
    if rng.random() < 0.1:
        text = re.sub(r",(?=\s)", "", text)
    if rng.random() < 0.12 and len(text) > 12:
        at = rng.randrange(1, len(text) - 2)
        if text[at].isalpha() and text[at + 1].isalpha():
            slip = rng.choice((text[at + 1] + text[at], text[at], text[at] * 2 + text[at + 1]))
            text = text[:at] + slip + text[at + 2 :]
    return text


def packed(clauses: Sequence[Sample], rng: random.Random, alone: float) -> Iterable[Sample]:
    """Each clause once: some by themselves, the others joined to messages of two to five.

    A joined clause keeps its own label: the reader learns to leave each fact where it stands.
    A prototype and a production never meet in one message, since together they mean a third.
    """
    order = list(clauses)
    rng.shuffle(order)
    cut = int(len(order) * alone)
    for one in order[:cut]:
        text = roughen(one.text, rng)
        yield Sample(text, one.facts, ((0, len(text), one.facts),))
    place = cut
    while place < len(order):
        group: list[Sample] = []
        size = rng.randint(2, 5)
        while place < len(order) and len(group) < size:
            stages = {one.facts["stage"] for one in [*group, order[place]] if "stage" in one.facts}
            if len(stages) > 1:
                break
            group.append(order[place])
            place += 1
        yield _join(group, rng)


def _join(group: Sequence[Sample], rng: random.Random) -> Sample:
    text, parts = "", []
    lower = rng.random() < 0.3
    for index, one in enumerate(group):
        piece = roughen(one.text, rng)
        if index:
            joint = rng.choice(_JOINTS)
            text = text.rstrip(".") + joint if joint[0] != " " else text + joint
            if joint[0] in ".\n" and not lower:
                piece = piece[:1].upper() + piece[1:]
        parts.append((len(text), len(text) + len(piece), one.facts))
        text += piece
    if lower:
        text = text.lower()
    length = len(text)
    spans = tuple((start, min(end, length), facts) for start, end, facts in parts)
    return Sample(text, {}, spans)
