"""A copy of the content folder to break, and the article's source text, read by nothing of ours."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.conftest import CORPUS

SOURCE = CORPUS / "source" / "freelancers-vs-full-time-ai-engineers.txt"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A corpus folder of the test's own."""
    folder = tmp_path / "content"
    shutil.copytree(CORPUS, folder)
    return folder


@pytest.fixture(scope="session")
def source_lines() -> list[str]:
    """The lines of the source that belong to the article: no byline, no teasers of others."""
    lines = [line.strip() for line in SOURCE.read_text(encoding="utf-8").splitlines()]
    byline = {"eSparkbiz Technologies Pvt Ltd", "Chintan Gor CTO, eSparkBiz", "|"}
    kept = [line for line in lines[: lines.index("Related Blog")] if line not in byline]
    assert len(lines) - len(kept) > len(byline)
    return kept
