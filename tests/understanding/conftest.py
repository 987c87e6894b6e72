"""The local reader with the repository's own rubric and cues."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hiring_advisor.bootstrap import Parts
from hiring_advisor.understanding import cues
from hiring_advisor.understanding.local import LocalReader
from hiring_advisor.understanding.messages import Message

Read = Callable[[str], dict[str, str]]


@pytest.fixture(scope="session")
def reader(parts: Parts) -> LocalReader:
    """The local reader alone, as the advisor has it."""
    return LocalReader(parts.rubric, cues.load(parts.settings.corpus_dir, parts.rubric))


@pytest.fixture(scope="session")
def read(reader: LocalReader) -> Read:
    """What the local reader makes of one message: fact name to value."""

    def read_one(text: str) -> dict[str, str]:
        facts = reader.read(Message("m1", "visitor", text))
        return {name: fact.value for name, fact in facts.items()}

    return read_one
