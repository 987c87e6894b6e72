"""Every route is for somebody: a new one fails here until it is said for whom. What all of them
send along, and what no address leads to.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.routing import iter_route_contexts
from tests.channels.client import Client, Conversation
from tests.conftest import Figures, Server, make_settings
from tests.strangers.raw import Answer, ask

from hiring_advisor.channels.http import create_app

HELD = "/v1/conversations/{conversation_id}"
ROUTES = {
    "GET /": "everyone", "GET /page/{name}": "everyone", "GET /favicon.ico": "everyone",
    "GET /article": "everyone", "GET /openapi.json": "everyone", "HEAD /openapi.json": "everyone",
    "POST /v1/conversations": "everyone", "POST /v1/score": "everyone",
    "GET /v1/rubric": "everyone", "POST /v1/search": "everyone",
    "GET /healthz": "everyone", "GET /livez": "everyone", "GET /readyz": "everyone",
    f"GET {HELD}": "holder", f"DELETE {HELD}": "holder", f"POST {HELD}/messages": "holder",
    f"GET {HELD}/turns/{{turn_id}}/events": "holder",
    f"POST {HELD}/turns/{{turn_id}}/stop": "holder",
    f"POST {HELD}/turns/{{turn_id}}/feedback": "holder",
    "GET /metrics": "operator",
}  # fmt: skip
"""Every route of the app, also those that no document names, and whom it serves."""


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    app = create_app(make_settings(tmp_path_factory.mktemp("routes")))
    found = set()
    for route in iter_route_contexts(app.routes):
        methods = getattr(route, "methods", None)
        assert methods, f"a mount, whose routes have to be listed one by one: {route}"
        found |= {f"{method} {getattr(route, 'path', '')}" for method in methods}
    return found


def test_every_route_is_for_somebody(routes: set[str]) -> None:
    assert routes == ROUTES.keys()


def test_each_serves_only_whom_it_is_for(live_server: Server) -> None:
    for route, whom in ROUTES.items():
        method, path = route.split(" ")
        path = path.format(conversation_id="A" * 24, turn_id="x", name="page.js")
        # A stranger comes through a proxy and has no key.
        answer = ask(live_server.port, f"{method} {path}", "X-Forwarded-For: 192.0.2.1")
        if whom == "holder":
            assert answer.status == 404, route
        elif whom == "operator":
            assert answer.status == 403, route
        else:
            assert answer.status in {200, 201, 204, 415}, route


COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "deny",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
DATA = "default-src 'none'; frame-ancestors 'none'"
PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def assert_secured(answer: Answer, policy: str = DATA) -> None:
    found = {name: answer.headers.get(name) for name in COMMON}
    assert found == COMMON, (answer.status, found)
    assert answer.headers["content-security-policy"] == policy
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert "strict-transport-security" not in answer.headers, "this site has no https address"


@pytest.mark.parametrize(
    ("request_", "headers", "body", "status", "policy"),
    [
        ("GET /", (), b"", 200, PAGE),
        ("GET /article", (), b"", 200, PAGE),
        ("GET /page/page.js", (), b"", 200, DATA),
        ("GET /favicon.ico", (), b"", 204, DATA),
        ("GET /openapi.json", (), b"", 200, DATA),
        ("GET /healthz", (), b"", 200, DATA),
        ("GET /metrics", (), b"", 200, DATA),
        ("GET /metrics", ("Via: x",), b"", 403, DATA),
        ("GET /nothing", (), b"", 404, DATA),
        ("GET /v1/conversations/x", (), b"", 404, DATA),
        ("PUT /v1/score", (), b"", 405, DATA),
        ("OPTIONS /v1/score", (), b"", 405, DATA),
        ("POST /v1/score", ("Content-Type: application/json",), b"{", 400, DATA),
        ("POST /v1/score", ("Content-Type: application/json",), b"{}", 422, DATA),
        ("POST /v1/score", ("Content-Type: text/plain",), b"{}", 415, DATA),
        ("POST /v1/score", ("Content-Type: application/json",), b" " * 200_000, 413, DATA),
        ("POST /v1/conversations", (), b"", 201, DATA),
        ("GET /healthz", ("no colon",), b"", 400, DATA),
    ],
)  # fmt: skip
def test_every_kind_of_answer_carries_the_headers(
    live_server: Server,
    request_: str,
    headers: tuple[str, ...],
    body: bytes,
    status: int,
    policy: str,
) -> None:
    answer = ask(live_server.port, request_, *headers, body=body)
    assert answer.status == status
    assert_secured(answer, policy)


def test_a_stream_carries_them_as_well(live_server: Server, client: Client) -> None:
    talk = client.converse()
    turn_id = talk.say("Are freelancers cheaper?")["turn_id"]
    key = f"Authorization: Bearer {talk.token}"
    stream = ask(live_server.port, f"GET {talk.path}/turns/{turn_id}/events", key)
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert_secured(stream)


def test_an_answer_to_an_allowed_site_and_a_limit_carry_them(strict_server: Server) -> None:
    first = ("Access-Control-Request-Method: POST", "Origin: https://www.example.com")
    asked = ask(strict_server.port, "OPTIONS /v1/score", *first)
    assert (asked.status, asked.headers["access-control-max-age"]) == (200, "600")
    assert_secured(asked)
    assert_secured(ask(strict_server.port, "GET /metrics"))


def traversals() -> Iterator[str]:
    """Ways out of a folder, each to several files."""
    ups = [
        "../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "%2e%2e%5c", "..%252f", "%252e%252e%252f",
        "....//", "..;/", ".%2e/", "%2e./", "..%c0%af", "%c0%ae%c0%ae/", "..%ef%bc%8f", "..%00/",
        "..%u2215", "..%e2%88%95", ".../", "..//", "%2e%2e%2f%2f", "..%2f%2e/", "/%2e%2e/",
        "..%09/", "..%0d/", "..%0a/", "./../", "%5c..%5c", "%2f..%2f", "..%25%32%66",
    ]  # fmt: skip
    ends = ["pages.py", "settings.py", "etc/passwd", "advisor.sqlite3", ".env", "rubric.toml"]
    for up in ups:
        for depth in (1, 4):
            for end in ends:
                yield f"/page/{up * depth}{end}"
    yield from (
        f"/page/{name}"
        for name in (
            "/etc/passwd", "%2fetc%2fpasswd", "file:%2f%2f%2fetc%2fpasswd", "C:%5cwin.ini",
            "page.js%00.html", "page.js%20", "page.js.", "page.js::$DATA", "PAGE.JS", "~root", "-",
        )
    )  # fmt: skip


@pytest.mark.figures
def test_no_way_out_of_the_folder_leads_to_a_file(client: Client, figure: Figures) -> None:
    tries = list(traversals())
    hits = [path for path in tries if client.call("GET", path).status not in {307, 400, 404}]
    figure("files reached by path traversal", len(hits), of=len(tries), aim="0")
    assert len(tries) >= 300
    assert hits == []


def test_no_id_or_token_is_part_of_an_address_that_is_logged(
    live_server: Server, client: Client
) -> None:
    talk: Conversation = client.converse()
    talk.say("Are freelancers cheaper?")
    client.call("GET", f"/v1/rubric?token={talk.token}")
    assert talk.token not in live_server.log.read_text()
