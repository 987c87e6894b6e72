"""While the server runs: damage is noticed, words serve meanwhile, vectors come back by themselves.

Chroma keeps what it has opened in memory, so that most damage is seen on the disk alone.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.conftest import CORPUS, Figures, make_settings
from tests.retrieval.conftest import ANSWER, QUESTION, Start, index_in, sections
from tests.retrieval.test_damage import OF_CHROMA, OF_VECTORS, Damage

from hiring_advisor.bootstrap import Parts
from hiring_advisor.errors import IndexUnavailable
from hiring_advisor.retrieval.deadline import THREADS, Crew
from hiring_advisor.retrieval.embeddings import MiniLM

LOOK_EVERY_S = 0.2

Kept = Callable[..., Parts]


@pytest.fixture
def kept(start: Start) -> Iterator[Kept]:
    """Parts with a keeper that looks often; stopped at the end."""
    all_of_them: list[Parts] = []

    def make(data_dir: Path, **given: str) -> Parts:
        parts = start(data_dir, **given)
        all_of_them.append(parts)
        parts.keeper.look_every_s = parts.keeper.retry_s = LOOK_EVERY_S
        parts.attach_index_soon().join(60)
        return parts

    yield make
    for parts in all_of_them:
        parts.keeper.stop()


def until(is_so: Callable[[], object], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def is_served(parts: Parts) -> None:
    """A question gets its passage, now."""
    before = time.monotonic()
    assert ANSWER in sections(parts.retriever.retrieve(QUESTION))
    assert time.monotonic() - before < 5


@pytest.mark.figures
@pytest.mark.parametrize("name", [*OF_CHROMA, *OF_VECTORS])
def test_damage_while_it_is_open_is_noticed_and_mended(
    shipped_data_dir: Path, kept: Kept, name: str, caplog: pytest.LogCaptureFixture, figure: Figures
) -> None:
    parts = kept(shipped_data_dir, ADVISOR_CORPUS_DIR=str(CORPUS))
    before = index_in(shipped_data_dir)
    assert parts.keeper.state == "ok"
    damage: Damage = (OF_CHROMA | OF_VECTORS)[name]
    caplog.clear()
    damage(shipped_data_dir)
    began = time.monotonic()
    until(lambda: parts.keeper.state != "ok")
    noticed = time.monotonic() - began
    is_served(parts)
    until(lambda: parts.keeper.state == "ok")
    assert index_in(shipped_data_dir) != before
    assert not parts.retriever.retrieve(QUESTION).lexical_only
    warnings = [one.message for one in caplog.records if one.levelno >= logging.WARNING]
    assert len(warnings) == 1, warnings
    figure(f"index damaged while open: {name}: noticed", f"{noticed:.1f} s + the round", aim="60 s")


class Broken:
    """An open index whose queries fail in some way."""

    def __init__(self, query: Callable[[], Any]) -> None:
        self.place = "broken"
        self._query = query

    def query(self, vector: object, k: int) -> Any:
        return self._query()


def test_a_failing_query_calls_the_keeper_at_once(
    data_dir: Path, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing on disk tells: the keeper looks because a question failed."""
    parts = kept(data_dir)
    parts.keeper.look_every_s = 3600
    parts.keeper._wake.set()
    time.sleep(0.5)

    def fail() -> None:
        raise IndexUnavailable("The vector index gives numbers that are none.", "numbers")

    parts.retriever.use(Broken(fail))  # type: ignore[arg-type]
    caplog.clear()
    for _ in range(5):
        is_served(parts)
    until(lambda: parts.keeper.state == "ok" and parts.retriever.has_vectors)
    assert not parts.retriever.retrieve(QUESTION).lexical_only
    assert sum("out of reach" in one.message for one in caplog.records) == 1


def test_numbers_that_are_none_are_not_taken_for_distances(parts: Parts) -> None:
    from hiring_advisor.retrieval.index import VectorIndex

    class Collection:
        def query(self, **_: object) -> dict[str, object]:
            return {"ids": [["0", "1"]], "distances": [[float("nan"), 0.3]]}

    with pytest.raises(IndexUnavailable) as caught:
        VectorIndex(Collection()).query(np.ones(384, np.float32), 2)  # type: ignore[arg-type]
    assert caught.value.reason == "numbers"


def test_an_index_that_hangs_is_put_aside_after_one_deadline(start: Start, data_dir: Path) -> None:
    """However many questions come, a hang costs at most one second and four threads."""
    parts = start(data_dir)
    assert parts.attach_index()
    released = threading.Event()
    parts.retriever.use(Broken(released.wait))  # type: ignore[arg-type]
    threads = threading.active_count()
    before = time.monotonic()
    for _ in range(20):
        is_served(parts)
    assert time.monotonic() - before < 5
    assert threading.active_count() <= threads + THREADS
    assert parts.keeper.reason == "slow"
    released.set()


def test_a_crew_leaves_behind_what_hangs_and_ends_it_afterwards() -> None:
    crew = Crew()
    released = threading.Event()
    names = {one.ident for one in threading.enumerate()}
    with pytest.raises(IndexUnavailable):
        crew.run(0.05, released.wait)
    assert crew.run(5, lambda: "next") == "next"
    released.set()
    stuck = [one for one in threading.enumerate() if one.ident not in names]
    until(lambda: sum(one.is_alive() for one in stuck) <= 1)


def mounted(folder: Path, size: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB of its own."""
    folder = tmp_path / "disk"
    mounted(folder, "256k")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_said_and_forgotten_once_there_is_room(
    small_disk: Path, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    parts = kept(small_disk)
    assert parts.keeper.state == "degraded"
    assert parts.keeper.reason in {"full", "unwritable"}
    is_served(parts)
    time.sleep(1)
    assert sum("space" in one.message for one in caplog.records) == 1
    assert str(small_disk) not in caplog.text
    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    until(lambda: parts.keeper.state == "ok")
    assert not parts.retriever.retrieve(QUESTION).lexical_only


def test_a_disk_that_is_read_only_is_tried_again_by_itself(
    small_disk: Path, kept: Kept, data_dir: Path
) -> None:
    """A real read-only mount: it binds root as well."""
    subprocess.run(["mount", "-o", "remount,ro,size=200m", small_disk], check=True)
    parts = kept(small_disk)
    assert parts.keeper.state == "degraded"
    is_served(parts)
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    until(lambda: parts.keeper.state == "ok")


def test_an_index_that_serves_is_kept_when_a_rebuild_fails(
    small_disk: Path, start: Start, data_dir: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    shutil.copytree(data_dir / "index", small_disk / "index")
    parts = start(small_disk)
    assert parts.attach_index()
    (small_disk / "filler").write_bytes(b"\0" * (shutil.disk_usage(small_disk).free - 65536))
    assert not parts.attach_index(rebuild=True)
    assert not parts.retriever.retrieve(QUESTION).lexical_only
    (small_disk / "filler").unlink()
    assert parts.attach_index(rebuild=True)


def test_an_index_that_another_process_built_is_switched_to(
    data_dir: Path, kept: Kept, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    parts = kept(data_dir)
    assert start(data_dir).attach_index(rebuild=True)
    new = index_in(data_dir).name
    until(lambda: parts.keeper._index is not None and parts.keeper._index.place == new)
    assert not parts.retriever.retrieve(QUESTION).lexical_only
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


@pytest.mark.figures
def test_the_first_start_serves_by_words_until_the_index_is_built(
    tmp_path: Path, figure: Figures
) -> None:
    """The shipped corpus, with an embedder that remembers nothing."""
    parts = Parts(make_settings(tmp_path))
    parts.warm()
    parts.retriever.retrieve(QUESTION)
    began = time.monotonic()
    thread = parts.attach_index_soon()
    times: list[float] = []
    while thread.is_alive():
        before = time.monotonic()
        found = parts.retriever.retrieve(f"{QUESTION} {len(times)}")
        times.append(time.monotonic() - before)
        assert found.passages
        thread.join(0.05)
    parts.keeper.stop()
    figure("first start: seconds until vectors serve", f"{time.monotonic() - began:.1f}", aim="5")
    figure("questions while the index is built, p95 in ms",
           f"{np.percentile(times, 95) * 1e3:.0f}", aim="100")  # fmt: skip
    assert len(times) > 3


@pytest.mark.figures
def test_questions_during_a_rebuild_do_not_wait(shipped_data_dir: Path, figure: Figures) -> None:
    parts = Parts(make_settings(shipped_data_dir))
    assert parts.attach_index()
    thread = threading.Thread(target=parts.attach_index, kwargs={"rebuild": True})
    thread.start()
    times: list[float] = []
    while thread.is_alive():
        before = time.monotonic()
        found = parts.retriever.retrieve(f"{QUESTION} {len(times)}")
        times.append(time.monotonic() - before)
        assert not found.lexical_only
        thread.join(0.05)
    figure("questions by vectors during a rebuild, p95 in ms",
           f"{np.percentile(times, 95) * 1e3:.0f}", aim="100")  # fmt: skip
    assert len(times) > 3
    assert np.median(times) < 1


def test_a_question_does_not_wait_for_a_batch_that_is_embedded(
    parts: Parts, figure: Figures
) -> None:
    from hiring_advisor.bootstrap import MODELS

    minilm = MiniLM(MODELS)
    minilm.embed(["warm"])
    batch = threading.Thread(target=minilm.embed, args=([f"text number {n}" for n in range(400)],))
    batch.start()
    times: list[float] = []
    while batch.is_alive():
        before = time.monotonic()
        minilm.embed([f"a question {len(times)}"])
        times.append(time.monotonic() - before)
    batch.join()
    assert len(times) >= 5
    figure(
        "embedding one question while a build embeds, p95",
        f"{np.percentile(times, 95) * 1e3:.0f} ms",
        aim="100 ms",
    )
