"""The HTTP protocol with deadlines: uvicorn waits for a request's head for ever.

A connection that has not sent a whole head by `HEAD_DEADLINE_S`, or sends more than
`MAX_HEAD_BYTES` of it, is closed. Bodies have their own deadline where they are read.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_DEADLINE_S = 10.0
MAX_HEAD_BYTES = 64 * 1024


class DeadlineProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with a clock on each request's head."""

    _clock: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: a connection that says nothing is closed as well."""
        super().connection_made(transport)
        self._start_clock()

    def data_received(self, data: bytes) -> None:
        """Count the bytes of a head that is not complete."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        # A head may come in one piece with its body: only one that is still open is too large.
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._close()

    def on_message_begin(self) -> None:
        """A new head begins; the first one's clock runs since the connection was made."""
        super().on_message_begin()
        if not self._in_head:
            self._in_head = True
            self._head_bytes = 0
            self._start_clock()

    def on_headers_complete(self) -> None:
        """The head is there: the clock stops."""
        self._in_head = False
        self._stop_clock()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        self._stop_clock()
        super().connection_lost(exc)

    def _start_clock(self) -> None:
        self._stop_clock()
        self._clock = self.loop.call_later(HEAD_DEADLINE_S, self._close)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
