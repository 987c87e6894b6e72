"""Servers as processes: they stop when told, forget nothing, and name a setting that is wrong."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.channels.client import Client, Conversation
from tests.channels.grounded import grounded
from tests.channels.schemas import turn_of
from tests.conftest import Server, clean_environment, start_server
from tests.stand_ins.openai_replies import Text
from tests.stand_ins.openai_server import OpenAIServer

Start = Callable[..., Server]


@pytest.fixture
def start(built_data: Path, tmp_path: Path) -> Iterator[Start]:
    """Start servers on one data folder; those that a test leaves are stopped."""
    folder = tmp_path / "data"
    shutil.copytree(built_data, folder)
    started: list[Server] = []

    def start_one(**environment: str) -> Server:
        started.append(start_server(folder, **environment))
        return started[-1]

    yield start_one
    for server in started:
        if server.process.poll() is None:
            server.stop()


def moved(talk: Conversation, server: Server) -> Conversation:
    """The same conversation, asked of another server."""
    return Conversation(Client(server.url), talk.id, talk.token)


def test_a_crash_loses_nothing_that_was_said(start: Start) -> None:
    first = start()
    talk = Client(first.url).converse()
    events = talk.hear("We want a demo. Whom should we hire?")
    turn = events[-1].json
    first.process.kill()
    first.process.wait(10)

    second = start()
    talk = moved(talk, second)
    assert talk.turns() == [turn]
    # The whole turn is replayed, or its end for whoever has heard a part of it.
    replay = talk.resume(turn["turn_id"])
    assert (replay[0].name, replay[-1].json) == ("turn.started", turn)
    rest = talk.resume(turn["turn_id"], events[2].id)
    assert (rest[-1].name, rest[-1].json) == ("turn.completed", turn)
    assert all(event.number > events[2].number for event in rest)
    after = turn_of(talk.say("Our budget is tight."))
    assert {"stage", "budget"} <= set(after.facts)
    assert talk.say(turn["user_text"], turn["message_id"]) == turn
    assert second.stop() == 0


def test_a_server_that_is_told_to_stop_ends_its_turns_first(start: Start) -> None:
    with OpenAIServer() as model, ThreadPoolExecutor(1) as pool:
        model.on_text = lambda request: Text(
            "".join(grounded(request.text, 3)), chunk_size=40, delay_chunk_s=0.1
        )
        server = start(OPENAI_API_KEY="k", OPENAI_BASE_URL=model.base_url)
        talk = Client(server.url).converse()
        hearing = pool.submit(talk.hear, "Can freelancers build production-grade AI?")
        assert model.wait_for_requests(1, 30)
        assert server.stop() == 0
        end = hearing.result()[-1]
    assert end.name == "turn.completed"
    assert not turn_of(end.json).stopped
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADVISOR_MODE", "zq81vulture"),
        ("ADVISOR_MODE", "openai"),
        ("OPENAI_BASE_URL", "zq81vulture"),
        ("ADVISOR_EMBEDDING", "zq81vulture"),
        ("ADVISOR_RATE_LIMIT", "zq81vulture"),
        ("ADVISOR_RETENTION_DAYS", "0"),
        ("ADVISOR_ALLOWED_ORIGINS", "zq81vulture"),
        ("CHROMA_URL", "http://8.8.8.8:8000"),
    ],
)
def test_a_setting_that_makes_no_sense_stops_the_start_with_one_line(
    tmp_path: Path, name: str, value: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "hiring_advisor", "serve", "--port", "0"],
        env={**clean_environment(), "ADVISOR_DATA_DIR": str(tmp_path / "data"), name: value},
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert name in line
    assert not (tmp_path / "data").exists()
