"""A Chroma server (`CHROMA_URL`): a real one, and what is none, over real sockets."""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.conftest import clean_environment, free_port
from tests.retrieval.conftest import ANSWER, QUESTION, Start, sections
from tests.retrieval.test_keeper import wait_until as until

from hiring_advisor.bootstrap import Parts

Kept = Callable[..., Parts]


@pytest.fixture
def kept(start: Start) -> Iterator[Kept]:
    """Parts whose index is looked at often; nobody looks any more at the end."""
    all_of_them: list[Parts] = []

    def make(data_dir: Path, **given: str) -> Parts:
        parts = start(data_dir, **given)
        all_of_them.append(parts)
        parts.keeper._every_s = parts.keeper._pause_s = 0.2
        parts.attach_index()
        parts.keeper.watch()
        return parts

    yield make
    for parts in all_of_them:
        parts.keeper.close()


def is_served(parts: Parts) -> None:
    """A question gets its passage, now."""
    before = time.monotonic()
    assert ANSWER in sections(parts.retriever.retrieve(QUESTION))
    assert time.monotonic() - before < 5


@contextmanager
def chroma(folder: Path, port: int) -> Iterator[None]:
    """A real Chroma server, up."""
    command = Path(sys.executable).with_name("chroma")
    process = subprocess.Popen(
        [command, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)],
        env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while True:
            assert process.poll() is None
            assert time.monotonic() < deadline
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def by_vectors(parts: Parts) -> bool:
    found = parts.retriever.retrieve(QUESTION)
    return not found.lexical_only and sections(found)[0] == ANSWER


def test_a_server_serves_goes_down_and_comes_back(tmp_path: Path, kept: Kept) -> None:
    port = free_port()
    with chroma(tmp_path / "server", port):
        parts = kept(tmp_path / "data", CHROMA_URL=f"http://127.0.0.1:{port}")
        assert by_vectors(parts)
    is_served(parts)
    until(lambda: parts.keeper.state == "degraded")
    before = time.monotonic()
    for _ in range(20):
        is_served(parts)
    assert time.monotonic() - before < 5, "questions wait for a server that is down"
    with chroma(tmp_path / "server", port):
        until(lambda: parts.keeper.state == "ok")
        assert by_vectors(parts)


def test_a_collection_that_somebody_deleted_is_written_again(tmp_path: Path, kept: Kept) -> None:
    import chromadb

    port = free_port()
    with chroma(tmp_path / "server", port):
        parts = kept(tmp_path / "data", CHROMA_URL=f"http://127.0.0.1:{port}")
        client = chromadb.HttpClient(host="127.0.0.1", port=port)
        (collection,) = client.list_collections()
        client.delete_collection(collection.name)
        client._server._session.close()  # type: ignore[attr-defined]
        is_served(parts)
        until(lambda: parts.keeper.state == "ok" and by_vectors(parts))


class Silent:
    """Accepts connections and says nothing."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.socket.getsockname()[1])


@pytest.fixture
def silent() -> Iterator[Silent]:
    one = Silent()
    yield one
    one.socket.close()


def test_a_silent_server_keeps_no_question_waiting(
    tmp_path: Path, kept: Kept, silent: Silent
) -> None:
    parts = kept(tmp_path / "data", CHROMA_URL=f"http://127.0.0.1:{silent.port}")
    assert (parts.keeper.state, parts.keeper.cause) == ("degraded", "server")
    before, threads = time.monotonic(), threading.active_count()
    for _ in range(20):
        is_served(parts)
    assert time.monotonic() - before < 5
    assert threading.active_count() <= threads + 1


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "refused"), (403, "refused"), (500, "server")]
)
def test_a_server_that_refuses_leaves_words_alone_to_answer(
    tmp_path: Path, start: Start, status: int, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        parts = start(tmp_path / "data", CHROMA_URL=url)
        assert not parts.attach_index()
        assert not parts.attach_index()
        server.shutdown()
    assert parts.keeper.cause == reason
    is_served(parts)
    assert sum(one.levelname == "WARNING" for one in caplog.records) == 1


def test_a_server_without_our_tenant_leaves_words_alone_to_answer(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    import chromadb

    real = chromadb.HttpClient

    def of_another_tenant(**given: object) -> object:
        return real(**given, tenant="nobody")  # type: ignore[arg-type]

    monkeypatch.setattr(chromadb, "HttpClient", of_another_tenant)
    port = free_port()
    with chroma(tmp_path / "server", port):
        parts = start(tmp_path / "data", CHROMA_URL=f"http://127.0.0.1:{port}")
        assert not parts.attach_index()
        is_served(parts)
    assert parts.keeper.state == "degraded"
    with warnings.catch_warnings():
        # A client that Chroma could not make leaves its connections to the collector.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
