"""Builds of an index that are killed with -9 at random moments, each followed by a start.

One process imports and embeds everything; each build and each start is a fork of it, so that a
round costs tenths of a second. Run as a module with FOLDER, CORPUS and ROUNDS: prints the counts.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.conftest import ROOT, clean_environment, make_settings
from tests.retrieval.conftest import ANSWER, QUESTION, sections

from hiring_advisor.bootstrap import Parts

LONGEST_S = 0.5
START_LIMIT_S = 30.0


@dataclass
class Counts:
    """What was seen. `half_built`: rounds whose kill left a folder without a manifest."""

    rounds: int = 0
    bad: int = 0
    half_built: int = 0


def run(data_dir: Path, corpus: Path, rounds: int) -> Counts:
    """Run the rounds in a process of their own."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.retrieval.killed_builds", str(data_dir), str(corpus),
         str(rounds)],
        env={**clean_environment(), "PYTHONPATH": str(ROOT)},
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=800,
    )  # fmt: skip
    return Counts(**json.loads(ended.stdout.splitlines()[-1]))


def main(data_dir: Path, corpus: Path, rounds: int) -> None:
    """Kill builds, then see whether a start serves by vectors."""
    parent = parts_on(data_dir, corpus)
    parent.embedder.embed(parent.entries.texts)
    parent.embedder.embed([QUESTION])
    import chromadb  # noqa: F401

    chance = random.Random(7)
    counts = Counts()
    for _ in range(rounds):
        builder = os.fork()
        if builder == 0:
            build(data_dir, corpus, parent)
        time.sleep(chance.uniform(0.0, LONGEST_S))
        os.kill(builder, signal.SIGKILL)
        os.waitpid(builder, 0)
        counts.half_built += any(
            one.is_dir() and not (one / "manifest.json").exists()
            for one in (data_dir / "index").glob("*")
        )
        counts.rounds += 1
        counts.bad += not starts(data_dir, corpus, parent)
    print(json.dumps(asdict(counts)))


def parts_on(data_dir: Path, corpus: Path) -> Parts:
    return Parts(make_settings(data_dir, ADVISOR_CORPUS_DIR=str(corpus)))


def build(data_dir: Path, corpus: Path, parent: Parts) -> None:
    """Build one index after the other until killed."""
    fresh = parts_on(data_dir, corpus)
    fresh.embedder = parent.embedder
    while True:
        fresh.attach_index(rebuild=True)


def starts(data_dir: Path, corpus: Path, parent: Parts) -> bool:
    """Whether a start in a process of its own serves the right passage by vectors."""
    starter = os.fork()
    if starter == 0:
        fresh = parts_on(data_dir, corpus)
        fresh.embedder = parent.embedder
        attached = fresh.attach_index()
        found = fresh.retriever.retrieve(QUESTION)
        is_good = attached and not found.lexical_only and sections(found)[0] == ANSWER
        os._exit(0 if is_good else 1)
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        ended, status = os.waitpid(starter, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(0.01)
    os.kill(starter, signal.SIGKILL)
    os.waitpid(starter, 0)
    return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
