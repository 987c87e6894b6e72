"""Who one is and what one asks for is not what a header says."""

from __future__ import annotations

import pytest
from tests.channels.client import Client
from tests.conftest import Server
from tests.strangers.raw import ask, assert_is_problem

FORWARDED = [
    "X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: 10.0.0.1, 127.0.0.1", "X-Forwarded-For: ::1",
    "X-Forwarded-For: localhost", "X-Forwarded-For:", "X-Forwarded-For: unknown",
    "x-forwarded-for: 127.0.0.1:80", 'Forwarded: for="[::1]"', "Forwarded: for=127.0.0.1;by=::1",
    "Forwarded: for=_hidden", "Forwarded:", "X-Real-IP: 127.0.0.1", "X-Forwarded-Host: localhost",
    "X-Forwarded-Proto: https", "X-Forwarded-Server: localhost", "X-Forwarded: for=127.0.0.1",
    "X-Forwarded-Port: 443", "X-Client-IP: 127.0.0.1", "X-Cluster-Client-IP: 127.0.0.1",
    "True-Client-IP: 127.0.0.1", "CF-Connecting-IP: 127.0.0.1", "Via: 1.1 localhost",
]  # fmt: skip
HOSTS = [
    "evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example",
    "evil.example#localhost", "evil.example?localhost", "evil.example/healthz",
    "localhost@evil.example",
    "evil.example@localhost", "localhost, evil.example", "localhost evil.example", "a:b@localhost",
    "localhost:80:80", "localhost:evil", "[::1", "[::1]evil.example", "[::1]:evil",
    "[evil.example]",
    "0.0.0.0", "[::]", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "169.254.169.254", "10.0.0.1",
    "localhost.", "LOCALHOST.EVIL", "xn--localhost-x", "", " ", "\xa0localhost",
    "localhost/../metrics",
    "..", "/healthz?", "localhost\\@evil.example",
]  # fmt: skip
ELSEWHERE = [
    "Host: evil.example", "X-Original-URL: /metrics", "X-HTTP-Method: DELETE",
    "X-Rewrite-URL: /metrics", "X-HTTP-Method-Override: DELETE", "Range: bytes=0-1",
]  # fmt: skip
OWN_HOSTS = ["127.0.0.1", "127.0.0.1:1", "localhost", "localhost:8000", "LocalHost", "[::1]:8000"]


@pytest.mark.parametrize("header", FORWARDED)
def test_a_request_through_a_proxy_is_no_operators(live_server: Server, header: str) -> None:
    answer = ask(live_server.port, "GET /metrics", header)
    assert answer.status == 403
    assert_is_problem(answer)


@pytest.mark.parametrize("host", HOSTS)
def test_a_name_that_leads_here_from_elsewhere_opens_nothing(
    live_server: Server, client: Client, host: str
) -> None:
    answer = ask(live_server.port, "GET /metrics", f"Host: {host}")
    assert answer.status in {400, 403}
    assert_is_problem(answer)
    talk = client.converse()
    locked = ask(live_server.port, f"GET {talk.path}", f"Host: {host}")
    assert locked.status in {400, 404}
    assert ask(live_server.port, "GET /healthz", f"Host: {host}").status in {200, 400}
    for name in ("localhost", "evil"):
        assert name not in answer.body.decode() + locked.body.decode()


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_this_machine_asking_itself_is_an_operator(live_server: Server, host: str) -> None:
    assert ask(live_server.port, "GET /metrics", f"Host: {host}").status == 200


@pytest.mark.parametrize(
    "target",
    [
        "/metrics/", "//metrics", "/./metrics", "/healthz/../metrics", "/metrics;x", "/METRICS",
        "/%6detrics%00", "/metrics%2f", "/v1/..%2fmetrics", "/metrics%20", "/metrics.json",
        "/docs", "/redoc", "/debug", "/admin", "/.env", "/.git/config", "/server-status",
        "/page/%2e%2e/server.py", "/page/..%5cserver.py", "/page//etc/passwd",
        "/var/advisor.sqlite3",
    ],
)  # fmt: skip
def test_there_is_no_other_way_to_what_is_not_public(live_server: Server, target: str) -> None:
    # A proxy forwards it: what it gets is what the public gets.
    answer = ask(live_server.port, f"GET {target}", "X-Forwarded-For: 192.0.2.1")
    assert answer.status in {307, 403, 404}
    assert b"hiring_advisor" not in answer.body


def test_another_host_or_proxy_header_in_a_request_does_not_move_its_answer(
    live_server: Server,
) -> None:
    plain = ask(live_server.port, "GET /v1/rubric")
    for header in [*FORWARDED, *ELSEWHERE]:
        answer = ask(live_server.port, "GET /v1/rubric", header)
        assert (answer.status, answer.body) == (200, plain.body), header
