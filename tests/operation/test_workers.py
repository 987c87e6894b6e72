"""Several workers behind one socket: each is well, they count together, they stop together."""

from __future__ import annotations

import json
import signal
import time
import uuid
from collections.abc import Callable
from typing import TypeVar

import pytest
from tests.channels.client import Client
from tests.operation.conftest import Start
from tests.strangers.test_metrics import figures

PATIENCE_S = 60.0
T = TypeVar("T")


def is_ready(client: Client) -> bool:
    """What a load balancer would say: a line that is cut is not ready."""
    try:
        return client.call("GET", "/readyz").status == 200
    except ConnectionError:
        return False


def retried(call: Callable[[], T]) -> T:
    """A worker that goes may cut a line that it has not read from: a visitor asks again, once."""
    try:
        return call()
    except ConnectionError:
        return call()


@pytest.mark.timeout(240)
@pytest.mark.postgres
def test_workers_serve_count_restart_and_stop_as_one(start: Start, postgres_url: str) -> None:
    server = start("--workers", "2", DATABASE_URL=postgres_url, ADVISOR_STOP_DELAY_S="1")
    client = Client(server.url)
    talk = client.converse()
    for _ in range(12):
        assert client.call("GET", "/readyz").status == 200
        assert talk.say("hello")["stopped"] is False
    time.sleep(1.1)
    found = figures(client)
    counted = sum(n for (name, _), n in found.items() if name == "hiring_advisor_turns_total")
    assert counted == 12, "whichever worker is asked, it tells of all"
    assert found[("process_resident_memory_bytes", ())] > 50e6

    server.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + PATIENCE_S
    while server.log.read_text().count('"event": "Finished server process') < 2:
        assert time.monotonic() < deadline
        assert retried(lambda: client.call("GET", "/readyz").status) == 200
        message_id = str(uuid.uuid4())
        turn = retried(lambda: talk.say("hello", message_id))  # noqa: B023 - run at once
        assert turn["stopped"] is False
    assert client.call("GET", "/readyz").status == 200

    server.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 5
    while is_ready(client):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert server.process.wait(PATIENCE_S) == 0
    events = [json.loads(line)["event"] for line in server.log.read_text().splitlines()
              if line.startswith("{")]  # fmt: skip
    assert sum(event.startswith("Finished server process") for event in events) == 4
    assert "Traceback" not in server.log.read_text()
