"""A listening socket and its connections, on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.stand_ins.openai_wire import HttpRequest, RequestReader, Wire

Handle = Callable[[HttpRequest, Wire], Awaitable[None]]

_STOP_WITHIN_S = 5.0


class Listener:
    """Serves HTTP on a port of 127.0.0.1 that the system chooses.

    `handle` answers one request. It is cancelled when the client hangs up, with `client_gone` set
    on its wire, and when the listener stops.
    """

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._address = self._socket.getsockname()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
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
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(self._address)
        try:
            yield
        finally:
            self._on_loop(self._open())

    def _on_loop(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_STOP_WITHIN_S)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._accept, sock=self._socket, backlog=512)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        # A connection that was just accepted has no task yet; a round of the loop gives it one.
        await asyncio.sleep(0)
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # The transports close their sockets in the round after that.
        await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._serve(RequestReader(reader), writer)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        except asyncio.CancelledError:
            # Only `_close` cancels. Ended here, or asyncio would log it as an error.
            pass
        finally:
            self._connections.discard(task)
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
