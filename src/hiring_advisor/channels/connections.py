"""The HTTP protocol with deadlines: uvicorn waits for a peer for ever.

No more connections are held than the system has file descriptors for: who comes then is told to
come again. A connection is dropped when a request's head is late or too large, when a body goes
on long after its answer, when bytes come that are neither head nor body, and when nobody reads
what was answered. Bodies that are wanted have their own deadline where they are read.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from hiring_advisor.channels.headers import secured
from hiring_advisor.channels.problems import problem

if TYPE_CHECKING:
    from fastapi import Response
    from uvicorn._types import ASGI3Application

HEAD_DEADLINE_S = 10.0
IDLE_DEADLINE_S = 20.0  # past uvicorn's own, which any stray byte switches off
LINGER_S = 3.0
WRITE_DEADLINE_S = 30.0
MAX_HEAD_BYTES = 64 * 1024
MAX_FRAMING_BYTES = 1024 * 1024
MAX_PIPELINED = 64
MAX_CONNECTIONS = 8192
OTHER_FILES = 128  # what the index, the database and the model's lines keep open
RETRY_AFTER_S = 5


_NO_HTTP = problem(400, "Unusable input", "This is not a valid HTTP request.")
_FULL = problem(
    503,
    "Too many connections",
    "Too many visitors are here at once: please try again in a few seconds.",
    **{"retry-after": str(RETRY_AFTER_S)},
)


def raise_file_limit() -> None:
    """Let this process and its children have as many files as the system grants without asking."""
    with suppress(ImportError, OSError, ValueError):  # not on Windows, and not everywhere else
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MAX_CONNECTIONS + OTHER_FILES
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@cache
def most_connections() -> int:
    """How many connections this process holds: what the system lets it, other files apart."""
    try:
        import resource
    except ImportError:
        return MAX_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(1, min(MAX_CONNECTIONS, soft - OTHER_FILES))


class DeadlineProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with a clock on each thing that a peer can keep us waiting for."""

    _clock: asyncio.TimerHandle | None = None
    _write_clock: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _framing_bytes = 0
    _in_head = True
    _at_work: RequestResponseCycle | None = None
    _is_too_many = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: a connection that says nothing is dropped as well."""
        super().connection_made(transport)
        self._is_too_many = len(self.connections) > most_connections()
        self._start_clock(LINGER_S if self._is_too_many else HEAD_DEADLINE_S)

    def data_received(self, data: bytes) -> None:
        """Count what is not body: heads, and the chunk sizes and trailers around a body."""
        if self._is_too_many:
            # Told only now: an answer before the request would be lost with the connection.
            self._refuse(_FULL)
            return
        if self._in_head:
            self._head_bytes += len(data)
        else:
            self._framing_bytes += len(data)
        super().data_received(data)
        # A head may come in one piece with its body: only one that is still open is too large.
        if (
            (self._in_head and self._head_bytes > MAX_HEAD_BYTES)
            or self._framing_bytes > MAX_FRAMING_BYTES
            or len(self.pipeline) > MAX_PIPELINED
        ):
            self._drop()

    def on_message_begin(self) -> None:
        """A new head begins; the first one's clock runs since the connection was made."""
        super().on_message_begin()
        if not self._in_head:
            self._in_head = True
            self._head_bytes = 0
            self._start_clock(HEAD_DEADLINE_S)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a line of the head; trailers behind a body are read by nobody."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there: the clock stops."""
        self._in_head = False
        self._framing_bytes = 0
        self._stop_clock()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._framing_bytes -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole; where it is answered already, a next one may come."""
        super().on_message_complete()
        if self.cycle.response_complete:
            self._start_clock(IDLE_DEADLINE_S)

    def on_response_complete(self) -> None:
        """The answer is out. What is left of the body is read for a moment: to close at once
        would reset the connection, and the peer might never see the answer.
        """
        super().on_response_complete()
        if self.cycle.response_complete and not self._in_head:
            has_rest = self.cycle.more_body or self.transport.is_closing()
            self._start_clock(LINGER_S if has_rest else IDLE_DEADLINE_S)

    def pause_writing(self) -> None:
        """The peer reads more slowly than we write: it has to catch up."""
        super().pause_writing()
        if self._write_clock is None:
            self._write_clock = self.loop.call_later(WRITE_DEADLINE_S, self._drop)

    def resume_writing(self) -> None:
        """The peer has caught up."""
        super().resume_writing()
        self._stop_write_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        self._stop_clock()
        self._stop_write_clock()
        self._forget_requests()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the words of all our errors."""
        self._refuse(_NO_HTTP)

    def _refuse(self, answer: Response) -> None:
        head = [STATUS_LINE[answer.status_code]]
        for name, value in [*secured(answer.raw_headers), (b"connection", b"close")]:
            head += [name, b": ", value, b"\r\n"]
        self.transport.write(b"".join([*head, b"\r\n", bytes(answer.body)]))
        self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._at_work = cycle
        super()._start_asgi_task(cycle, app)

    def _start_clock(self, seconds: float) -> None:
        self._stop_clock()
        self._clock = self.loop.call_later(seconds, self._drop)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _stop_write_clock(self) -> None:
        if self._write_clock is not None:
            self._write_clock.cancel()
            self._write_clock = None

    def _drop(self) -> None:
        self._forget_requests()
        # Not `close`, which waits for as long as the peer does not read what is still to be sent.
        self.transport.abort()

    def _forget_requests(self) -> None:
        """Let the request at work know that nobody waits, and begin none of those in line:
        uvicorn tells the last one alone, and writing to a connection that is gone is an error.
        """
        self.pipeline.clear()
        if self._at_work is not None:
            self._at_work.disconnected = True
            self._at_work.message_event.set()
