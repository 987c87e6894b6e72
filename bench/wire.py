"""An HTTP/1.1 client that costs next to nothing: what measures must not be what is measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, cast

import httptools
import orjson

Listener = Callable[[bytes, float], None]


class Connection(asyncio.Protocol):
    """One connection that is kept open; requests go one after the other."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser: Any = None
        self._done: asyncio.Future[None] | None = None
        self._body = bytearray()
        self._listen: Listener | None = None
        self.status = 0

    @classmethod
    async def open(cls, port: int) -> Connection:
        """Connect to a port of the loopback interface."""
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_connection(cls, "127.0.0.1", port)
        return protocol

    async def send(
        self, head: str, body: bytes = b"", listen: Listener | None = None
    ) -> tuple[int, bytes]:
        """Send a request; return the status and the body, or give the body's pieces to `listen`.

        `head` is the request line and headers of its own, without the last line break.
        Raises `ConnectionError` when the line drops.
        """
        if self._transport is None:
            raise ConnectionError("closed")
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._listen = listen
        self._done = asyncio.get_running_loop().create_future()
        self._transport.write(
            f"{head}\r\nhost: 127.0.0.1\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
        )
        await self._done
        return self.status, bytes(self._body)

    async def post(
        self, path: str, value: Any = None, token: str = "", listen: Listener | None = None
    ) -> tuple[int, bytes]:
        """Post JSON; with `listen` the answer is asked for as a stream."""
        head = f"POST {path} HTTP/1.1\r\ncontent-type: application/json"
        if token:
            head += f"\r\nauthorization: Bearer {token}"
        if listen is not None:
            head += "\r\naccept: text/event-stream"
        return await self.send(head, orjson.dumps(value) if value is not None else b"", listen)

    def close(self) -> None:
        """Close the line."""
        if self._transport is not None:
            self._transport.close()

    # --- called by asyncio and by the parser -----------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has no such class

    def data_received(self, data: bytes) -> None:
        """Parse."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self._transport = None
        if self._done is not None and not self._done.done():
            self._done.set_exception(ConnectionError("the server closed the line"))

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if self._listen is not None:
            self._listen(body, time.monotonic())
        else:
            self._body += body

    def on_message_complete(self) -> None:
        """The answer is whole."""
        self.status = self._parser.get_status_code()
        if self._done is not None and not self._done.done():
            self._done.set_result(None)
