"""A thousand peers that dawdle: all are gone in time, and nobody else notices."""

from __future__ import annotations

import resource
import selectors
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from tests.channels.client import Client
from tests.conftest import CORPUS, PROMPTS, Figures, Server, clean_environment, free_port
from tests.strangers.raw import answers
from tests.strangers.test_large_bodies import MIB, memory

WANTED = 1000
HALF_OPEN_WITHIN_S = 15.0
BODY_WITHIN_S = 25.0  # 15 s for a body, 3 s for its rest, the machine's own slowness
PATIENCE_S = 40.0

BODY = b"POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
HALF_OPEN: dict[str, tuple[bytes, bytes]] = {
    "says nothing": (b"", b""),
    "half a head": (b"POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-", b""),
    "a line a second": (b"GET / HTTP/1.1\r\n", b"x: y\r\n"),
    "a byte a second": (b"", b"G"),
    "blank lines": (b"", b"\r\n"),
    "half a head after an answer": (WHOLE + b"GET /", b"x"),
}
"""What each says at once, and then once a second."""
SLOW: dict[str, tuple[bytes, bytes]] = {
    "a body": (BODY + b"Content-Length: 1000\r\n\r\n{", b" "),
    "a body that never comes": (BODY + b"Content-Length: 1000\r\n\r\n", b""),
    "a body in chunks": (BODY + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a chunk's extension": (BODY + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "trailers": (BODY + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"x: y\r\n"),
    "a body after its answer": (
        b"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", b"x",
    ),
    "blank lines after an answer": (WHOLE, b"\r\n"),
    "nothing after an answer": (WHOLE, b""),
}  # fmt: skip


@dataclass
class Peer:
    """One slow connection."""

    kind: str
    says: bytes
    socket: socket.socket
    opened: float
    closed_after: float | None = None
    received: bytes = b""


@dataclass
class Siege:
    """All slow peers at once, and how a normal visitor fared before and meanwhile."""

    peers: list[Peer] = field(default_factory=list)
    calm_s: list[float] = field(default_factory=list)
    meanwhile_s: list[float] = field(default_factory=list)

    def of(self, kind: str) -> list[Peer]:
        return [peer for peer in self.peers if peer.kind == kind]


def crowd() -> int:
    """How many sockets this process may open: a thousand, or what the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED + 200
    if soft < wanted and (hard == resource.RLIM_INFINITY or hard >= wanted):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return WANTED if soft >= wanted else 300


def besiege(server: Server, siege: Siege) -> None:
    """Open all connections, dribble once a second, note when each is closed."""
    with selectors.DefaultSelector() as selector:
        for n in range(crowd()):
            kinds = SLOW if n % 20 == 0 else HALF_OPEN
            kind = list(kinds)[(n // 20 if n % 20 == 0 else n) % len(kinds)]
            line = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            first, says = kinds[kind]
            line.sendall(first)
            line.setblocking(False)
            peer = Peer(kind, says, line, time.monotonic())
            siege.peers.append(peer)
            selector.register(line, selectors.EVENT_READ, peer)
        until = time.monotonic() + PATIENCE_S
        dribble_at = time.monotonic() + 1
        while selector.get_map() and time.monotonic() < until:
            for key, _ in selector.select(0.2):
                _read(selector, key.data)
            if time.monotonic() >= dribble_at:
                dribble_at = time.monotonic() + 1
                for key in list(selector.get_map().values()):
                    _say(key.data)
    for peer in siege.peers:
        peer.socket.close()


def _read(selector: selectors.BaseSelector, peer: Peer) -> None:
    try:
        piece = peer.socket.recv(65536)
    except ConnectionError:
        piece = b""
    peer.received += piece
    if not piece:
        peer.closed_after = time.monotonic() - peer.opened
        selector.unregister(peer.socket)


def _say(peer: Peer) -> None:
    with suppress(OSError):  # it is closed, as the next look at it will tell
        peer.socket.send(peer.says)


def visit(client: Client) -> float:
    """Seconds that a normal visitor waits."""
    started = time.monotonic()
    assert client.call("POST", "/v1/score", {"facts": {"budget": "tight"}}).status == 200
    return time.monotonic() - started


@pytest.fixture(scope="module")
def siege(live_server: Server, client: Client) -> Siege:
    siege = Siege()
    siege.calm_s = [visit(client) for _ in range(40)]
    thread = threading.Thread(target=besiege, args=(live_server, siege))
    thread.start()
    while thread.is_alive():
        siege.meanwhile_s.append(visit(client))
        thread.join(0.2)
    return siege


@pytest.mark.parametrize("kind", HALF_OPEN)
def test_a_connection_without_a_whole_head_is_closed(siege: Siege, kind: str) -> None:
    peers = siege.of(kind)
    assert len(peers) >= 30
    late = [peer for peer in peers if not (peer.closed_after or 999) <= HALF_OPEN_WITHIN_S]
    assert not late, (len(late), late[0])


@pytest.mark.parametrize("kind", SLOW)
def test_a_request_that_dawdles_is_closed(siege: Siege, kind: str) -> None:
    peers = siege.of(kind)
    assert peers
    assert all((peer.closed_after or 999) <= BODY_WITHIN_S for peer in peers), peers


def test_a_body_that_came_too_slowly_is_told_so(siege: Siege) -> None:
    for kind in ("a body", "a body in chunks", "trailers"):
        (answer, *more) = answers(siege.of(kind)[0].received)
        assert (answer.status, more) == (408, []), kind


@pytest.mark.figures
def test_a_normal_visitor_is_answered_meanwhile(siege: Siege, figure: Figures) -> None:
    late = max(peer.closed_after or 999 for kind in HALF_OPEN for peer in siege.of(kind))
    figure("seconds until the last half-open connection was closed", round(late, 1),
           of=len(siege.peers), aim="≤ 15")  # fmt: skip
    calm, busy = (
        statistics.quantiles(times, n=100)[98] for times in (siege.calm_s, siege.meanwhile_s)
    )
    figure("p99 of a normal visitor meanwhile, times the unloaded", round(busy / calm, 2),
           of=len(siege.meanwhile_s), aim="≤ 1.5")  # fmt: skip
    assert len(siege.meanwhile_s) >= 20
    # Loose, for machines that do other things as well: the peers must not be felt.
    usual, meanwhile = statistics.median(siege.calm_s), statistics.median(siege.meanwhile_s)
    assert meanwhile <= 5 * usual + 0.05
    assert max(siege.meanwhile_s) <= 5


PATIENT_FOR_TWO_SECONDS = """
from hiring_advisor.channels import connections, server
connections.WRITE_DEADLINE_S = 2.0
server.run("127.0.0.1", {port}, 1)
"""


@pytest.fixture
def impatient_server(live_server: Server) -> Iterator[Server]:
    """A server that gives its readers two seconds to catch up; its conversations are others."""
    port = free_port()
    folder = live_server.data_dir / "impatient"
    folder.mkdir()
    wanted = {
        **clean_environment(),
        "ADVISOR_DATA_DIR": str(folder),
        "ADVISOR_CORPUS_DIR": str(CORPUS),
        "ADVISOR_PROMPTS_DIR": str(PROMPTS),
    }
    with (folder / "log").open("wb") as log:
        script = PATIENT_FOR_TWO_SECONDS.format(port=port)
        process = subprocess.Popen([sys.executable, "-c", script], env=wanted, stderr=log)
    server = Server(process, port, folder, folder / "log")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError):
            if b'"vectors":"ok"' in Client(server.url).call("GET", "/readyz").body:
                break
        time.sleep(0.1)
    try:
        yield server
    finally:
        assert server.stop() == 0


def test_a_peer_that_does_not_read_costs_little_and_is_closed(impatient_server: Server) -> None:
    talk = Client(impatient_server.url).converse()
    for _ in range(4):
        talk.say("a" * 19_900)
    size = min(len(talk.call("GET").body) for _ in range(30))
    request = f"GET {talk.path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {talk.token}\r\n\r\n"
    before, most, received = memory(impatient_server), 0, 0
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.connect(("127.0.0.1", impatient_server.port))
        # More than the buffers of the system take, which is some megabytes.
        peer.sendall(request.encode() * 60)
        for _ in range(40):
            most = max(most, memory(impatient_server) - before)
            time.sleep(0.1)
        peer.settimeout(10)
        with suppress(ConnectionError):
            while piece := peer.recv(MIB):
                received += len(piece)
    assert received < 60 * size, "all of it was sent: nobody dawdled, or nobody minded"
    assert most <= 5 * MIB
