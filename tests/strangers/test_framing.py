"""Requests framed as no client frames them: refused or read in one way only, never half each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.conftest import Server
from tests.strangers.raw import PROBLEM, answers, ask, assert_is_problem, exchange

GET = "GET /healthz HTTP/1.1\r\n"
POST = "POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n"
JSON = '{"facts": {}}'
HIDDEN = "GET /v1/rubric HTTP/1.1\r\nHost: a\r\n\r\n"

REFUSED = [
    # Two lengths, or a length and chunks.
    POST + f"Content-Length: 13\r\nContent-Length: 14\r\n\r\n{JSON} {HIDDEN}",
    POST
    + f"Content-Length: 13\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{JSON}\r\n0\r\n\r\n{HIDDEN}",
    POST + f"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n{HIDDEN}",
    POST + f"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    POST + f"Content-Length: 13, 13\r\n\r\n{JSON}{HIDDEN}",
    POST + f"Content-Length : 13\r\n\r\n{JSON}{HIDDEN}",
    POST + f"Content-Length: 13 \x0b\r\n\r\n{JSON}{HIDDEN}",
    # Transfer codings that are none.
    POST + f"Transfer-Encoding: xchunked\r\n\r\n{HIDDEN}",
    POST + f"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{HIDDEN}",
    POST + f"Transfer-Encoding: identity\r\n\r\n{HIDDEN}",
    POST + f"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    POST + f"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    POST + f"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    POST + f"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n{HIDDEN}",
    # Chunks.
    CHUNKED + f"x\r\n{JSON}\r\n0\r\n\r\n",
    CHUNKED + f"-d\r\n{JSON}\r\n0\r\n\r\n",
    CHUNKED + f"0xd\r\n{JSON}\r\n0\r\n\r\n",
    CHUNKED + f"+d\r\n{JSON}\r\n0\r\n\r\n",
    CHUNKED + f" d\r\n{JSON}\r\n0\r\n\r\n",
    CHUNKED + f"d \r\n{JSON}\r\n0\r\n\r\n",
    CHUNKED + f"d\n{JSON}\n0\n\n",
    CHUNKED + f"d\r\n{JSON}xx0\r\n\r\n",
    CHUNKED + f"c\r\n{JSON}\r\n0\r\n\r\n",
    CHUNKED + f"\r\n{JSON}\r\n0\r\n\r\n",
    CHUNKED + "f" * 17 + f"\r\n{JSON}",
    CHUNKED + "1" + "0" * 16 + f"\r\n{JSON}",
    CHUNKED + f"d;\x00\r\n{JSON}\r\n0\r\n\r\n",
    CHUNKED + f"d\r\n{JSON}\r\n0\r\nbad trailer\r\n\r\n",
    # Heads.
    GET + "Host : a\r\n\r\n",
    GET + " Host: a\r\n\r\n",
    GET + "Host: a\r\n continued\r\n\r\n",
    GET + "Ho st: a\r\n\r\n",
    GET + "Host: a\r\nno colon\r\n\r\n",
    GET + "Host: a\r\n: no name\r\n\r\n",
    GET + "Host: a\r\nx: a\x00b\r\n\r\n",
    GET + "Host: a\r\nx: a\rb\r\n\r\n",
    GET + "Host: a\r\nx\x00y: a\r\n\r\n",
    GET + "Host: a\r\nx(y): a\r\n\r\n",
    GET + "Host: a\r\n\xff\xfe: a\r\n\r\n",
    # Request lines.
    "get /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "Get /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "GE T /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "FOO /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n",
    "GET /healthz http/1.1\r\nHost: a\r\n\r\n",
    "GET /healthz HTTP/1.1 x\r\nHost: a\r\n\r\n",
    "GET /health z HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET \r\nHost: a\r\n\r\n",
    "GET /a\x00b HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /\x80\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT 127.0.0.1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    # Other protocols.
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "SSH-2.0-client\r\n",
    "EHLO a\r\n",
    "*1\r\n$4\r\nPING\r\n",
    "\x00" * 100,
    "{}\r\n\r\n",
]
TAKEN = [
    ("GET http://other.example/healthz HTTP/1.1\r\nHost: a\r\n\r\n", [200]),
    ("GET /healthz HTTP/1.0\r\n\r\n", [200]),
    (GET + "\r\n", [200]),
    ("GET /healthz HTTP/0.9\r\nHost: a\r\n\r\n", [200]),
    ("GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n", [200]),
    (GET + "Host: a\r\nHost: b\r\n\r\n", [200]),
    (GET + "Host: a\r\n" + "x: y\r\n" * 2000 + "\r\n", [200]),
    ("\r\n\r\n" + GET + "Host: a\r\n\r\n", [200]),
    ((GET + "Host: a\r\n\r\n") * 16, [200] * 16),
    (GET + "Host: a\r\nContent-Length: 4\r\n\r\nabcd" + GET + "Host: a\r\n\r\n", [200, 200]),
    (CHUNKED + f"d;a=b\r\n{JSON}\r\n0\r\nx: y\r\n\r\n" + HIDDEN, [200, 200]),
    (CHUNKED + f"000d\r\n{JSON}\r\n0\r\n\r\n", [200]),
    (POST + f"Expect: 100-continue\r\nContent-Length: 13\r\n\r\n{JSON}", [200]),
    (POST + f"Expect: 200-nonsense\r\nContent-Length: 13\r\n\r\n{JSON}", [200]),
    (GET + "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", [200]),
    (GET + "Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n", [200]),
    ("CONNECT http://127.0.0.1/ HTTP/1.1\r\nHost: a\r\n\r\n", [405]),
    ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", [404]),
    ("TRACE /healthz HTTP/1.1\r\nHost: a\r\n\r\n", [405]),
    ("PROPFIND /healthz HTTP/1.1\r\nHost: a\r\n\r\n", [405]),
    ("DELETE /v1/rubric HTTP/1.1\r\nHost: a\r\n\r\n", [405]),
    ("GET //healthz HTTP/1.1\r\nHost: a\r\n\r\n", [404]),
    ("GET /v1/../healthz HTTP/1.1\r\nHost: a\r\n\r\n", [404]),
    ("GET /page/..%2f..%2fserver.py HTTP/1.1\r\nHost: a\r\n\r\n", [404]),
    ("GET /%ff%00 HTTP/1.1\r\nHost: a\r\n\r\n", [404]),
    ("GET /" + "a" * 50_000 + " HTTP/1.1\r\nHost: a\r\n\r\n", [404]),
]


def test_broken_requests_are_refused_once_and_nothing_behind_them_is_read(
    live_server: Server,
) -> None:
    assert len(REFUSED) >= 60
    sent = [text.encode("latin-1") for text in REFUSED]
    with ThreadPoolExecutor(20) as pool:
        received = list(pool.map(lambda data: exchange(live_server.port, data), sent))
    wrong = [
        (text, data)
        for text, data in zip(REFUSED, received, strict=True)
        if [answer.status for answer in answers(data)] not in ([400], [])
    ]
    assert wrong == []
    for text, data in zip(REFUSED, received, strict=True):
        found = answers(data)
        for answer in found:
            assert_is_problem(answer)
            assert answer.headers["content-type"] == PROBLEM
        assert b"rubric_version" not in data, text
    assert ask(live_server.port, "GET /healthz").status == 200


def test_odd_requests_that_are_whole_have_one_meaning(live_server: Server) -> None:
    with ThreadPoolExecutor(20) as pool:
        received = pool.map(
            lambda case: exchange(live_server.port, case[0].encode("latin-1"), quiet_s=1.5), TAKEN
        )
    for (text, statuses), data in zip(TAKEN, received, strict=True):
        assert [answer.status for answer in answers(data)] == statuses, (text[:300], data[:300])


def test_none_of_it_is_an_error_in_the_log(live_server: Server) -> None:
    log = live_server.log.read_text()
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:4000]
