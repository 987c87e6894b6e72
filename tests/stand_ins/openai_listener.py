"""A listening socket and its connections, on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from .openai_wire import HttpRequest, RequestReader, Wire

Handle = Callable[[HttpRequest, Wire], Awaitable[None]]

_STOP_WITHIN_S = 5.0


class Listener:
    """Serves HTTP on a port of 127.0.0.1 that the system chooses.

    `handle` answers one request. It is cancelled when the client hangs up, with `client_gone` set
    on its wire, and when the listener stops.
    """

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._socket = _bound("127.0.0.1", 0)
        self._address = self._socket.getsockname()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        return int(self._address[1])

    def start(self) -> None:
        self._thread.start()
        self._on_loop(self._open())

    def stop(self) -> None:
        """End all connections, hanging ones too, and give the port back."""
        self._on_loop(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_WITHIN_S)
        self._loop.close()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Refuse every connection for a while, then serve on the same port again."""
        self._on_loop(self._close())
        # Bound and not listening: the kernel refuses, and nobody else can take the port.
        self._socket = _bound(*self._address)
        try:
            yield
        finally:
            self._on_loop(self._open())

    def _on_loop(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_STOP_WITHIN_S)

    async def _open(self) -> None:
        self._socket.listen(512)
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._accept)

    async def _close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # The transports let go of their sockets in the next round of the loop.
        await asyncio.sleep(0)

    def _accept(self) -> None:
        # Not `asyncio.start_server`: that one knows of a connection some rounds of the loop later
        # than the kernel, and `_close` would miss the youngest.
        with suppress(BlockingIOError, ConnectionError):
            accepted, _ = self._socket.accept()
            task = self._loop.create_task(self._converse(accepted))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
            # Cancelled before its first step, a task never gets to close anything itself.
            task.add_done_callback(lambda _: accepted.close())

    async def _converse(self, accepted: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=accepted)
        try:
            await self._serve(RequestReader(reader), writer)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        finally:
            writer.transport.abort()

    async def _serve(self, requests: RequestReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until either side has had enough."""
        reusable = True
        while reusable and (request := await requests.next()) is not None:
            wire = Wire(writer)
            answering = asyncio.ensure_future(self._handle(request, wire))
            hanging_up = asyncio.ensure_future(requests.until_closed())
            try:
                await asyncio.wait({answering, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
                if not answering.done():
                    wire.client_gone = True
                reusable = wire.reusable and not hanging_up.done()
            finally:
                answering.cancel()
                hanging_up.cancel()
                await asyncio.gather(answering, hanging_up, return_exceptions=True)


def _bound(host: str, port: int) -> socket.socket:
    # The protocol is named because asyncio turns Nagle's delay off (40 ms for every answer on a
    # connection that is used again) only where it sees TCP there, not the 0 of a default.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound
