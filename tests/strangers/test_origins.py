"""Pages of other sites: only the two that are allowed may read, and none may post in secret."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.channels.client import Client
from tests.conftest import Server, clean_environment
from tests.strangers.conftest import ORIGINS
from tests.strangers.raw import ask, assert_is_problem

TRICKS = [
    "null", "*", "https://", "https", "//www.example.com", "www.example.com", "", "about:blank",
    "http://www.example.com", "https://www.example.com/", "https://www.example.com/x",
    "https://www.example.com:443", "https://www.example.com:8443", "https://www.example.com:",
    "https://www.example.com.", "https://www.example.com.evil.example", "https://evil.example",
    "https://www.example.computer", "https://www.example.co",
    "https://www.example.com-evil.example",
    "https://wwwwexample.com", "https://www-example.com", "https://www.examplexcom",
    "https://example.com",
    "https://evilwww.example.com", "https://evil.www.example.com",
    "https://www.example.com@evil.example",
    "https://evil.example#www.example.com", "https://evil.example/https://www.example.com",
    "https://evil.example?https://www.example.com", "https://www.example.com#",
    "https://www.example.com?",
    "HTTPS://WWW.EXAMPLE.COM", "https://WWW.example.com", "https://www.example.com\t",
    "https://www.example.com,",
    "https://www.example.com https://evil.example", "https://www.example.com, https://evil.example",
    "https://evil.example, https://www.example.com", "https://www.example.com%00.evil.example",
    "https://www.example.com%60.evil.example", "https://www.example.com`.evil.example",
    "https://www.example.com_.evil.example", "https://www.example.com{.evil.example",
    "https://www.ex\xe4mple.com",
    "https://xn--www-example-com", "https://shop.example.org", "https://shop.example.org:8444",
    "https://shop.example.org:84430", "https://shop.example.org:08443",
    "http://shop.example.org:8443",
    "https://xshop.example.org:8443", "https://shop.example.org:8443:8443", "ftp://www.example.com",
    "file://", "file:///etc/passwd", "chrome-extension://www.example.com", "data:text/html,x",
    "javascript://www.example.com", "blob:https://www.example.com/1", "https://localhost",
    "http://127.0.0.1",
    "https://[::1]", "wss://www.example.com", "https://www.example.com\\.evil.example",
    "https:/www.example.com",
]  # fmt: skip
ALLOW = "access-control-allow-"


def test_only_an_exact_origin_is_told_that_it_may_read(strict_server: Server) -> None:
    assert len(TRICKS) >= 60
    ask_first = (
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: authorization",
    )
    for origin in TRICKS:
        simple = ask(strict_server.port, "GET /v1/rubric", f"Origin: {origin}")
        asked = ask(strict_server.port, "OPTIONS /v1/search", f"Origin: {origin}", *ask_first)
        assert f"{ALLOW}origin" not in simple.headers, origin
        assert f"{ALLOW}origin" not in asked.headers, origin
        assert asked.status != 200, origin
    for origin in ORIGINS:
        for request in ("GET /v1/rubric", "OPTIONS /v1/search"):
            answer = ask(strict_server.port, request, f"Origin: {origin}", *ask_first)
            assert answer.status == 200
            assert answer.headers[f"{ALLOW}origin"] == origin
            assert f"{ALLOW}credentials" not in answer.headers
            assert "origin" in answer.headers["vary"]


def test_without_allowed_origins_no_page_of_another_site_may_read(live_server: Server) -> None:
    for origin in (*ORIGINS, *TRICKS[:10]):
        for request in ("GET /v1/rubric", "OPTIONS /v1/rubric"):
            answer = ask(live_server.port, request, f"Origin: {origin}")
            assert not [name for name in answer.headers if name.startswith(ALLOW)]


def rows(server: Server) -> int:
    with sqlite3.connect(f"file:{server.data_dir}/advisor.sqlite3?mode=ro", uri=True) as database:
        (count,) = database.execute("SELECT count(*) FROM conversations").fetchone()
        (more,) = database.execute("SELECT count(*) FROM turns").fetchone()
        return int(count) + int(more)


FOREIGN = ("Origin: https://evil.example", "Sec-Fetch-Site: cross-site")
SECRETLY = [
    ("Content-Type: text/plain",),
    ("Content-Type: text/plain;charset=UTF-8", *FOREIGN, "Sec-Fetch-Mode: no-cors"),
    ("Content-Type: application/x-www-form-urlencoded", *FOREIGN, "Sec-Fetch-Mode: navigate"),
    ("Content-Type: multipart/form-data; boundary=x",),
    ("Content-Type: text/plain; application/json",),
    (*FOREIGN, "Sec-Fetch-Mode: cors"),
    ("Origin: null", "Sec-Fetch-Site: cross-site"),
    ("Origin: https://shop.evil.example", "Sec-Fetch-Site: same-site"),
    ("Sec-Fetch-Site: cross-site",),
]
"""What a browser sends for a page of any site without asking the server first."""


@pytest.mark.parametrize("headers", SECRETLY, ids=range(len(SECRETLY)))
def test_a_page_that_was_not_allowed_changes_nothing(
    live_server: Server, client: Client, headers: tuple[str, ...]
) -> None:
    talk = client.converse()
    before = rows(live_server)
    for path in ("/v1/conversations", f"{talk.path}/messages", f"{talk.path}/turns/x/stop"):
        answer = ask(live_server.port, f"POST {path}", *headers, body=b'{"text": "hello"}')
        assert answer.status in {403, 404, 415}
        assert_is_problem(answer)
    assert rows(live_server) == before


@pytest.mark.parametrize("site", ["same-origin", "none", ""])
def test_the_page_itself_and_programs_may_begin_a_conversation(
    live_server: Server, site: str
) -> None:
    header = f"Sec-Fetch-Site: {site}"
    assert ask(live_server.port, "POST /v1/conversations", header).status == 201


def test_an_allowed_page_may_begin_a_conversation(strict_server: Server) -> None:
    for origin in ORIGINS:
        headers = (f"Origin: {origin}", "Sec-Fetch-Site: cross-site")
        assert ask(strict_server.port, "POST /v1/conversations", *headers).status == 201


@pytest.mark.parametrize("value", ["*", "https://*.example.com", "https://www.example.com, *"])
def test_a_wildcard_stops_the_start_with_one_line(tmp_path: Path, value: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "hiring_advisor", "serve", "--port", "0"],
        env={**clean_environment(), "ADVISOR_DATA_DIR": str(tmp_path / "data"),
             "ADVISOR_ALLOWED_ORIGINS": value},
        cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert "ADVISOR_ALLOWED_ORIGINS" in line
