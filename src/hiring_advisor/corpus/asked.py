"""What visitors ask that a section answers: `questions.toml`, indexed next to the section.

People's words for a thing are rarely the article's; a section is found by either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hiring_advisor.corpus.chunking import Chunk
from hiring_advisor.corpus.content import read_toml
from hiring_advisor.errors import ContentError


def load_asked(folder: Path) -> dict[str, tuple[str, ...]]:
    """Read `questions.toml`: section id to questions. Raises `ContentError`."""
    return _read(folder, "questions.toml")


def load_not_answered(folder: Path) -> tuple[str, ...]:
    """Read `not_answered.toml`: questions of the field that the corpus does not answer.

    Raises `ContentError`.
    """
    topics = _read(folder, "not_answered.toml").values()
    return tuple(question for questions in topics for question in questions)


def _read(folder: Path, name: str) -> dict[str, tuple[str, ...]]:
    """The questions under each heading of such a file."""
    data = read_toml(folder, name)
    for place, entry in data.items():
        asked = entry.get("asked") if isinstance(entry, dict) else None
        if not isinstance(asked, list) or not all(isinstance(one, str) for one in asked):
            raise ContentError(f"{name}, {place}: wants `asked`, a list of questions.")
    return {place: tuple(entry["asked"]) for place, entry in data.items()}


def attach(chunks: Sequence[Chunk], asked: Mapping[str, Sequence[str]]) -> list[Chunk]:
    """Give each chunk the questions of its section; of a section in several chunks, each question
    goes to the chunk that shares most words with it. Raises `ContentError` for unknown sections.
    """
    by_section: dict[str, list[int]] = {}
    for number, chunk in enumerate(chunks):
        by_section.setdefault(chunk.section_id, []).append(number)
    unknown = sorted(set(asked) - set(by_section))
    if unknown:
        raise ContentError(f"questions.toml names {', '.join(unknown)}, which no section is.")
    given: dict[int, list[str]] = {}
    for section_id, questions in asked.items():
        numbers = by_section[section_id]
        words = {number: _words(chunks[number].text) for number in numbers}
        for question in questions:
            own = _words(question)
            best = max(numbers, key=lambda number: (len(own & words[number]), -number))
            given.setdefault(best, []).append(question)
    return [
        replace(chunk, asked=tuple(given.get(number, ()))) for number, chunk in enumerate(chunks)
    ]


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9]+", text.lower()) if len(word) > 3}
