"""The same message many times at once, and many messages at once: on one server and on two."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.channels.client import Client, Conversation, Event
from tests.channels.grounded import grounded
from tests.conftest import Figures, Server, start_server
from tests.stand_ins.openai_replies import Text
from tests.stand_ins.openai_server import OpenAIServer
from tests.storage.conftest import postgres_schema

AT_ONCE = 50
QUESTION = "Can freelancers build production-grade AI?"


class Site:
    """One conversation, and the servers that may be asked in turn."""

    def __init__(self, servers: list[Server], model: OpenAIServer) -> None:
        self.servers = servers
        self.model = model

    def begin(self) -> list[Conversation]:
        first = Client(self.servers[0].url).converse()
        return [Conversation(Client(one.url), first.id, first.token) for one in self.servers]


@pytest.fixture(scope="module", params=["one", pytest.param("two", marks=pytest.mark.postgres)])
def site(
    request: pytest.FixtureRequest, built_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A server on SQLite; or two on one PostgreSQL."""
    folder = tmp_path_factory.mktemp("repeats")
    shutil.copytree(built_data, folder, dirs_exist_ok=True)
    servers: list[Server] = []
    with OpenAIServer() as model, postgres_schema() as url:
        model.on_text = lambda request: Text("".join(grounded(request.text, 2)))
        shared = {} if request.param == "one" else {"DATABASE_URL": url}
        try:
            for _ in range(1 if request.param == "one" else 2):
                servers.append(  # noqa: PERF401 - those that started are stopped whatever comes
                    start_server(
                        folder, OPENAI_API_KEY="k", OPENAI_BASE_URL=model.base_url, **shared
                    )
                )
            yield Site(servers, model)
        finally:
            for server in servers:
                server.stop()


@pytest.mark.figures
def test_one_message_sent_fifty_times_at_once_is_answered_once(site: Site, figure: Figures) -> None:
    site.model.on_text = lambda request: Text("".join(grounded(request.text, 2)))
    alone = site.begin()[0]
    before = len(site.model.requests)
    alone.say(QUESTION)
    calls_of_one = len(site.model.requests) - before
    talks, message_id = site.begin(), str(uuid.uuid4())
    before = len(site.model.requests)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        turns = list(
            pool.map(lambda n: talks[n % len(talks)].say(QUESTION, message_id), range(AT_ONCE))
        )
    calls = len(site.model.requests) - before
    stored = talks[0].turns()
    where = f"{len(talks)} server{'s' * (len(talks) > 1)}"
    figure(f"{where}: turns of one message sent 50 times at once", len(stored), of=50, aim="1")
    figure(f"{where}: model calls for it beyond one turn's", calls - calls_of_one, of=50, aim="0")
    assert len(stored) == 1
    assert all(turn == stored[0] for turn in turns)
    assert calls == calls_of_one >= 1


@pytest.mark.figures
def test_fifty_messages_at_once_are_answered_in_order_and_their_streams_keep_apart(
    site: Site, figure: Figures
) -> None:
    talks = site.begin()

    def hear(number: int) -> list[Event]:
        return talks[number % len(talks)].hear(
            f"What are the risks with freelancers, case {number}?"
        )

    with ThreadPoolExecutor(AT_ONCE) as pool:
        streams = list(pool.map(hear, range(AT_ONCE)))
    stored = talks[0].turns()
    told = {events[-1].json["turn_id"]: events[-1].json for events in streams}
    mixed = sum(len({event.id.partition(":")[0] for event in events}) != 1 for events in streams)
    figure(f"{len(talks)} server(s): of 50 messages at once, lost", 50 - len(told), of=50, aim="0")
    figure(f"{len(talks)} server(s): streams of them that mix", mixed, of=50, aim="0")
    assert {turn["turn_id"]: turn for turn in stored} == told
    assert len(stored) == AT_ONCE
    assert mixed == 0
    for number, events in enumerate(streams):
        assert events[0].name == "turn.started"
        assert events[-1].name == "turn.completed"
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert events[-1].json["user_text"].endswith(f"case {number}?")
        assert not events[-1].json["stopped"]
    if len(talks) == 1:  # the clocks of two servers are read before they agree on the order
        came = [turn["created_at"] for turn in stored]
        assert came == sorted(came)
