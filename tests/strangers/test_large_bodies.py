"""Bodies without an end, and lengths that lie: refused early, and memory stays where it was."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass

import pytest
from tests.channels.client import Client, Conversation
from tests.conftest import Figures, Server
from tests.strangers.raw import PROBLEM, answers, ask, assert_is_problem, exchange

from hiring_advisor.channels.bodies import MAX_BODY_BYTES

GIB = 1024**3
MIB = 1024**2
PIECE = 64 * 1024
CHUNK = b"%x\r\n" % PIECE + b"a" * PIECE + b"\r\n"
CLOSED_WITHIN_S = 20.0


@dataclass(frozen=True)
class Pour:
    """What became of an endless body."""

    received: bytes
    sent: int
    seconds: float
    growth: int
    """The most that the server's memory grew meanwhile, in bytes."""


def memory(server: Server) -> int:
    """Resident memory of the server in bytes."""
    with open(f"/proc/{server.process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def pour(server: Server, head: str, piece: bytes, total: int) -> Pour:
    """Send `piece` over and over, up to `total` bytes, until the server closes the connection."""
    started, before = time.monotonic(), memory(server)
    received, sent, most = b"", 0, before
    is_open = True
    with socket.create_connection(("127.0.0.1", server.port), timeout=0.2) as peer:
        peer.sendall(head.encode())
        while is_open and sent < total and time.monotonic() - started < CLOSED_WITHIN_S:
            try:
                sent += peer.send(piece)
            except TimeoutError:
                pass
            except ConnectionError:
                is_open = False
            most = max(most, memory(server)) if sent % (8 * len(piece)) == 0 else most
        try:
            peer.settimeout(CLOSED_WITHIN_S)
            while more := peer.recv(65536):
                received += more
        except ConnectionError:
            pass
    return Pour(received, sent, time.monotonic() - started, max(most, memory(server)) - before)


def head(path: str, *headers: str) -> str:
    common = ["Host: 127.0.0.1", "Content-Type: application/json"]
    return "\r\n".join([f"POST {path} HTTP/1.1", *common, *headers, "", ""])


@pytest.fixture(scope="module")
def talk(live_server: Server, client: Client) -> Conversation:
    talk = client.converse()
    talk.say("Are freelancers cheaper?")
    # What a first large body costs once is no growth.
    pour(live_server, head("/v1/score", "Transfer-Encoding: chunked"), CHUNK, 16 * MIB)
    return talk


@pytest.mark.figures
def test_a_body_is_refused_as_soon_as_it_is_too_large(
    live_server: Server, talk: Conversation, figure: Figures
) -> None:
    key = f"Authorization: Bearer {talk.token}"
    wanted = head(f"{talk.path}/messages", key, "Transfer-Encoding: chunked")
    sent, small = 0, b"1000\r\n" + b"a" * 4096 + b"\r\n"
    with socket.create_connection(("127.0.0.1", live_server.port), timeout=0.02) as peer:
        peer.sendall(wanted.encode())
        received = b""
        while not received and sent < 4 * MIB:
            peer.sendall(small)
            sent += 4096
            with suppress(TimeoutError):
                received = peer.recv(65536)
    (answer,) = answers(received)
    figure("KiB of a body that were read before its 413", sent // 1024, aim="≤ 128 + 64")
    assert answer.status == 413
    assert sent <= MAX_BODY_BYTES + 64 * 1024


@pytest.mark.figures
def test_a_gibibyte_in_chunks_is_refused_and_costs_no_memory(
    live_server: Server, talk: Conversation, figure: Figures
) -> None:
    key = f"Authorization: Bearer {talk.token}"
    wanted = head(f"{talk.path}/messages", key, "Transfer-Encoding: chunked")
    poured = pour(live_server, wanted, CHUNK, GIB)
    (answer,) = answers(poured.received)
    assert answer.status == 413
    assert_is_problem(answer)
    figure("MiB that 1 GiB in chunks costs", round(poured.growth / MIB, 1), aim="≤ 5")
    figure("bytes of the answer to it", len(answer.body), aim="≤ 2048")
    assert poured.growth <= 5 * MIB
    assert poured.seconds < CLOSED_WITHIN_S
    assert len(talk.turns()) == 1


@pytest.mark.parametrize("path", ["/v1/conversations", "/v1/conversations/x/messages", "/nowhere"])
def test_a_body_that_nobody_reads_is_not_read_for_ever(
    live_server: Server, talk: Conversation, path: str
) -> None:
    poured = pour(live_server, head(path, "Transfer-Encoding: chunked"), CHUNK, 16 * GIB)
    (answer,) = answers(poured.received)
    assert answer.status in {201, 404}
    assert poured.growth <= 5 * MIB
    assert poured.seconds < CLOSED_WITHIN_S


@pytest.mark.parametrize(
    ("before", "piece"),
    [
        ("", b"1;" + b"x" * PIECE),
        ("", b"1;x\r\na\r\n" * 8000),
        ("0\r\n", b"x: " + b"a" * PIECE + b"\r\n"),
        ("0\r\nx: ", b"a" * PIECE),
        ("0\r\n", b"a" * PIECE),
    ],
    ids=["extension", "tiny chunks", "trailers", "long trailer", "trailer name"],
)
def test_what_stands_around_a_body_is_limited_as_well(
    live_server: Server, talk: Conversation, before: str, piece: bytes
) -> None:
    wanted = head("/v1/score", "Transfer-Encoding: chunked") + before
    poured = pour(live_server, wanted, piece, 16 * GIB)
    assert poured.sent < 64 * MIB
    assert poured.growth <= 5 * MIB
    assert poured.seconds < CLOSED_WITHIN_S


def test_endless_header_lines_are_cut(live_server: Server, talk: Conversation) -> None:
    for piece in (b"x: y\r\n" * 1000, b"x" * 6000, b"x: " + b"y" * 6000 + b"\r\n"):
        poured = pour(live_server, "GET /healthz HTTP/1.1\r\nHost: a\r\n", piece, GIB)
        assert poured.sent < 16 * MIB, piece[:20]  # what lies in the system's buffers counts too
        assert poured.growth <= 5 * MIB
        assert b"200 OK" not in poured.received


def test_a_flood_of_requests_that_wait_in_line_is_cut(
    live_server: Server, talk: Conversation
) -> None:
    request = b"GET /article HTTP/1.1\r\nHost: a\r\n\r\n"
    poured = pour(live_server, "", request * 1000, GIB)
    assert poured.growth <= 16 * MIB
    assert poured.seconds < CLOSED_WITHIN_S


LENGTHS = [
    "-1", "+5", "5, 5", "5,6", "0x10", "1e3", "5.0", "5 5", "½", "\xb2", "9" * 30, "9" * 5000,
    "18446744073709551616", "18446744073709551615", "",
]  # fmt: skip


@pytest.mark.parametrize("length", LENGTHS, ids=range(len(LENGTHS)))
def test_a_length_that_is_none_is_refused(live_server: Server, length: str) -> None:
    request = f"POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n".encode()
    found = answers(exchange(live_server.port, request + b'{"facts": {}}'))
    assert [answer.status for answer in found] in ([400], [413], [415], [415, 400])
    for answer in found:
        assert answer.headers["content-type"] == PROBLEM


def test_a_length_past_the_limit_is_refused_before_a_byte_of_it(live_server: Server) -> None:
    wanted = head("/v1/score", "Content-Length: 1000000000000")
    (answer,) = answers(exchange(live_server.port, wanted.encode()))
    assert answer.status == 413


def test_what_comes_after_a_length_that_is_too_short_is_no_body(live_server: Server) -> None:
    wanted = head("/v1/score", "Content-Length: 13") + '{"facts": {}}{"facts": {"budget": "tight"}}'
    found = answers(exchange(live_server.port, wanted.encode()))
    assert [answer.status for answer in found] in ([200, 400], [400])


def test_a_visitor_who_leaves_in_the_middle_of_a_body_is_no_error(live_server: Server) -> None:
    before = live_server.log.stat().st_size
    for length in (10, 100_000):
        with socket.create_connection(("127.0.0.1", live_server.port)) as peer:
            peer.sendall(head("/v1/score", f"Content-Length: {length}").encode() + b"{")
            time.sleep(0.05)
    time.sleep(0.2)
    assert ask(live_server.port, "GET /healthz").status == 200
    assert "Traceback" not in live_server.log.read_text()[before:]


def test_none_of_all_this_is_an_error_in_the_log(live_server: Server) -> None:
    log = live_server.log.read_text()
    assert "Traceback" not in log, log[log.index("Traceback") :][:4000]
