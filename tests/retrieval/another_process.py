"""What another process does to an index folder, run as a module with JOB, FOLDER and CORPUS.

`hold`      locks the database of FOLDER for itself until stdin ends
`build`     builds indexes in FOLDER, one after the other, until it is killed
`nursery`   the same in a child for each line of stdin, which somebody kills
`start`     opens or builds the index of FOLDER and answers a question
`full`      the same on a disk that takes no more than a few bytes
`read_only` the same as a user who may read everything and write nothing

Each says `ready` before it does what may go wrong; the last three then print what they found.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.conftest import make_settings
from tests.retrieval.conftest import QUESTION

from hiring_advisor.bootstrap import Parts

NOBODY = 65534


def hold(database: Path) -> None:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    ready()
    sys.stdin.read()


def build(data_dir: Path) -> None:
    parts = warm(data_dir)
    ready()
    while True:
        parts.attach_index(rebuild=True)


def nursery(data_dir: Path) -> None:
    """A child that builds for each line of stdin; says its number, and `gone` after its end."""
    parts = warm(data_dir)
    ready()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            while True:
                parts.attach_index(rebuild=True)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


def start(data_dir: Path, prepare: Callable[[], None] = lambda: None) -> None:
    parts = warm(data_dir)
    prepare()
    ready()
    sys.stdin.readline()
    before = time.monotonic()
    attached = parts.attach_index()
    found = parts.retriever.retrieve(QUESTION)
    print(
        json.dumps(
            {
                "attached": attached,
                "lexical_only": found.lexical_only,
                "sections": [passage.section_id for passage in found.passages],
                "seconds": time.monotonic() - before,
            }
        )
    )


def fill_disk() -> None:
    # Writing beyond the limit then fails as it does on a full disk, for root as well.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def become_nobody() -> None:
    if os.geteuid() == 0:
        os.setegid(NOBODY)
        os.seteuid(NOBODY)


def warm(data_dir: Path) -> Parts:
    """The parts on a data folder, with all that they import and load later loaded now."""
    import chromadb  # noqa: F401

    parts = Parts(make_settings(data_dir, ADVISOR_CORPUS_DIR=sys.argv[3]))
    parts.embedder.embed([text for chunk in parts.library.chunks for text in chunk.texts])
    parts.embedder.embed(parts.library.not_answered)
    parts.retriever.retrieve(QUESTION)
    return parts


def ready() -> None:
    print("ready", flush=True)


JOBS: dict[str, Callable[[Path], None]] = {
    "hold": hold,
    "build": build,
    "start": start,
    "nursery": nursery,
    "full": lambda data_dir: start(data_dir, fill_disk),
    "read_only": lambda data_dir: start(data_dir, become_nobody),
}

if __name__ == "__main__":
    JOBS[sys.argv[1]](Path(sys.argv[2]))
