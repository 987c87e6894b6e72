"""Starts of the advisor's parts on data folders of the test's own, with one MiniLM for all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import CORPUS, make_settings

from hiring_advisor.bootstrap import Parts
from hiring_advisor.retrieval.retriever import Retrieval

QUESTION = "Can freelancers build production-grade AI?"
ANSWER = "faq/production-grade"

Start = Callable[..., Parts]


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped texts without visitors' questions: an index of them is built in no time."""
    folder = tmp_path_factory.mktemp("small") / "corpus"
    shutil.copytree(CORPUS, folder)
    for name in ("questions.toml", "not_answered.toml"):
        (folder / name).write_text("", "utf-8")
    return folder


@pytest.fixture(scope="session")
def start(parts: Parts, small_corpus: Path) -> Start:
    """Put the parts together on a data folder: `start(folder, **settings)`; no index yet.

    The corpus is the small one unless another is given. The embedder is the one of all tests,
    which remembers what it embedded: a start is cheap.
    """

    def start_one(data_dir: Path, **given: str) -> Parts:
        fresh = Parts(make_settings(data_dir, **{"ADVISOR_CORPUS_DIR": str(small_corpus), **given}))
        if "ADVISOR_EMBEDDING" not in given:
            fresh.embedder = parts.embedder
        return fresh

    return start_one


@pytest.fixture(scope="session")
def small_data(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an index of the small corpus; not to be changed."""
    folder = tmp_path_factory.mktemp("small-data")
    assert start(folder).attach_index()
    return folder


@pytest.fixture
def data_dir(small_data: Path, tmp_path: Path) -> Path:
    """A data folder with an index of the small corpus that nobody has opened yet."""
    return copied(small_data, tmp_path / "data")


@pytest.fixture
def shipped_data_dir(built_data: Path, tmp_path: Path) -> Path:
    """The same of the shipped corpus, which is large enough for files of vectors."""
    return copied(built_data, tmp_path / "shipped")


def copied(data_dir: Path, to: Path) -> Path:
    """A copy of the index of a data folder."""
    shutil.copytree(data_dir / "index", to / "index")
    return to


def index_in(data_dir: Path) -> Path:
    """The folder of the index in use."""
    return data_dir / "index" / (data_dir / "index" / "CURRENT").read_text("utf-8")


def database_in(data_dir: Path) -> Path:
    """Chroma's database of the index in use."""
    return index_in(data_dir) / "chroma" / "chroma.sqlite3"


def sections(found: Retrieval) -> list[str]:
    """The sections that were found, best first."""
    return [passage.section_id for passage in found.passages]
