"""A server in a process of its own that tells its address through a pipe."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any


@contextmanager
def beside(serve: Callable[[Any], None]) -> Iterator[tuple[str, Connection]]:
    """Run `serve(pipe)` beside; gives what it sends first, its address, and the pipe to it.

    `serve` ends when the pipe is closed.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    server = spawn.Process(target=serve, args=(theirs,))
    server.start()
    theirs.close()
    try:
        yield ours.recv(), ours
    finally:
        ours.close()
        server.join(10)
