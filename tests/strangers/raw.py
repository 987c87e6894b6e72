"""Bytes on a socket, and what comes back: for requests that no client would send."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PROBLEM = "application/problem+json"
MOST_OF_A_REFUSAL = 2048
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Answer:
    """One response as it stood on the wire; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def exchange(port: int, sent: bytes, *, quiet_s: float = 0.7, patience_s: float = 10.0) -> bytes:
    """Send and read until the peer closes or has been quiet; the first byte may take longer."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=patience_s) as peer:
        try:
            peer.sendall(sent)
            while piece := peer.recv(65536):
                received += piece
                peer.settimeout(quiet_s)
        except (TimeoutError, ConnectionError):
            pass
    return received


def answers(received: bytes) -> list[Answer]:
    """All responses of one connection. Raises `AssertionError` for what is none."""
    found = []
    while received:
        head, end, rest = received.partition(HEAD_END)
        assert end, received[:200]
        lines = head.decode("latin-1").split("\r\n")
        status = re.match(r"HTTP/1\.1 (\d{3}) ", lines[0])
        assert status, received[:200]
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        if headers.get("transfer-encoding") == "chunked":
            body, rest = _dechunked(rest)
        else:
            length = int(headers.get("content-length", "0"))
            body, rest = rest[:length], rest[length:]
        code = int(status[1])
        if code != 100:  # an invitation to go on, no answer
            found.append(Answer(code, headers, body))
        received = rest
    return found


def ask(port: int, request: str, *headers: str, body: bytes = b"") -> Answer:
    """One request on a connection of its own; `Host` is as it should be where none is given."""
    given = list(headers)
    if not any(header.lower().startswith("host:") for header in given):
        given.append(f"Host: 127.0.0.1:{port}")
    if body:
        given.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([f"{request} HTTP/1.1", *given, "Connection: close", "", ""])
    (answer,) = answers(exchange(port, head.encode("latin-1") + body, quiet_s=10))
    return answer


def assert_is_problem(answer: Answer) -> None:
    """A refusal: 4xx or 503, one small problem, no word of what software answers."""
    assert 400 <= answer.status < 500 or answer.status == 503, answer
    assert answer.headers["content-type"] == PROBLEM, answer
    assert len(answer.body) <= MOST_OF_A_REFUSAL
    # A request that never came about has no id.
    assert answer.json.keys() - {"request_id"} == {"type", "title", "status", "detail"}
    assert answer.json["status"] == answer.status
    assert "server" not in answer.headers


def _dechunked(data: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        body, data = body + data[:length], data[length + 2 :]
        if length == 0:
            return body, data
