"""Whatever becomes of the index folder, a question gets its passage, and the next start repairs.

Each folder is damaged before anybody opened it: Chroma keeps what it has opened in memory.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.conftest import CORPUS
from tests.retrieval.conftest import ANSWER, QUESTION, Start, database_in, index_in, sections

from hiring_advisor.bootstrap import Parts

Damage = Callable[[Path], object]


def hnsw_in(data_dir: Path) -> Path:
    (folder,) = (one for one in database_in(data_dir).parent.iterdir() if one.is_dir())
    return folder


def current(data_dir: Path) -> Path:
    return data_dir / "index" / "CURRENT"


def empty(data_dir: Path) -> None:
    shutil.rmtree(data_dir / "index")
    (data_dir / "index").mkdir()


def overwrite(data_dir: Path, at: int = 0) -> None:
    with database_in(data_dir).open("r+b") as file:
        file.seek(at)
        file.write(b"\xff" * 8000)


def lose_rows(data_dir: Path) -> None:
    with closing(sqlite3.connect(database_in(data_dir))) as database:
        database.execute("DELETE FROM embeddings WHERE rowid % 2")
        database.execute("DELETE FROM embeddings_queue WHERE rowid % 2")
        database.commit()


def fill_vectors(data_dir: Path, byte: bytes, name: str = "data_level0.bin") -> None:
    file = hnsw_in(data_dir) / name
    file.write_bytes(byte * file.stat().st_size)


OF_CHROMA: dict[str, Damage] = {
    "folder gone": lambda data: shutil.rmtree(data / "index"),
    "folder empty": empty,
    "database overwritten": overwrite,
    "database overwritten inside": lambda data: overwrite(data, 40_000),
    "database truncated": lambda data: os.truncate(database_in(data), 20_000),
    "database emptied": lambda data: os.truncate(database_in(data), 0),
    "database removed": lambda data: database_in(data).unlink(),
    "half the rows gone": lose_rows,
}
OF_VECTORS: dict[str, Damage] = {
    "vectors' folder removed": lambda data: shutil.rmtree(hnsw_in(data)),
    "vectors' header cut": lambda data: os.truncate(hnsw_in(data) / "header.bin", 50),
    "vectors zeroed": lambda data: fill_vectors(data, b"\x00"),
    "vectors overwritten": lambda data: fill_vectors(data, b"\xff"),
    "vectors' links zeroed": lambda data: fill_vectors(data, b"\x00", "link_lists.bin"),
}
OF_OURS: dict[str, Damage] = {
    "CURRENT pointing nowhere": lambda data: current(data).write_text("nowhere"),
    "CURRENT pointing outside": lambda data: current(data).write_text("../../elsewhere"),
    "CURRENT empty": lambda data: os.truncate(current(data), 0),
    "CURRENT no text": lambda data: current(data).write_bytes(b"\xff\x00"),
    "no CURRENT": lambda data: current(data).unlink(),
    "no manifest": lambda data: (index_in(data) / "manifest.json").unlink(),
    "manifest cut": lambda data: os.truncate(index_in(data) / "manifest.json", 9),
    "manifest empty": lambda data: (index_in(data) / "manifest.json").write_text("{}"),
}


DAMAGES = OF_CHROMA | OF_OURS


def is_repaired(parts: Parts) -> None:
    """Questions are answered before the index is attached, and by vectors afterwards."""
    meanwhile = parts.retriever.retrieve(QUESTION)
    assert meanwhile.lexical_only
    assert ANSWER in sections(meanwhile)
    assert parts.attach_index()
    found = parts.retriever.retrieve(QUESTION)
    assert not found.lexical_only
    assert sections(found)[0] == ANSWER


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_index_is_repaired_and_questions_are_answered_meanwhile(
    data_dir: Path, start: Start, damage: Damage
) -> None:
    damage(data_dir)
    is_repaired(start(data_dir))


@pytest.mark.parametrize("damage", OF_VECTORS.values(), ids=OF_VECTORS)
def test_damaged_files_of_vectors_are_noticed_before_they_are_read(
    shipped_data_dir: Path, start: Start, damage: Damage
) -> None:
    """Chroma reads most of them without an error, and the whole process dies of some."""
    before = index_in(shipped_data_dir)
    damage(shipped_data_dir)
    is_repaired(start(shipped_data_dir, ADVISOR_CORPUS_DIR=str(CORPUS)))
    assert index_in(shipped_data_dir) != before


@pytest.mark.parametrize("name", ["folder gone", "database overwritten", "database truncated"])
def test_an_index_that_is_damaged_while_it_is_open_still_finds_the_passage(
    data_dir: Path, start: Start, name: str
) -> None:
    parts = start(data_dir)
    assert parts.attach_index()
    DAMAGES[name](data_dir)
    assert ANSWER in sections(parts.retriever.retrieve(QUESTION))


def test_a_folder_that_cannot_be_made_leaves_words_alone_to_answer(
    tmp_path: Path, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    data_dir = tmp_path / "data"
    data_dir.write_text("a file where the folder should be")
    parts = start(data_dir)
    assert not parts.attach_index()
    found = parts.retriever.retrieve(QUESTION)
    assert found.lexical_only
    assert ANSWER in sections(found)
    assert "rights" in caplog.text
    assert str(tmp_path) not in caplog.text
