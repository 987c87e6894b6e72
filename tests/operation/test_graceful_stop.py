"""A server that is told to stop: readiness off first, every stream gets its end, exit status 0."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import pytest
from tests.channels.client import Client, Conversation, Event
from tests.channels.grounded import grounded
from tests.conftest import Server
from tests.operation.conftest import Start
from tests.stand_ins.openai_replies import Hang, StallAfter, Text
from tests.stand_ins.openai_server import OpenAIServer

ASKED = "Can freelancers build production-grade AI?"
PATIENCE_S = 30.0


def with_model(model: OpenAIServer) -> dict[str, str]:
    return {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": model.base_url}


class Listener(threading.Thread):
    """Hears a turn to its end; `is_talking` is set at the first sentence."""

    def __init__(self, talk: Conversation, until: str = "answer.sentence") -> None:
        super().__init__(daemon=True)
        self._talk = talk
        self._until = until
        self.is_talking = threading.Event()
        self.events: list[Event] = []
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            with self._talk.stream(ASKED) as stream:
                for event in stream:
                    self.events.append(event)
                    if event.name == self._until:
                        self.is_talking.set()
        except Exception as error:
            self.error = error

    def end(self) -> Any:
        """The data of the last event, once the stream is over and was well-formed to its end."""
        self.join(PATIENCE_S)
        assert not self.is_alive()
        assert self.error is None, self.error
        assert self.events[-1].name == "turn.completed"
        return self.events[-1].json


def hang_after_a_sentence(model: OpenAIServer) -> None:
    model.on_text = lambda request: StallAfter(
        2, pings=True, answer=Text((*grounded(request.text, 2), "Free"))
    )


@pytest.fixture
def hung(start: Start, model: OpenAIServer) -> tuple[Server, Listener]:
    """A server with a second of grace, and a stream whose model hangs in the middle."""
    hang_after_a_sentence(model)
    server = start(**with_model(model), ADVISOR_STOP_GRACE_S="1.5")
    listener = Listener(Client(server.url).converse())
    assert listener.is_talking.wait(PATIENCE_S)
    return server, listener


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stream_that_hangs_gets_a_marked_end_when_the_grace_is_over(
    hung: tuple[Server, Listener], number: signal.Signals
) -> None:
    server, listener = hung
    began = time.monotonic()
    server.process.send_signal(number)
    turn = listener.end()
    took_s = time.monotonic() - began
    assert turn["stopped"] is True
    assert turn["sentences"]
    assert server.process.wait(PATIENCE_S) == 0
    assert 1.2 < took_s < 8.0, "the grace was kept, and no deadline of the model waited for"
    assert "Traceback" not in server.log.read_text()


def test_a_json_reply_that_hangs_is_ended_too_and_the_turn_is_stored(
    start: Start, model: OpenAIServer
) -> None:
    model.on_text = lambda _: Hang()
    server = start(**with_model(model), ADVISOR_STOP_GRACE_S="1")
    talk = Client(server.url).converse()
    found: list[Any] = []
    sending = threading.Thread(target=lambda: found.append(talk.say(ASKED)))
    sending.start()
    assert model.wait_for_requests(1, PATIENCE_S)
    assert server.stop() == 0
    sending.join(PATIENCE_S)
    assert found[0]["stopped"] is True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_same_signal_once_more_ends_it_now(
    start: Start, model: OpenAIServer, number: signal.Signals
) -> None:
    hang_after_a_sentence(model)
    server = start(**with_model(model), ADVISOR_STOP_GRACE_S="60")
    listener = Listener(Client(server.url).converse())
    assert listener.is_talking.wait(PATIENCE_S)
    server.process.send_signal(number)
    time.sleep(0.5)
    assert server.process.poll() is None
    server.process.send_signal(number)
    assert listener.end()["stopped"] is True
    assert server.process.wait(6) == 0


def test_readiness_goes_off_while_everything_is_still_served(start: Start) -> None:
    server = start(ADVISOR_STOP_DELAY_S="6")
    client = Client(server.url)
    talk = client.converse()
    assert client.call("GET", "/readyz").status == 200
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    for _ in range(3):
        ready = client.call("GET", "/readyz")
        assert (ready.status, ready.json["status"]) == (503, "down")
        assert ready.headers["connection"] == "close"
        assert client.call("GET", "/livez").status == 200
        assert talk.say(ASKED)["stopped"] is False
    assert server.process.wait(PATIENCE_S) == 0
    with pytest.raises(ConnectionRefusedError):
        client.call("GET", "/readyz")
