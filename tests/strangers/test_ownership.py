"""Every call of a conversation against everyone who is not its holder: one answer, no effect.

The calls come from the OpenAPI document: a new one fails here until it has an entry in `BODIES`.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.channels.client import Client, Conversation, Reply
from tests.conftest import Amounts, Figures, Server, make_settings

from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database

MINE = "/v1/conversations/{conversation_id}"
BODIES: dict[tuple[str, str], Any] = {
    ("GET", MINE): None,
    ("DELETE", MINE): None,
    ("POST", f"{MINE}/messages"): {"text": "Let me in."},
    ("GET", f"{MINE}/turns/{{turn_id}}/events"): None,
    ("POST", f"{MINE}/turns/{{turn_id}}/stop"): None,
    ("POST", f"{MINE}/turns/{{turn_id}}/feedback"): {"rating": "down"},
}
"""A body that each call takes. Parameters are `conversation_id` and `turn_id` alone."""

OF_THE_REQUEST = {"date", "x-request-id"}
"""What differs from request to request, whoever sends it."""


@pytest.fixture(scope="module")
def calls(client: Client) -> list[tuple[str, str]]:
    """(method, path) of every call under a conversation."""
    document = client.call("GET", "/openapi.json").json
    found = [
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if path.startswith(MINE)
    ]
    assert set(found) == BODIES.keys(), "a call without an entry, or an entry without a call"
    return found


@dataclass(frozen=True)
class Held:
    """A conversation with one turn."""

    talk: Conversation
    turn_id: str


def held(client: Client) -> Held:
    talk = client.converse()
    return Held(talk, talk.say("Are freelancers cheaper?")["turn_id"])


@pytest.fixture(scope="module")
def mine(client: Client) -> Held:
    return held(client)


@pytest.fixture(scope="module")
def other(client: Client) -> Held:
    return held(client)


@pytest.fixture
async def expired(live_server: Server, client: Client) -> Conversation:
    """A conversation whose time was over before it was asked for; nobody has swept yet."""
    database = Database(make_settings(live_server.data_dir).resolved_database_url)
    await database.open()
    past = datetime.now(UTC) - timedelta(days=100)
    new = await Conversations(database, clock=lambda: past).create(90)
    await database.close()
    return Conversation(client, new.conversation_id, new.token)


def attempts(mine: Held, other: Held, expired: Conversation) -> Iterator[tuple[str, str, str]]:
    """(what, conversation id, Authorization header) of everyone who is not the holder."""
    talk, token = mine.talk, mine.talk.token
    yield "no token", talk.id, ""
    erased = talk.client.converse()
    assert erased.call("DELETE").status == 204
    yield "an erased conversation", erased.id, f"Bearer {erased.token}"
    yield "an erased conversation's token", talk.id, f"Bearer {erased.token}"
    malformed = [
        "Bearer", "Bearer ", f"Basic {token}", f"Token {token}", token, f"Digest {token}",
        f"Bearer{token}",
        f"Bearer\t{token}", f"Bearer  {token}", f"Bearer {token} {token}", f"Bearer {token},x",
        f'Bearer "{token}"', f"Bearer {talk.id}", "Bearer null", "Bearer *", "Bearer %00",
        f"Bearer {token[:-1]}", f"Bearer {token}=", f"Bearer {token.swapcase()}",
        f"Bearer {'A' * 43}", f"Bearer {'é' * 43}", f"Bearer {'A' * 60_000}",
    ]  # fmt: skip
    yield from ((f"malformed: {header[:20]}", talk.id, header) for header in malformed)
    yield "another conversation's token", talk.id, f"Bearer {other.talk.token}"
    yield "an expired conversation's token", talk.id, f"Bearer {expired.token}"
    yield "an expired conversation", expired.id, f"Bearer {expired.token}"
    for at in (0, 20, 42):
        flipped = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        yield f"forged at {at}", talk.id, f"Bearer {flipped}"
    yield "swapped id", other.talk.id, f"Bearer {token}"
    strange = [
        "x", "A" * 24, "0", "-1", "*", "%25", "%00", "null", "'%20OR%201=1--", "%2e", "A" * 500,
        f"{talk.id}%00", f"{talk.id}%20", f"%20{talk.id}", talk.id.swapcase(), talk.id[:-1],
        f"{talk.id}{talk.id}", f"{talk.id};x", "%ff%fe",
        "%ED%A0%80",
    ]  # fmt: skip
    yield from ((f"unknown id: {name[:20]}", name, f"Bearer {token}") for name in strange)


def knock(client: Client, call: tuple[str, str], id_: str, turn_id: str, header: str) -> Reply:
    path = call[1].format(conversation_id=id_, turn_id=turn_id)
    headers = {"authorization": header, "accept": "text/event-stream"}
    return client.call(call[0], path, BODIES[call], headers=headers)


def rows(server: Server) -> list[tuple[Any, ...]]:
    """Everything that the server has stored."""
    with sqlite3.connect(f"file:{server.data_dir}/advisor.sqlite3?mode=ro", uri=True) as database:
        return [
            row
            for table in ("conversations", "turns")
            for row in database.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
        ]


@pytest.mark.figures
def test_everyone_but_the_holder_gets_one_and_the_same_404(
    figure: Figures,
    live_server: Server,
    client: Client,
    calls: list[tuple[str, str]],
    mine: Held,
    other: Held,
    expired: Conversation,
) -> None:
    before = rows(live_server)
    seen: dict[str, list[object]] = {}
    for call in calls:
        for what, id_, header in attempts(mine, other, expired):
            reply = knock(client, call, id_, mine.turn_id, header)
            assert reply.status == 404, (what, call, reply.body)
            seen.setdefault(reply_of(reply), []).append((what, call))
    tries = sum(len(names) for names in seen.values())
    figure("strangers let in, over all calls of a conversation", 0, of=tries, aim="0, one 404")
    assert len(seen) == 1, {key: names[:3] for key, names in seen.items()}
    assert rows(live_server) == before


def reply_of(reply: Reply) -> str:
    """All that a stranger sees of a reply but the time of day."""
    headers = {name: value for name, value in reply.headers.items() if name not in OF_THE_REQUEST}
    return json.dumps([headers, reply.body.decode()])


def test_the_turn_of_another_conversation_is_an_unknown_turn(
    live_server: Server, client: Client, calls: list[tuple[str, str]], mine: Held, other: Held
) -> None:
    before = rows(live_server)
    about_turns = [call for call in calls if "{turn_id}" in call[1]]
    assert len(about_turns) >= 3
    header = f"Bearer {mine.talk.token}"
    seen = {
        reply_of(knock(client, call, mine.talk.id, turn_id, header))
        for call in about_turns
        for turn_id in (other.turn_id, "A" * 24, "x", mine.turn_id[:-1], "%00", "A" * 2000)
    }
    assert len(seen) == 1
    assert '\\"status\\":404' in seen.pop()
    assert rows(live_server) == before


def test_the_holder_gets_in(client: Client, calls: list[tuple[str, str]]) -> None:
    mine = held(client)
    header = f"bearer {mine.talk.token}"  # the scheme is written as one likes
    calls = sorted(calls, key=lambda call: call[0] == "DELETE")
    statuses = [knock(client, call, mine.talk.id, mine.turn_id, header).status for call in calls]
    assert all(200 <= status < 300 for status in statuses), dict(zip(calls, statuses, strict=True))
    assert mine.talk.call("GET").status == 404


def test_no_call_takes_an_id_or_a_token_in_its_query(client: Client) -> None:
    document = client.call("GET", "/openapi.json").json
    named = {
        (parameter["in"], parameter["name"])
        for methods in document["paths"].values()
        for call in methods.values()
        for parameter in call.get("parameters", ())
    }
    assert {where for where, _ in named} == {"path"}, named


@pytest.mark.figures
def test_the_time_of_a_404_tells_nothing(
    client: Client,
    calls: list[tuple[str, str]],
    mine: Held,
    other: Held,
    expired: Conversation,
    amount: Amounts,
    figure: Figures,
) -> None:
    forged = f"Bearer {'A' * len(mine.talk.token)}"
    strangers = {
        "no token": (mine.talk.id, ""),
        "another's token": (mine.talk.id, f"Bearer {other.talk.token}"),
        "a forged token": (mine.talk.id, forged),
        "an unknown id": ("A" * 24, f"Bearer {mine.talk.token}"),
        "an expired conversation": (expired.id, f"Bearer {expired.token}"),
    }
    call = ("GET", MINE)
    spent: dict[str, list[float]] = {who: [] for who in strangers}
    for _ in range(amount(60, stress=600)):
        for who, (id_, header) in strangers.items():  # in turns, so that all meet the same noise
            started = time.perf_counter()
            assert knock(client, call, id_, mine.turn_id, header).status == 404
            spent[who].append(time.perf_counter() - started)
    typical = [1000 * statistics.median(times) for times in spent.values()]
    apart = max(typical) - min(typical)
    figure("p50 of the 404s of five kinds of strangers: most apart, ms", round(apart, 2), aim="≤ 5")
    assert apart <= 5
