"""The index among processes: killed while building, locked, on a full or read-only disk."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT, clean_environment
from tests.retrieval.conftest import ANSWER, QUESTION, Start, database_in, index_in, sections

Another = Callable[[str, Path], AbstractContextManager[subprocess.Popen[str]]]


@pytest.fixture
def another(small_corpus: Path) -> Another:
    """A process that does a job: `with another("build", folder) as process`."""
    return lambda job, folder: _another(job, folder, small_corpus)


@contextmanager
def _another(job: str, folder: Path, corpus: Path) -> Iterator[subprocess.Popen[str]]:
    """The process, from the moment it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.retrieval.another_process", job, str(folder), str(corpus)],
        env={**clean_environment(), "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == "ready\n", process.communicate(timeout=10)
        yield process
    finally:
        process.kill()
        process.communicate()


def outcome(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Let it go on and return what it found."""
    out, errors = process.communicate("go\n", timeout=60)
    assert process.returncode == 0, errors
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.mark.parametrize("reached", ["chroma", "chroma/chroma.sqlite3", "manifest.json"])
def test_a_build_that_is_killed_leaves_a_good_start(
    tmp_path: Path, start: Start, another: Another, reached: str
) -> None:
    """Killed with -9 as soon as a new index has come that far."""
    data_dir = tmp_path / "data"
    with another("build", data_dir) as process:
        deadline = time.monotonic() + 30
        while not list((data_dir / "index").glob(f"*/{reached}")):
            assert time.monotonic() < deadline
            assert process.poll() is None
        process.kill()
        process.wait()
    parts = start(data_dir)
    assert ANSWER in sections(parts.retriever.retrieve(QUESTION))
    assert parts.attach_index()
    found = parts.retriever.retrieve(QUESTION)
    assert not found.lexical_only
    assert sections(found)[0] == ANSWER


def test_a_rebuild_that_is_killed_at_any_moment_keeps_a_good_index(
    data_dir: Path, start: Start, another: Another
) -> None:
    for after_s in (0.05, 0.25):
        with another("build", data_dir) as process:
            time.sleep(after_s)
            process.kill()
            process.wait()
        parts = start(data_dir)
        assert parts.attach_index()
        assert sections(parts.retriever.retrieve(QUESTION))[0] == ANSWER
        assert index_in(data_dir).is_dir()


def test_two_processes_that_start_at_once_both_serve(
    tmp_path: Path, start: Start, another: Another
) -> None:
    data_dir = tmp_path / "data"
    with another("start", data_dir) as one, another("start", data_dir) as other:
        for process in (one, other):
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        both = [outcome(one), outcome(other)]
    for found in both:
        assert found["attached"]
        assert not found["lexical_only"]
        assert found["sections"][0] == ANSWER
    parts = start(data_dir)
    assert parts.attach_index()
    assert sections(parts.retriever.retrieve(QUESTION))[0] == ANSWER


def test_a_locked_index_does_not_keep_a_visitor_waiting(
    data_dir: Path, start: Start, another: Another
) -> None:
    parts = start(data_dir)
    assert parts.attach_index()
    with another("hold", database_in(data_dir)):
        for _ in range(2):
            before = time.monotonic()
            found = parts.retriever.retrieve(QUESTION)
            assert time.monotonic() - before < 1.5
            assert ANSWER in sections(found)
    # Chroma looks again for the lock now and then.
    deadline = time.monotonic() + 20
    while parts.retriever.retrieve(QUESTION).lexical_only:
        assert time.monotonic() < deadline


def test_a_start_on_a_locked_index_freezes_nothing(
    data_dir: Path, start: Start, another: Another
) -> None:
    """Chroma waits for the lock with the interpreter's own lock in hand: no thread would move."""
    parts = start(data_dir)
    assert ANSWER in sections(parts.retriever.retrieve(QUESTION))
    gaps: list[float] = []
    stopped = threading.Event()

    def tick() -> None:
        last = time.monotonic()
        while not stopped.wait(0.02):
            gaps.append(time.monotonic() - last)
            last = time.monotonic()

    with another("hold", database_in(data_dir)) as holder:
        # Whatever happens, the lock ends before the test's own limit.
        end = threading.Timer(15, holder.kill)
        end.start()
        ticking = threading.Thread(target=tick)
        ticking.start()
        opening = parts.attach_index_soon()
        opening.join(10)
        still_open = opening.is_alive()
        stopped.set()
        ticking.join()
        end.cancel()
    assert max(gaps, default=0.0) < 2
    assert not still_open
    assert ANSWER in sections(parts.retriever.retrieve(QUESTION))


def test_a_full_disk_leaves_words_alone_to_answer(
    tmp_path: Path, start: Start, another: Another
) -> None:
    data_dir = tmp_path / "data"
    with another("full", data_dir) as process:
        found = outcome(process)
    assert found["lexical_only"]
    assert ANSWER in found["sections"]
    parts = start(data_dir)
    assert parts.attach_index()
    assert sections(parts.retriever.retrieve(QUESTION))[0] == ANSWER


@pytest.mark.parametrize("is_built", [True, False], ids=["built", "not built"])
def test_a_read_only_folder_still_answers(data_dir: Path, another: Another, is_built: bool) -> None:
    index = index_in(data_dir)
    if not is_built:
        (data_dir / "index" / "CURRENT").unlink()
    with another("read_only", data_dir) as process:
        _let_others_read(data_dir)
        try:
            found = outcome(process)
        finally:
            data_dir.chmod(0o755)
            for folder in (one for one in data_dir.rglob("*") if one.is_dir()):
                folder.chmod(0o755)
    assert ANSWER in found["sections"]
    assert found["seconds"] < 10
    assert index.is_dir()


def _let_others_read(data_dir: Path) -> None:
    """Everyone may read below the folder and enter all above it; nobody may write."""
    for one in (data_dir, *data_dir.rglob("*")):
        one.chmod(0o555 if one.is_dir() else 0o444)
    for above in data_dir.parents:
        mode = above.stat().st_mode
        if not mode & stat.S_IXOTH and above.stat().st_uid == os.geteuid():
            above.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
