"""A folder that takes no writes: refused at the start, or served from memory where that is allowed.

Root may write where permissions say no, so the folder is a real read-only mount where the tests
run as root, and a folder without permissions where they do not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import CORPUS, clean_environment
from tests.storage.conftest import turn_for

from hiring_advisor.errors import NotFound, StorageUnavailable
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database
from hiring_advisor.storage.held import Held
from hiring_advisor.storage.steady import SteadyConversations


def mount(*arguments: str) -> None:
    subprocess.run([*arguments], check=True, capture_output=True)


class Folder:
    """A folder that can be made read-only, and writable again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_root = os.geteuid() == 0
        if self.is_root:
            mount("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(path))

    def set(self, *, writable: bool) -> None:
        if self.is_root:
            mount("mount", "-o", f"remount,{'rw' if writable else 'ro'}", str(self.path))
        else:
            for one in (self.path, *self.path.iterdir()):
                one.chmod(0o700 if writable else 0o500)

    def end(self) -> None:
        if self.is_root:
            mount("umount", "-l", str(self.path))
        else:
            self.set(writable=True)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    path = tmp_path / "small"
    path.mkdir()
    folder = Folder(path)
    yield folder
    folder.end()


def url(folder: Folder) -> str:
    return f"sqlite:///{folder.path}/advisor.db"


@pytest.mark.parametrize("is_there", [False, True])
async def test_a_start_without_a_place_to_write_is_refused_with_one_sentence(
    folder: Folder, is_there: bool
) -> None:
    if is_there:
        database = Database(url(folder))
        await database.open()
        await database.close()
    folder.set(writable=False)
    database = Database(url(folder))
    with pytest.raises(StorageUnavailable, match="read-only") as refused:
        await database.open()
    await database.close()
    assert "ADVISOR_ALLOW_UNSTORED" in refused.value.message
    assert refused.value.message.count(".") == 1
    assert list(folder.path.glob("*damaged*")) == []


def test_the_server_says_so_in_one_line_and_does_not_start(folder: Folder, tmp_path: Path) -> None:
    folder.set(writable=False)
    ended = subprocess.run(
        [sys.executable, "-m", "hiring_advisor", "serve", "--port", "0"],
        env={
            **clean_environment(),
            "ADVISOR_DATA_DIR": str(folder.path / "data"),
            "ADVISOR_CORPUS_DIR": str(CORPUS),
        },
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    [line] = ended.stderr.splitlines()
    assert line.startswith("The database is read-only")


async def test_where_it_is_allowed_nothing_is_stored_and_everything_answered(
    folder: Folder,
) -> None:
    folder.set(writable=False)
    steady = SteadyConversations(Database(url(folder)), held=Held(max_turns=5))
    await steady.open(allow_unstored=True)
    talks = []
    for _ in range(8):
        new = await steady.create(30)
        accepted = await steady.accept(new.conversation_id, "m-1", "Hello")
        assert not await steady.finish(turn_for(new.conversation_id, accepted))
        [turn] = await steady.turns(new.conversation_id)
        assert (turn.seq, turn.status, turn.view()["saved"]) == (1, "done", False)
        talks.append(new)
    assert await steady.state() == "degraded"
    assert steady.unsaved <= 5
    # The oldest made room; the newest is there, for its holder alone, until it is erased.
    with pytest.raises(StorageUnavailable):
        await steady.turns(talks[0].conversation_id)
    await steady.authorise(talks[-1].conversation_id, talks[-1].token)
    await steady.delete(talks[-1].conversation_id)
    with pytest.raises((NotFound, StorageUnavailable)):
        await steady.authorise(talks[-1].conversation_id, talks[-1].token)

    folder.set(writable=True)
    await steady.tend()
    assert (await steady.state(), steady.unsaved) == ("ok", 0)
    kept = await Conversations(steady._database).turns(talks[-2].conversation_id)
    assert [turn.status for turn in kept] == ["done"]
    await steady.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="a disk of its own is mounted by root alone")
async def test_a_disk_that_is_really_full_costs_nothing_but_the_saving(folder: Folder) -> None:
    steady = SteadyConversations(Database(url(folder)))
    await steady.open()
    new = await steady.create(30)
    first = await steady.accept(new.conversation_id, None, "Hello")
    with (folder.path / "filler").open("wb", buffering=0) as filler:
        while True:
            try:
                filler.write(b"x" * 65536)
            except OSError:
                break
    accepted = [await steady.accept(new.conversation_id, None, "words " * 2000) for _ in range(20)]
    assert steady.unsaved > 0
    assert await steady.state() == "degraded"
    (folder.path / "filler").unlink()
    await steady.flush()

    stored = await Conversations(steady._database).turns(new.conversation_id)
    assert [one.turn_id for one in stored] == [one.turn_id for one in (first, *accepted)]
    async with steady._database.engine.connect() as connection:
        checked = await connection.exec_driver_sql("PRAGMA integrity_check")
        assert checked.scalars().all() == ["ok"]
    await steady.close()
