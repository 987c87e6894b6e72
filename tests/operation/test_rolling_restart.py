"""Two processes on one PostgreSQL are restarted in turns under load: no answer is dropped."""

from __future__ import annotations

import http.client
import shutil
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.channels.client import Client, Conversation
from tests.channels.grounded import grounded
from tests.channels.schemas import turn_of
from tests.conftest import Amounts, Figures, Server, start_server, start_server_on
from tests.stand_ins.openai_replies import Text
from tests.stand_ins.openai_server import OpenAIServer
from tests.storage.conftest import postgres_schema

QUESTIONS = (
    "Can freelancers build production-grade AI?",
    "We want a demo in ten days. Whom should we hire?",
    "What are the risks with freelancers?",
)
PATIENCE_S = 60.0
DROPPED = (OSError, http.client.HTTPException, AssertionError)
"""What a line that broke, a refused connection or a 503 look like to the client of the tests."""


@dataclass
class Balancer:
    """Knows the processes, and which of them says that it is ready."""

    servers: list[Server]
    resumed: int = 0
    retried: int = 0

    def ready(self, offset: int) -> Client:
        """A client of a process that is ready; `offset` spreads visitors."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for number in range(len(self.servers)):
                client = Client(self.servers[(offset + number) % len(self.servers)].url)
                try:
                    if client.call("GET", "/readyz").status == 200:
                        return client
                except OSError:
                    pass
            time.sleep(0.05)
        raise TimeoutError("no process is ready")


@dataclass
class Visitor(threading.Thread):
    """Sends messages one after the other, each until it has its whole answer."""

    balancer: Balancer
    number: int
    is_over: threading.Event
    sent: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None

    __hash__ = threading.Thread.__hash__

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        talk = self.balancer.ready(self.number).converse()
        self.talk = (talk.id, talk.token)
        self.start()

    def run(self) -> None:
        try:
            while not self.is_over.is_set():
                text = QUESTIONS[len(self.sent) % len(QUESTIONS)]
                message_id = str(uuid.uuid4())
                self.sent[message_id] = self._answer(text, message_id)
        except Exception as error:
            self.error = error

    def _answer(self, text: str, message_id: str) -> Any:
        """Stream it; where the line breaks, ask another process with the same message id."""
        deadline = time.monotonic() + PATIENCE_S
        tries = 0
        while time.monotonic() < deadline:
            seen = ""
            try:
                talk = self._at(self.balancer.ready(self.number + tries))
                with talk.stream(text, message_id) as stream:
                    for event in stream:
                        seen = event.name
                        if seen == "turn.completed":
                            return event.json
            except DROPPED:
                pass
            self.balancer.retried += 1
            self.balancer.resumed += bool(seen)
            tries += 1
        raise TimeoutError(f"message {len(self.sent)} of visitor {self.number} has no answer")

    def _at(self, client: Client) -> Conversation:
        return Conversation(client, *self.talk)


@pytest.mark.figures
@pytest.mark.postgres
@pytest.mark.timeout(1500)
def test_rolling_restarts_under_load_drop_no_answer(
    built_data: Path, tmp_path: Path, amount: Amounts, figure: Figures
) -> None:
    restarts = amount(4, stress=100)
    with OpenAIServer() as model, postgres_schema() as url:
        # About half a second an answer: whoever stops has streams open.
        model.on_text = lambda request: Text(
            "".join(grounded(request.text, 2)), chunk_size=30, delay_chunk_s=0.05
        )
        settings = {
            "DATABASE_URL": url,
            "OPENAI_API_KEY": "k",
            "OPENAI_BASE_URL": model.base_url,
            "ADVISOR_STOP_DELAY_S": "0.5",
        }
        folders = [tmp_path / name for name in ("one", "two")]
        for folder in folders:
            shutil.copytree(built_data, folder)
        balancer = Balancer([start_server(folder, **settings) for folder in folders])
        is_over = threading.Event()
        try:
            visitors = [Visitor(balancer, number, is_over) for number in range(4)]
            statuses = []
            for restart in range(restarts):
                at = restart % 2
                old = balancer.servers[at]
                statuses.append(old.stop())
                balancer.servers[at] = start_server_on(old.port, folders[at], **settings)
            is_over.set()
            for visitor in visitors:
                visitor.join(PATIENCE_S)
            reader = balancer.ready(0)
            dropped = [str(one.error) for one in visitors if one.error or one.is_alive()]
            total = sum(len(one.sent) for one in visitors)
            unlike = [
                message_id
                for one in visitors
                for message_id in differences(one.sent, one._at(reader).turns())
            ]
        finally:
            is_over.set()
            statuses += [server.stop() for server in balancer.servers]
    figure("answers dropped in rolling restarts", len(dropped) + len(unlike), of=total, aim="0")
    figure("rolling restarts of two processes under load", restarts, aim="100")
    assert dropped == []
    assert unlike == []
    assert set(statuses) == {0}
    assert total > 4 * restarts


def differences(sent: dict[str, Any], turns: list[dict[str, Any]]) -> list[str]:
    """The messages that have no turn, more than one, another than was shown, or half of one."""
    found = []
    stored: dict[str, list[dict[str, Any]]] = {}
    for turn in turns:
        stored.setdefault(turn["message_id"], []).append(turn)
    for message_id, shown in sent.items():
        is_whole = not turn_of(shown).stopped and shown["text"]
        if stored.pop(message_id, []) != [shown] or not is_whole:
            found.append(message_id)
    return found + list(stored)


def test_half_turns_and_double_ones_are_noticed(client_turn: dict[str, Any]) -> None:
    turn, key = client_turn, client_turn["message_id"]
    assert differences({key: turn}, [turn]) == []
    assert differences({key: turn}, [turn, turn]) == [key]
    assert differences({key: turn}, []) == [key]
    assert differences({}, [turn]) == [key]
    stopped = {**turn, "stopped": True}
    assert differences({key: stopped}, [stopped]) == [key]
