"""A small client of the HTTP API on the standard library: it forgives and guesses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

PATIENCE_S = 60.0
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True)
class Reply:
    """A whole response; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Event:
    """One server-sent event; `data` is its text as it stood on the wire."""

    id: str
    name: str
    data: str

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def number(self) -> int:
        """The number at the end of the id, which counts a turn's events."""
        return int(self.id.rpartition(":")[2])


@dataclass
class EventStream:
    """An open stream. `comments` and `retry_ms` fill up as it is read."""

    response: HTTPResponse
    comments: list[str] = field(default_factory=list)
    retry_ms: int | None = None

    def __iter__(self) -> Iterator[Event]:
        """Yield events up to the end. Raises `AssertionError` for a line that SSE does not know."""
        fields: dict[str, str] = {}
        while line := self.response.readline():
            text = line.decode("utf-8").removesuffix("\n")
            name, _, value = text.partition(":")
            value = value.removeprefix(" ")
            if not text:
                if "data" in fields:
                    yield Event(fields["id"], fields["event"], fields["data"])
                fields = {}
            elif not name:
                self.comments.append(value)
            elif name == "retry":
                self.retry_ms = int(value)
            else:
                assert name in {"id", "event", "data"}, text
                assert name not in fields, f"two lines of {name} in one event"
                fields[name] = value
        assert fields == {}, "the stream ends within an event"


@dataclass(frozen=True)
class Client:
    """Talks to one server; every call has a connection of its own."""

    url: str

    def call(
        self,
        method: str,
        path: str,
        value: Any = None,
        *,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send `value` as JSON, or `body` as it stands; a header given as "" is left out."""
        with self._open(method, path, value, body, headers) as response:
            names = {name.lower(): content for name, content in response.getheaders()}
            return Reply(response.status, names, response.read())

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        value: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[EventStream]:
        """Open an event stream; leaving the block early drops the line."""
        wanted = {"accept": EVENT_STREAM, **(headers or {})}
        with self._open(method, path, value, None, wanted) as response:
            assert response.status == 200, response.read()
            assert response.headers.get_content_type() == EVENT_STREAM
            yield EventStream(response)

    def converse(self) -> Conversation:
        """Begin a conversation."""
        made = self.call("POST", "/v1/conversations")
        assert made.status == 201, made.body
        return Conversation(self, made.json["conversation_id"], made.json["token"])

    @contextmanager
    def _open(
        self,
        method: str,
        path: str,
        value: Any,
        body: bytes | Iterable[bytes] | None,
        headers: Mapping[str, str] | None,
    ) -> Iterator[HTTPResponse]:
        given = dict(headers or {})
        if value is not None:
            body = json.dumps(value).encode()
        if body is not None:
            given = {"content-type": "application/json", **given}
        given = {name: content for name, content in given.items() if content}
        address = urlsplit(self.url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, given)
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()


@dataclass(frozen=True)
class Conversation:
    """One conversation and its token."""

    client: Client
    id: str
    token: str

    @property
    def path(self) -> str:
        return f"/v1/conversations/{self.id}"

    @property
    def key(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    def call(
        self, method: str, path: str = "", value: Any = None, *, body: bytes | None = None
    ) -> Reply:
        """Call a path below the conversation's with its token."""
        return self.client.call(method, self.path + path, value, body=body, headers=self.key)

    def send(self, text: str, message_id: str | None = None) -> Reply:
        """Send a message and take whatever comes."""
        return self.call("POST", "/messages", _message(text, message_id))

    def say(self, text: str, message_id: str | None = None) -> dict[str, Any]:
        """Send a message and give the finished turn."""
        sent = self.send(text, message_id)
        assert sent.status == 200, sent.body
        turn: dict[str, Any] = sent.json
        return turn

    @contextmanager
    def stream(self, text: str, message_id: str | None = None) -> Iterator[EventStream]:
        """Send a message and open its stream."""
        message = _message(text, message_id)
        with self.client.stream("POST", f"{self.path}/messages", message, self.key) as stream:
            yield stream

    def hear(self, text: str, message_id: str | None = None) -> list[Event]:
        """Send a message and give all events of its turn."""
        with self.stream(text, message_id) as stream:
            return list(stream)

    def resume(self, turn_id: str, after: str | None = None) -> list[Event]:
        """All events of a turn's stream after the one with that id."""
        headers = {**self.key, **({} if after is None else {"last-event-id": after})}
        path = f"{self.path}/turns/{turn_id}/events"
        with self.client.stream("GET", path, headers=headers) as stream:
            return list(stream)

    def turns(self) -> list[dict[str, Any]]:
        """The turns as the server has stored them."""
        read = self.call("GET")
        assert read.status == 200, read.body
        turns: list[dict[str, Any]] = read.json["turns"]
        return turns


def _message(text: str, message_id: str | None) -> dict[str, str]:
    return {"text": text} if message_id is None else {"text": text, "message_id": message_id}
