"""A database that breaks while the server runs: answered unsaved, or refused with a sentence."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.channels.client import Client, Reply
from tests.conftest import Server, start_server
from tests.strangers.raw import MOST_OF_A_REFUSAL, PROBLEM

TURN = "A" * 24


@pytest.fixture(scope="module")
def server(built_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose database this module breaks; the sentence of each break is another one."""
    folder = tmp_path_factory.mktemp("broken")
    shutil.copytree(built_data, folder, dirs_exist_ok=True)
    server = start_server(folder)
    try:
        yield server
    finally:
        assert server.stop() == 0


def overwrite(file: Path) -> None:
    """Garbage in place: connections that are open see it as well."""
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.write(os.urandom(size))


def replace(file: Path) -> None:
    """Another file under the same name."""
    file.unlink()
    file.write_bytes(b"this is no database" * 1000)


def drop_tables(file: Path) -> None:
    with sqlite3.connect(file, timeout=20) as database:
        database.execute("DROP TABLE turns")
        database.execute("DROP TABLE conversations")


def become_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


BREAKS = [overwrite, replace, drop_tables, become_a_folder]
"""In this order on one server: it mends the first two, the others leave it worse than before."""


def assert_nothing_is_given_away(reply: Reply, server: Server) -> None:
    assert reply.headers["content-type"] == PROBLEM, reply
    assert len(reply.body) <= MOST_OF_A_REFUSAL
    assert reply.json["status"] == reply.status
    assert "server" not in reply.headers
    said = (reply.body.decode() + str(reply.headers)).lower()
    words = ["traceback", "sqlite", "sqlalchemy", "aiosqlite", ".py", "line ", "uvicorn",
    "starlette",
             "select", "insert", "no such table", "malformed",
             str(server.data_dir).lower()]  # fmt: skip
    assert not [word for word in words if word in said], said


def break_the_database(server: Server, break_it: Callable[[Path], None]) -> None:
    break_it(server.data_dir / "advisor.sqlite3")
    for log in ("advisor.sqlite3-wal", "advisor.sqlite3-shm"):
        if break_it in (replace, become_a_folder):
            (server.data_dir / log).unlink(missing_ok=True)


@pytest.mark.parametrize("break_it", BREAKS, ids=lambda function: str(function.__name__))
def test_a_broken_database_is_a_sentence_and_the_server_stays(
    server: Server, break_it: Callable[[Path], None]
) -> None:
    client = Client(server.url)
    talk = client.converse()
    talk.say("Are freelancers cheaper?")
    break_the_database(server, break_it)
    odd = 0
    for _ in range(5):
        for reply in (
            client.call("POST", "/v1/conversations"),
            talk.call("GET"),
            talk.send("Are freelancers cheaper?"),
            talk.call("POST", f"/turns/{TURN}/feedback", {"rating": "up"}),
            talk.call("POST", f"/turns/{TURN}/stop"),
            talk.call("GET", f"/turns/{TURN}/events"),
        ):
            if reply.status == 200:
                # An answer is given all the same, and says that it is not saved.
                odd += "user_text" in reply.json and not reply.json["saved"]
                continue
            if reply.status in {201, 204}:
                continue
            odd += 1
            assert reply.status in {404, 503}, reply
            assert_nothing_is_given_away(reply, server)
            assert reply.status == 404 or int(reply.headers["retry-after"]) > 0
    assert odd > 0
    # What needs no database is answered all the same, and so is whoever comes now.
    assert client.call("GET", "/healthz").status == 200
    assert client.call("POST", "/v1/score", {"facts": {"budget": "tight"}}).status == 200
    assert client.call("POST", "/v1/search", {"query": "cost"}).status == 200
    fresh = client.converse().say("Are freelancers cheaper?")
    assert fresh["text"]
    assert fresh["saved"] == (break_it in (overwrite, replace))
    damaged = [file for file in server.data_dir.glob("*.damaged-*")
               if not file.name.endswith(("-wal", "-shm"))]  # fmt: skip
    # What is in the log alone is read from there: garbage under it may go unnoticed for a while.
    assert break_it is overwrite or damaged
    assert client.call("GET", "/readyz").status in {200, 503}
    assert server.process.poll() is None


def test_it_says_that_it_is_not_ready(server: Server) -> None:
    ready = Client(server.url).call("GET", "/readyz")
    assert ready.status == 503
    assert ready.json["parts"]["database"] == "down"
    assert ready.json["unsaved"] > 0
