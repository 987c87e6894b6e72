"""What visitors ask that a section answers: `questions.toml`, indexed next to the section.

People's words for a thing are rarely the article's; a section is found by either.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hiring_advisor.corpus.chunking import Chunk
from hiring_advisor.errors import ContentError


def load_asked(folder: Path) -> dict[str, tuple[str, ...]]:
    """Read `questions.toml`: section id to questions. Raises `ContentError`."""
    try:
        data = tomllib.loads((folder / "questions.toml").read_text(encoding="utf-8"))
        return {section_id: tuple(entry["asked"]) for section_id, entry in data.items()}
    except OSError:
        raise ContentError("the corpus folder has no questions.toml.") from None
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ContentError(f"questions.toml cannot be used: {error}.") from error


def load_not_answered(folder: Path) -> tuple[str, ...]:
    """Read `not_answered.toml`: questions of the field that the corpus does not answer.

    Raises `ContentError`.
    """
    try:
        data = tomllib.loads((folder / "not_answered.toml").read_text(encoding="utf-8"))
        return tuple(question for topic in data.values() for question in topic["asked"])
    except OSError:
        raise ContentError("the corpus folder has no not_answered.toml.") from None
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ContentError(f"not_answered.toml cannot be used: {error}.") from error


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
