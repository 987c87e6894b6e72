"""The rubric's version: no edit goes unseen."""

from __future__ import annotations

import random
from pathlib import Path

from tests.conftest import CORPUS
from tests.scoring.conftest import edit

from hiring_advisor.corpus import rubric as rubrics
from hiring_advisor.scoring.tool import ScoringTool


def test_the_version_names_the_file_s_every_character(content: Path) -> None:
    file = content / "rubric.toml"
    text = file.read_text(encoding="utf-8")
    versions = {rubrics.load(content).version}
    dice = random.Random(4)
    lines = text.splitlines(keepends=True)
    # A comment at the end of any line is TOML still; inside a wording any letter may change.
    blank = [at for at, line in enumerate(lines) if line == "\n"]
    edits = [
        "".join([*lines[:at], comment, *lines[at:]])
        for at in dice.sample(blank, 12)
        for comment in ("#\n", " \n")
    ]
    words = [at for at in range(len(text)) if text.startswith("why = ", at)]
    edits += [f"{text[: at + 7]}x{text[at + 8 :]}" for at in dice.sample(words, 12)]
    edits += [text + "\n", text.replace('version = "1.0"', 'version = "1.1"')]
    for edited in edits:
        file.write_text(edited, encoding="utf-8")
        versions.add(rubrics.load(content).version)
    assert len(versions) == len(set(edits)) + 1


def test_the_version_is_the_same_for_the_same_file(content: Path) -> None:
    assert rubrics.load(content).version == rubrics.load(CORPUS).version


def test_a_recommendation_names_the_rubric_it_was_made_by(content: Path) -> None:
    before = ScoringTool(rubrics.load(content)).call({"stage": "staged"})
    edit(content, "full_margin = 60", "full_margin = 61")
    after = ScoringTool(rubrics.load(content)).call({"stage": "staged"})
    assert before.rubric_version != after.rubric_version
    assert before.profile_hash == after.profile_hash
