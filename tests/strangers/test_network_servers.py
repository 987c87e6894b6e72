"""With servers of its own set, an advisor talks to these and to nobody else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.conftest import free_port
from tests.model.honest import words_of
from tests.retrieval.test_server_store import chroma
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_requests import ChatRequest
from tests.stand_ins.openai_server import OpenAIServer
from tests.stand_ins.otlp_collector import Collector
from tests.storage.conftest import postgres_schema

from .test_network import AUDIT, SERVER, watched

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")

# The hook sees Python's sockets. What a library in C connects to, the driver of PostgreSQL for
# one, stands in the system's tables of open sockets, looked at a hundred times a second.
KERNEL = """
import os, socket as sockets_of, time as time_of

def kernel():
    seen = set()
    while True:
        mine = set()
        for number in os.listdir("/proc/self/fd"):
            try:
                name = os.readlink("/proc/self/fd/" + number)
            except OSError:
                continue
            if name.startswith("socket:["):
                mine.add(name[8:-1])
        rows = []
        for table in ("tcp", "tcp6", "udp", "udp6"):
            with open("/proc/self/net/" + table) as opened:
                rows += [line.split() for line in opened.readlines()[1:]]
        rows = [row for row in rows if row[9] in mine]
        listening = {row[1].rpartition(":")[2] for row in rows if row[3] == "0A"}
        for row in rows:
            host, _, port = row[2].rpartition(":")
            if int(port, 16) == 0 or row[1].rpartition(":")[2] in listening:
                continue
            raw = b"".join(bytes.fromhex(host[i:i + 8])[::-1] for i in range(0, len(host), 8))
            family = sockets_of.AF_INET if len(raw) == 4 else sockets_of.AF_INET6
            name = sockets_of.inet_ntop(family, raw).removeprefix("::ffff:")
            if (name, port) not in seen:
                seen.add((name, port))
                print("kernel", row[0], name, int(port, 16), flush=True)
        time_of.sleep(0.01)

threading.Thread(target=kernel, daemon=True).start()
"""


def port_of(url: str) -> int:
    """The port in an address."""
    port = urlsplit(url).port
    assert port is not None
    return port


def tempting(request: ChatRequest) -> r.Reply:
    """True sentences, and others with addresses that nobody may follow."""
    return r.Text(
        f"{words_of(request)} See http://192.0.2.1/more [1] "
        "![picture](http://evil.example/p.png) and https://evil.example/a. [1]"
    )


@pytest.fixture
def model() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        server.on_text = tempting
        yield server


def assert_only(lines: list[str], expected: dict[str, int]) -> None:
    """Every connection was to this machine, to the expected ports and to each of these."""
    assert [line for line in lines if line.startswith("STRAYED")] == []
    said = [line.split() for line in lines]
    [own] = [int(words[1]) for words in said if words[0] == "own"]
    hooked = {(words[2], words[3]) for words in said if words[:2] == ["stayed", "socket.connect"]}
    known = {(words[2], words[3]) for words in said if words[0] == "kernel"}
    reached = {(host, int(port)) for host, port in hooked | known if host != "unix"}
    assert {host for host, _ in reached} <= {"127.0.0.1", "::1", "localhost"}
    ports = {port for _, port in reached}
    assert ports - {own} == set(expected.values()), expected


@pytest.mark.parametrize("embedding", ["minilm", "openai:text-embedding-3-small"])
def test_with_a_model_only_its_endpoint_is_talked_to(
    built_data: Path, tmp_path: Path, model: OpenAIServer, embedding: str
) -> None:
    if embedding == "minilm":
        shutil.copytree(built_data, tmp_path / "data")
    lines = watched(
        tmp_path,
        AUDIT + KERNEL + SERVER,
        OPENAI_API_KEY="any",
        OPENAI_BASE_URL=model.base_url,
        ADVISOR_EMBEDDING=embedding,
    )
    assert_only(lines, {"model": port_of(model.base_url)})
    assert model.requests
    assert bool(model.embeddings_requests) == (embedding != "minilm")


def test_a_model_that_sends_elsewhere_is_not_followed(
    built_data: Path, tmp_path: Path, model: OpenAIServer
) -> None:
    shutil.copytree(built_data, tmp_path / "data")
    with OpenAIServer() as elsewhere:
        moved = r.Status(307, location=f"{elsewhere.base_url}/chat/completions")
        model.on_text = model.on_tool = lambda _: moved
        lines = watched(
            tmp_path,
            AUDIT + KERNEL + SERVER,
            OPENAI_API_KEY="any",
            OPENAI_BASE_URL=model.base_url,
        )
        assert_only(lines, {"model": port_of(model.base_url)})
        assert (elsewhere.requests, elsewhere.refused) == ([], [])


@pytest.mark.postgres
def test_with_servers_of_every_kind_only_these_are_talked_to(
    tmp_path: Path, model: OpenAIServer
) -> None:
    port = free_port()
    with ExitStack() as stack:
        database = stack.enter_context(postgres_schema())
        collector = stack.enter_context(Collector())
        stack.enter_context(chroma(tmp_path / "chroma", port))
        lines = watched(
            tmp_path,
            AUDIT + KERNEL + SERVER,
            OPENAI_API_KEY="any",
            OPENAI_BASE_URL=model.base_url,
            DATABASE_URL=database,
            REDIS_URL=REDIS_URL,
            CHROMA_URL=f"http://127.0.0.1:{port}",
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint,
        )
    expected = {
        "model": port_of(model.base_url),
        "postgres": port_of(database),
        "redis": port_of(REDIS_URL),
        "chroma": port,
        "otlp": port_of(collector.endpoint),
    }
    assert_only(lines, expected)
    assert collector.spans


def test_the_tables_show_a_socket_that_the_hook_does_not_see() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        # Through the C library, as a driver in C does it.
        script = f"""
import threading
{KERNEL}
import ctypes, struct, time
libc = ctypes.CDLL(None)
address = struct.pack("=H", 2) + struct.pack(">H", {port}) + bytes([127, 0, 0, 1]) + bytes(8)
opened = libc.socket(2, 1, 0)
assert libc.connect(opened, address, len(address)) == 0
time.sleep(1)
"""
        ended = subprocess.run(
            [sys.executable, "-c", AUDIT + script],
            check=False, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "stayed" not in ended.stdout
    assert f"127.0.0.1 {port}" in ended.stdout
