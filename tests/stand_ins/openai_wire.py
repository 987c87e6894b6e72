"""The server's end of one HTTP/1.1 exchange, with a hand on every byte.

Requests are read by h11; answers are written raw, because no library that keeps to the protocol
would break it where a fault is wanted.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import h11

JSON = "application/json"
EVENT_STREAM = "text/event-stream; charset=utf-8"


@dataclass(frozen=True)
class HttpRequest:
    """A request that has come in whole; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class RequestReader:
    """Reads the requests of one connection, one after the other."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._ahead = b""

    async def next(self) -> HttpRequest | None:
        """Return the next request; None once the client has closed or does not speak HTTP."""
        connection = h11.Connection(h11.SERVER)
        if self._ahead:
            connection.receive_data(self._ahead)
        head: h11.Request | None = None
        body = bytearray()
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError:
                return None
            if event is h11.NEED_DATA:
                data = await self._read()
                # h11 takes an empty read for the end of the connection.
                connection.receive_data(data)
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                self._ahead = connection.trailing_data[0]
                headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
                path = head.target.decode("latin-1").partition("?")[0]
                return HttpRequest(head.method.decode(), path, headers, bytes(body))
            else:
                return None

    async def until_closed(self) -> None:
        """Return when the client has closed; what it sends ahead is kept for `next`."""
        while data := await self._read():
            self._ahead += data

    async def _read(self) -> bytes:
        try:
            return await self._reader.read(65_536)
        except ConnectionError:
            return b""


class Wire:
    """Writes one answer."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._chunked = False
        self.reusable = False
        """Whether the answer ended in good order, so that the connection can serve another."""
        self.client_gone = False
        """Whether the client hung up before the end of the answer."""
        self.fragment_size: int | None = None
        """Bytes of the body that travel together: HTTP promises nothing about where it is cut."""

    async def head(
        self,
        status: int,
        content_type: str,
        *,
        length: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send status line and headers; without a length the body is chunked."""
        known = {item.value: item.phrase for item in HTTPStatus}
        lines = [f"HTTP/1.1 {status} {known.get(status, 'Unknown')}"]
        lines.append(f"content-type: {content_type}")
        lines.append("x-request-id: req_stand_in")
        self._chunked = length is None
        lines.append(
            "transfer-encoding: chunked" if length is None else f"content-length: {length}"
        )
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        await self._write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    async def body(self, data: bytes) -> None:
        """Send a piece of the body; an empty piece is left out, it would end a chunked one."""
        size = self.fragment_size or len(data)
        for at in range(0, len(data), max(size, 1)):
            piece = data[at : at + size]
            framed = b"%x\r\n%b\r\n" % (len(piece), piece) if self._chunked else piece
            await self._write(framed)

    async def end(self) -> None:
        """Finish the body in good order."""
        if self._chunked:
            await self._write(b"0\r\n\r\n")
        self.reusable = True

    async def whole(
        self,
        status: int,
        content_type: str,
        data: bytes,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send a complete answer."""
        await self.head(status, content_type, length=len(data), headers=headers)
        await self.body(data)
        await self.end()

    async def event(self, data: Mapping[str, Any] | str) -> None:
        """Send one server-sent event: an object as JSON, a string as it stands."""
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        await self.body(f"data: {text}\n\n".encode())

    async def silence(self) -> None:
        """Say nothing more and hold the line, until the client hangs up or the server stops."""
        await asyncio.get_running_loop().create_future()

    async def cut(self, *, reset: bool = False) -> None:
        """Close the socket in the middle: with a FIN, or with an RST as a crashed machine would."""
        if reset:
            linger = struct.pack("ii", 1, 0)
            self._writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, linger
            )
        self._writer.close()

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        try:
            await self._writer.drain()
        except ConnectionError:
            # Whoever notices first: the end of what the client sends, or a write that fails.
            self.client_gone = True
            raise


def dump(body: Mapping[str, Any]) -> bytes:
    """Encode a JSON body as the API does."""
    return json.dumps(body, ensure_ascii=False).encode()


def error_body(message: str, kind: str, *, param: str = "", code: str = "") -> dict[str, Any]:
    """Return an error in the shape that all OpenAI-compatible servers share."""
    return {
        "error": {"message": message, "type": kind, "param": param or None, "code": code or None}
    }
