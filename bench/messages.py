"""What visitors send: the evals' questions and descriptions of projects, hardly one text twice."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

DATASETS = Path(__file__).resolve().parent.parent / "evals" / "datasets"
PER_CONVERSATION = 4
_WORD = re.compile(r"\b[A-Za-z](?=[a-z]{2})")


def texts(dataset: str) -> list[str]:
    """The texts of `questions` or `verdicts` (messages that describe a project)."""
    lines = (DATASETS / f"{dataset}.jsonl").read_text(encoding="utf-8").splitlines()
    return [str(one.get("question") or one["message"]) for one in map(json.loads, lines)]


def variant(text: str, number: int) -> str:
    """The text with one or two words begun in the other case: new to a cache, the same to read.

    Number 0 is the text itself; a text of n words has 1 + n + n(n-1)/2 variants.
    """
    places = [match.start() for match in _WORD.finditer(text)][:40]
    chosen = [(), *((place,) for place in places), *itertools.combinations(places, 2)]
    letters = list(text)
    for place in chosen[number % len(chosen)]:
        letters[place] = letters[place].swapcase()
    return "".join(letters)


def conversations(mix: str, seed: int, *, vary: bool = True) -> Iterator[list[str]]:
    """Conversations without end, each of `PER_CONVERSATION` messages; the same for the same seed.

    `mix`: `questions` or `projects` (descriptions of them) alone, `mixed` for a project after
    each two questions. Without `vary` the texts are as the datasets have them.
    """
    draw = random.Random(seed)
    questions, projects = texts("questions"), texts("verdicts")
    draw.shuffle(questions)
    draw.shuffle(projects)
    asked, told = itertools.cycle(questions), itertools.cycle(projects)
    count = 0
    while True:
        conversation = []
        for _ in range(PER_CONVERSATION):
            count += 1
            is_project = mix == "projects" or (mix == "mixed" and count % 3 == 0)
            text = next(told if is_project else asked)
            conversation.append(variant(text, draw.randrange(1_000_000)) if vary else text)
        yield conversation
