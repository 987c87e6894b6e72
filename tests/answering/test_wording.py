"""`wording.toml` fits the corpus line by line, or is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import CORPUS

from hiring_advisor.answering.wording import load_wording
from hiring_advisor.bootstrap import Parts
from hiring_advisor.errors import ContentError
from hiring_advisor.retrieval.retriever import Passage


def test_fragments_of_the_article_are_said_as_sentences(
    parts: Parts, passages: list[Passage]
) -> None:
    wording = load_wording(CORPUS, parts.library.chunks)
    for passage in passages:
        for statement in passage.statements:
            if statement.kind == "sentence":
                continue
            said = wording.say(statement)
            assert said.endswith("."), said
            assert said[0].isupper()
            assert "|" not in said
            assert "→" not in said


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('["faq/both"]\nsay = ["One line only."]', "faq/both: wants 2 lines"),
        ('["faq/both"]\nsay = "text"', "faq/both: wants 2 lines"),
        ('["no/such/section"]\nsay = ["A line."]', "names the section no/such/section"),
        ("[", "not valid TOML"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    parts: Parts, tmp_path: Path, content: str, complaint: str
) -> None:
    (tmp_path / "wording.toml").write_text(content, encoding="utf-8")
    with pytest.raises(ContentError, match=complaint):
        load_wording(tmp_path, parts.library.chunks)


def test_a_missing_file_is_named(parts: Parts, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"no wording\.toml"):
        load_wording(tmp_path, parts.library.chunks)
