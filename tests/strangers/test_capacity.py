"""More connections than there are file descriptors, and readers that take for ever: who is too many
is told so, the server neither spins nor dies, and is well as soon as they are gone.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from tests.channels.client import Client
from tests.conftest import CORPUS, PROMPTS, Figures, Server, clean_environment, free_port
from tests.strangers.raw import Answer, answers, ask, assert_is_problem, exchange
from tests.strangers.test_large_bodies import memory
from tests.strangers.test_routes import assert_secured

FILES = 260
CROWD = 400
READERS = 60
KIB = 1024
SCRIPT = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files}))
from hiring_advisor.channels import connections, server
{more}
server.run("127.0.0.1", {port}, 1)
"""

Start = Callable[..., Server]


@pytest.fixture
def start(built_data: Path, tmp_path: Path) -> Iterator[Start]:
    """Start a server with few file descriptors, and stop it."""
    started: list[Server] = []

    def start_one(files: int, more: str = "") -> Server:
        port = free_port()
        wanted = {
            **clean_environment(),
            "ADVISOR_DATA_DIR": str(tmp_path),
            "ADVISOR_CORPUS_DIR": str(CORPUS),
            "ADVISOR_PROMPTS_DIR": str(PROMPTS),
        }
        script = SCRIPT.format(files=files, more=more, port=port)
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen([sys.executable, "-c", script], env=wanted, stderr=log)
        server = Server(process, port, tmp_path, tmp_path / "log")
        started.append(server)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with suppress(OSError):
                if b'"vectors":"ok"' in Client(server.url).call("GET", "/readyz").body:
                    return server
            time.sleep(0.1)
        raise RuntimeError(server.log.read_text()[-3000:])

    yield start_one
    for server in started:
        assert server.stop() == 0


def busy(server: Server, seconds: float) -> float:
    """Share of one processor that the server takes meanwhile."""

    def spent() -> float:
        fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = spent()
    time.sleep(seconds)
    return (spent() - before) / seconds


def crowd(server: Server, stack: ExitStack, size: int) -> list[socket.socket]:
    """Connections that say half a word and wait."""
    found = []
    for _ in range(size):
        peer = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
        with suppress(OSError):
            peer.sendall(b"GET /hea")
        found.append(peer)
    return found


def refusal(server: Server) -> Answer | None:
    """The answer to a visitor who comes in between, or none."""
    request = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    found = answers(exchange(server.port, request, patience_s=2))
    return found[0] if found else None


@pytest.mark.figures
def test_who_is_too_many_is_told_to_come_again(start: Start, figure: Figures) -> None:
    server = start(FILES)
    with ExitStack() as stack:
        crowd(server, stack, CROWD)
        answer = refusal(server)
        share = busy(server, 2)
        assert answer is not None
        assert answer.status == 503
        assert_is_problem(answer)
        assert_secured(answer)
        assert int(answer.headers["retry-after"]) >= 1
    figure("processor taken while connections are full, share of one", round(share, 2), aim="idle")
    assert share < 0.5
    started = time.monotonic()
    while ask(server.port, "GET /healthz").status != 200:
        assert time.monotonic() - started < 2
    figure("seconds to recover from full connections", round(time.monotonic() - started, 2))
    assert "Traceback" not in server.log.read_text()


@pytest.mark.figures
def test_out_of_file_descriptors_it_neither_spins_nor_dies(start: Start, figure: Figures) -> None:
    # Other things than connections may take them: here, nobody counts the connections.
    server = start(FILES, "connections.OTHER_FILES = -10_000")
    with ExitStack() as stack:
        crowd(server, stack, CROWD)
        share = busy(server, 2)
        assert server.process.poll() is None
    figure("processor taken out of file descriptors, share of one", round(share, 2), aim="idle")
    assert share < 0.5
    until = time.monotonic() + 12  # half heads that were waiting in line have their own deadline
    while True:
        with suppress(OSError, ValueError):
            if ask(server.port, "GET /healthz").status == 200:
                break
        assert time.monotonic() < until
        time.sleep(0.1)
    assert Client(server.url).call("POST", "/v1/conversations").status == 201


@pytest.mark.figures
def test_a_reader_that_takes_for_ever_costs_little(start: Start, figure: Figures) -> None:
    server = start(1024)
    talk = Client(server.url).converse()
    for _ in range(4):
        talk.say("a" * 19_900)
    sizes = [len(talk.call("GET").body) for _ in range(20)]
    request = f"GET {talk.path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {talk.token}\r\n\r\n"
    before = memory(server)
    with ExitStack() as stack:
        peers = []
        for _ in range(READERS):
            peer = stack.enter_context(socket.socket())
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.connect(("127.0.0.1", server.port))
            peer.sendall(request.encode() * 5)
            peers.append(peer)
        most = 0
        for _ in range(5):
            time.sleep(1)
            most = max(most, memory(server) - before)
            for peer in peers:
                assert len(peer.recv(10)) == 10
        each = most // READERS // KIB
    figure("KiB that a reader at 10 bytes a second costs", each, of=READERS, aim="≤ 256")
    assert sizes[0] > 64 * KIB
    assert each <= 256
