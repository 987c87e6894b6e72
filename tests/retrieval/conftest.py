"""Starts of the advisor's parts on data folders of the test's own, with one MiniLM for all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import make_settings

from hiring_advisor.bootstrap import Parts
from hiring_advisor.retrieval.retriever import Retrieval

QUESTION = "Can freelancers build production-grade AI?"
ANSWER = "faq/production-grade"

Start = Callable[..., Parts]


@pytest.fixture
def start(parts: Parts) -> Start:
    """Put the parts together on a data folder: `start(folder, **settings)`; no index yet.

    The embedder is the one of all tests, which remembers what it embedded: a start is cheap.
    """

    def start_one(data_dir: Path, **given: str) -> Parts:
        fresh = Parts(make_settings(data_dir, **given))
        if "ADVISOR_EMBEDDING" not in given:
            fresh.embedder = parts.embedder
        return fresh

    return start_one


@pytest.fixture
def data_dir(built_data: Path, tmp_path: Path) -> Path:
    """A data folder with a built index that nobody has opened yet."""
    folder = tmp_path / "data"
    shutil.copytree(built_data / "index", folder / "index")
    return folder


def index_in(data_dir: Path) -> Path:
    """The folder of the index in use."""
    return data_dir / "index" / (data_dir / "index" / "CURRENT").read_text("utf-8")


def database_in(data_dir: Path) -> Path:
    """Chroma's database of the index in use."""
    return index_in(data_dir) / "chroma" / "chroma.sqlite3"


def sections(found: Retrieval) -> list[str]:
    """The sections that were found, best first."""
    return [passage.section_id for passage in found.passages]
