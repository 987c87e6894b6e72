"""What visitors send: the evals' questions and descriptions of projects, no text twice."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

DATASETS = Path(__file__).resolve().parent.parent / "evals" / "datasets"
PER_CONVERSATION = 4
# Signed with a name and a place: every text is new to the server, which leaves its caches what
# they would have in real life (the corpus), and its answers as they are.
_NAMES = """Ana Bea Carl Dana Emil Fay Gil Hana Igor Jan Kim Lea Max Nora Omar Pia Quinn Rosa
Sam Tess Uma Vera Will Xenia Yara Zoe""".split()
_PLACES = """Lisbon Porto Vienna Graz Berlin Bonn Paris Lyon Rome Turin Madrid Bilbao Dublin Cork
Oslo Bergen Prague Brno Warsaw Krakow Athens Patras Zurich Basel Ghent Bruges Malmo Turku""".split()


def texts(dataset: str) -> list[str]:
    """The texts of `questions` or `verdicts` (messages that describe a project)."""
    lines = (DATASETS / f"{dataset}.jsonl").read_text(encoding="utf-8").splitlines()
    return [str(one.get("question") or one["message"]) for one in map(json.loads, lines)]


def conversations(mix: str, seed: int) -> Iterator[list[str]]:
    """Conversations without end, each of `PER_CONVERSATION` messages; the same for the same seed.

    `mix`: `questions` for questions alone; `mixed` for one description of a project after each
    two questions; `plain` is `mixed` with nothing signed.
    """
    draw = random.Random(seed)
    questions, projects = texts("questions"), texts("verdicts")
    draw.shuffle(questions)
    draw.shuffle(projects)
    signatures = list(itertools.product(_NAMES, _PLACES))
    draw.shuffle(signatures)
    asked, told = itertools.cycle(questions), itertools.cycle(projects)
    signed = itertools.cycle(signatures)
    count = 0
    while True:
        conversation = []
        for _ in range(PER_CONVERSATION):
            count += 1
            text = next(told) if mix != "questions" and count % 3 == 0 else next(asked)
            if mix != "plain":
                name, place = next(signed)
                text = f"{text} – {name}, {place}"
            conversation.append(text)
        yield conversation
