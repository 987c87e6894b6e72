"""A server that knows its own names: asked for another one, it says that it is not here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Figures, Server, clean_environment, start_server
from tests.strangers.conftest import API_KEYS
from tests.strangers.raw import answers, ask, assert_is_problem, exchange
from tests.strangers.test_addresses import FORWARDED, HOSTS

NAMES = ("www.example.com", "advisor.example.org", "2001:db8::1")
KEY = f"Authorization: Bearer {API_KEYS[0]}"


@pytest.fixture(scope="module")
def named_server(built_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with names, an address in https, and a key."""
    folder = tmp_path_factory.mktemp("named")
    shutil.copytree(built_data, folder, dirs_exist_ok=True)
    server = start_server(
        folder,
        ADVISOR_TRUSTED_HOSTS=", ".join(NAMES),
        ADVISOR_PUBLIC_URL="https://www.example.com",
        ADVISOR_API_KEYS=API_KEYS[0],
    )
    try:
        yield server
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize(
    "host",
    ["www.example.com", "WWW.Example.com", "www.example.com:8443", "advisor.example.org",
     "[2001:db8::1]:80", "localhost", "127.0.0.1:1", "[::1]"],
)  # fmt: skip
def test_its_own_names_are_answered(named_server: Server, host: str) -> None:
    answer = ask(named_server.port, "GET /v1/rubric", f"Host: {host}")
    assert answer.status == 200
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


STRANGE = [
    *HOSTS, "www.example.com.evil.example", "evilwww.example.com", "example.com",
    "www.example.com.", "www.example.com:evil", "www.example.com:80:80", "www.example.com/x",
    "www.example.com?x", "www.example.com#x", "evil@www.example.com", "www.example.com@evil",
    "www.example.com, evil.example", "www.example.com evil", "www_example.com", "www.example.co",
    "xn--www.example.com", "2001:db8::1", "[2001:db8::1", "[2001:db8::2]", "*",
]  # fmt: skip


@pytest.mark.figures
def test_no_other_name_is_answered(named_server: Server, figure: Figures) -> None:
    assert len(STRANGE) >= 30
    passed = []
    for host in STRANGE:
        for request in ("GET /metrics", "GET /v1/rubric", "POST /v1/conversations", "GET /"):
            answer = ask(named_server.port, request, f"Host: {host}", KEY)
            assert_is_problem(answer) if answer.status >= 400 else passed.append((request, host))
            assert answer.status in {400, 421} or answer.status < 300
    figure("requests under a foreign Host answered", len(passed), of=4 * len(STRANGE), aim="0")
    assert passed == []


def test_no_header_speaks_for_the_host(named_server: Server) -> None:
    for name in ("X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded"):
        header = f"{name}: {'host=' if name == 'Forwarded' else ''}www.example.com"
        refused = ask(named_server.port, "GET /v1/rubric", "Host: evil.example", header)
        assert refused.status == 421
        taken = header.replace("www.example.com", "evil.example")
        answer = ask(named_server.port, "GET /v1/rubric", "Host: www.example.com", taken)
        assert answer.status == 200
        assert b"evil" not in answer.body


@pytest.mark.parametrize(
    "head",
    [
        "GET /v1/rubric HTTP/1.1\r\nHost: www.example.com\r\nHost: evil.example\r\n\r\n",
        "GET /v1/rubric HTTP/1.1\r\nHost: evil.example\r\nHost: www.example.com\r\n\r\n",
        "GET /v1/rubric HTTP/1.1\r\n\r\n",
        "GET http://www.example.com/v1/rubric HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET /v1/rubric HTTP/1.0\r\n\r\n",
    ],
)
def test_one_host_and_no_more_names_the_site(named_server: Server, head: str) -> None:
    (answer,) = answers(exchange(named_server.port, head.encode()))
    assert answer.status == 421


def test_the_key_is_wanted_whatever_the_host_and_the_path_say(named_server: Server) -> None:
    targets = ["/metrics", "http://127.0.0.1/metrics", "http://evil.example/metrics"]
    for target in targets:
        for header in ("Host: localhost", "Host: www.example.com", *FORWARDED[:5]):
            answer = ask(named_server.port, f"GET {target}", header)
            assert answer.status == 401, (target, header)
            assert_is_problem(answer)
        assert ask(named_server.port, f"GET {target}", KEY).status == 200


@pytest.mark.parametrize(
    "value", ["*", "*.example.com", "https://www.example.com", "www.example.com:80", "a b", "a/b"]
)
def test_a_name_that_is_none_stops_the_start_with_one_line(tmp_path: Path, value: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "hiring_advisor", "serve", "--port", "0"],
        env={**clean_environment(), "ADVISOR_DATA_DIR": str(tmp_path / "data"),
             "ADVISOR_TRUSTED_HOSTS": value},
        cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert "ADVISOR_TRUSTED_HOSTS" in line
