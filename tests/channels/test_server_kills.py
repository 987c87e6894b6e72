"""Real servers killed under load: what they acknowledged is there, what they had begun goes on."""

from __future__ import annotations

import http.client
import random
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.channels.client import Client, Conversation
from tests.conftest import Amounts, Figures, Server, start_server
from tests.storage.conftest import postgres_schema

VISITORS = 4
TEXTS = ["We want a demo. Whom should we hire?", "Our budget is tight.", "What are the risks?"]
LOST = (OSError, http.client.HTTPException, AssertionError)


@dataclass
class Visitor:
    """Talks until the server is gone, and remembers what it was told."""

    talk: Conversation
    whole: dict[str, dict[str, Any]] = field(default_factory=dict)
    begun: dict[str, tuple[str, str]] = field(default_factory=dict)

    def speak(self, chance: random.Random) -> None:
        with suppress(*LOST):
            while True:
                message_id, text = str(uuid.uuid4()), chance.choice(TEXTS)
                with self.talk.stream(text, message_id) as stream:
                    for event in stream:
                        if event.name == "turn.started":
                            self.begun[event.json["turn_id"]] = (message_id, text)
                        elif event.name == "turn.completed":
                            self.whole[event.json["turn_id"]] = event.json


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    if request.param == "sqlite":
        yield {}
        return
    with postgres_schema() as url:
        yield {"DATABASE_URL": url}


def load(server: Server, visitors: list[Visitor], chance: random.Random) -> None:
    """All visitors talk to the server until it is killed in the midst of it."""
    talking = [threading.Thread(target=one.speak, args=(random.Random(n),))
               for n, one in enumerate(visitors)]  # fmt: skip
    for thread in talking:
        thread.start()
    time.sleep(chance.uniform(0.05, 0.4))
    server.process.kill()
    server.process.wait(10)
    for thread in talking:
        thread.join(30)


def wrong(visitor: Visitor) -> dict[str, int]:
    """What the next server lost or shows as whole though nobody finished it."""
    shown = {turn["turn_id"]: turn for turn in visitor.talk.turns()}
    assert "running" not in [turn.get("status") for turn in shown.values()]
    lost = sum(shown.get(turn_id) != turn for turn_id, turn in visitor.whole.items())
    lost += sum(turn_id not in shown for turn_id in visitor.begun)
    half = sum(turn.get("status") != "interrupted" and not turn["text"] for turn in shown.values())
    return {"lost": lost, "half": half, "interrupted": sum("status" in t for t in shown.values())}


def asked_again(visitor: Visitor) -> int:
    """Send what was interrupted once more; return how many of them got other than one answer."""
    twice = 0
    for turn in visitor.talk.turns():
        if turn.get("status") == "interrupted":
            answer = visitor.talk.say(turn["user_text"], turn["message_id"])
            again = visitor.talk.say(turn["user_text"], turn["message_id"])
            twice += answer != again or answer["turn_id"] != turn["turn_id"] or not answer["text"]
    return twice


@pytest.mark.figures
@pytest.mark.timeout(1200)
def test_servers_killed_under_load_lose_nothing_and_their_turns_are_taken_up(
    built_data: Path, tmp_path: Path, database: dict[str, str], amount: Amounts, figure: Figures
) -> None:
    """Each database has half of the kills."""
    kills, chance = amount(5, stress=30), random.Random(9)
    folder = tmp_path / "data"
    shutil.copytree(built_data, folder)
    visitors: list[Visitor] = []
    total = {"lost": 0, "half": 0, "interrupted": 0, "twice": 0, "acknowledged": 0}
    server = start_server(folder, **database)
    for _ in range(kills):
        visitors = [Visitor(Client(server.url).converse()) for _ in range(VISITORS)]
        load(server, visitors, chance)
        server = start_server(folder, **database)
        for one in visitors:
            one.talk = Conversation(Client(server.url), one.talk.id, one.talk.token)
            for name, count in wrong(one).items():
                total[name] += count
            total["twice"] += asked_again(one)
            total["acknowledged"] += len(one.whole) + len(one.begun)
    assert server.stop() == 0
    name = "PostgreSQL" if database else "SQLite"
    figure(f"{name}: servers killed under load", kills, of=kills)
    said = total["acknowledged"]
    figure(f"{name}: turns lost by them of those acknowledged", total["lost"], of=said, aim="0")
    figure(f"{name}: interrupted turns not answered once", total["twice"], of=kills, aim="0")
    assert said > 2 * kills
    assert total["interrupted"] > 0, "the kills hit turns at work"
    assert (total["lost"], total["half"], total["twice"]) == (0, 0, 0)
