"""A conversation belongs to whoever holds its token, and to nobody once it is erased."""

from __future__ import annotations

import base64
import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.channels.client import Client, Reply
from tests.channels.schemas import Problem
from tests.conftest import Server

# Calls below a conversation: method, rest of the path, body.
CALLS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("DELETE", "", None),
    ("POST", "/messages", {"text": "Are freelancers cheaper?"}),
    ("POST", "/messages", {"no": "message"}),
    ("GET", "/turns/{turn}/events", None),
    ("POST", "/turns/{turn}/stop", None),
    ("POST", "/turns/{turn}/feedback", {"rating": "up"}),
]

OF_THE_REQUEST = {"date", "x-request-id"}
"""What differs from request to request, whoever sends it."""


def holds(folder: Path, words: str) -> list[str]:
    """The files in the folder that hold these words."""
    needle = words.encode()
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if needle in path.read_bytes()]


def seen(reply: Reply) -> tuple[int, dict[str, str], bytes]:
    """All that a stranger sees of a response; the clock is no secret."""
    headers = {name: value for name, value in reply.headers.items() if name not in OF_THE_REQUEST}
    return reply.status, headers, reply.body


def test_a_new_conversation_has_everything_to_begin_with(client: Client) -> None:
    made = client.call("POST", "/v1/conversations")
    assert (made.status, made.headers["content-type"]) == (201, "application/json")
    new = made.json
    assert set(new) >= {"conversation_id", "token", "expires_at", "greeting", "suggestions"}
    in_90_days = datetime.now(UTC) + timedelta(days=90)
    assert abs(datetime.fromisoformat(new["expires_at"]) - in_90_days) < timedelta(hours=1)
    assert new["greeting"].strip()
    assert new["suggestions"]
    assert all(isinstance(one, str) and one.strip() for one in new["suggestions"])


def test_ids_and_tokens_are_of_their_own_and_tokens_have_256_bits(client: Client) -> None:
    made = [client.converse() for _ in range(5)]
    assert len({one.id for one in made} | {one.token for one in made}) == 10
    for one in made:
        assert len(base64.urlsafe_b64decode(one.token + "=" * (-len(one.token) % 4))) >= 32


def test_a_token_is_nowhere_on_disk_but_as_its_hash(client: Client, live_server: Server) -> None:
    talk = client.converse()
    talk.say("Are freelancers cheaper?")
    assert holds(live_server.data_dir, talk.token) == []
    assert holds(live_server.data_dir, hashlib.sha256(talk.token.encode()).hexdigest())


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_strangers_cannot_tell_a_wrong_token_from_an_unknown_id(
    client: Client, method: str, path: str, body: Any
) -> None:
    mine, other = client.converse(), client.converse()
    turn = mine.say("Are freelancers cheaper?")["turn_id"]
    rest = path.format(turn=turn)
    tries = [
        (mine.path, {"authorization": f"Bearer {other.token}"}),
        (mine.path, {"authorization": f"Bearer {mine.token[:-1]}"}),
        (mine.path, {"authorization": mine.token}),
        (mine.path, {"authorization": "Bearer "}),
        (mine.path, {"authorization": "Bearer \xff\xfe"}),
        (mine.path, {}),
        ("/v1/conversations/AAAAAAAAAAAAAAAAAAAAAAAA", mine.key),
        ("/v1/conversations/AAAAAAAAAAAAAAAAAAAAAAAA", {}),
        (f"{mine.path}x", mine.key),
    ]
    answers = [seen(client.call(method, start + rest, body, headers=key)) for start, key in tries]
    status, headers, problem = answers[0]
    assert answers.count(answers[0]) == len(tries)
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert Problem.model_validate_json(problem).status == 404
    assert [one["turn_id"] for one in mine.turns()] == [turn]


def test_a_turn_of_another_conversation_is_not_found(client: Client) -> None:
    mine, other = client.converse(), client.converse()
    turn = mine.say("Are freelancers cheaper?")["turn_id"]
    for method, path, body in CALLS:
        if "{turn}" in path:
            strange = other.call(method, path.format(turn=turn), body)
            unknown = other.call(method, path.format(turn="A" * 24), body)
            assert (strange.status, strange.body) == (404, unknown.body)


def test_a_conversation_reads_back_oldest_first(client: Client) -> None:
    talk = client.converse()
    said = ["Are freelancers cheaper?", "And faster?", "Who won the cup final?"]
    turns = [talk.say(text) for text in said]
    read = talk.call("GET").json
    assert read["conversation_id"] == talk.id
    assert datetime.now(UTC) - datetime.fromisoformat(read["created_at"]) < timedelta(hours=1)
    assert read["turns"] == turns


def test_what_was_erased_is_gone_from_disk_and_from_the_wire(
    client: Client, live_server: Server
) -> None:
    talk = client.converse()
    words = f"okapi{uuid.uuid4().hex}"
    turn = talk.say(f"Are freelancers cheaper for our {words} chatbot?")["turn_id"]
    rated = talk.call("POST", f"/turns/{turn}/feedback", {"rating": "up", "comment": f"B{words}"})
    assert rated.status == 204
    assert holds(live_server.data_dir, words)

    erased = talk.call("DELETE")

    assert (erased.status, erased.body) == (204, b"")
    assert holds(live_server.data_dir, words) == []
    assert talk.call("GET").status == talk.call("DELETE").status == 404
    assert talk.send("Are you still there?").status == 404


def test_the_last_opinion_of_an_answer_counts(client: Client, live_server: Server) -> None:
    talk = client.converse()
    path = f"/turns/{talk.say('Are freelancers cheaper?')['turn_id']}/feedback"
    first, last = (f"tapir{uuid.uuid4().hex}" for _ in range(2))
    for opinion in ({"rating": "down", "comment": first}, {"rating": "up", "comment": last}):
        rated = talk.call("POST", path, opinion)
        assert (rated.status, rated.body) == (204, b"")
    assert stored_opinion(live_server, talk.id) == ("up", last)
    assert talk.call("POST", path, {"rating": "down"}).status == 204
    assert stored_opinion(live_server, talk.id) == ("down", None)


def stored_opinion(server: Server, conversation_id: str) -> Any:
    import sqlite3
    from contextlib import closing

    file = server.data_dir / "advisor.sqlite3"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        query = "SELECT rating, comment FROM turns WHERE conversation_id = ?"
        return database.execute(query, (conversation_id,)).fetchone()


@pytest.mark.parametrize(
    "nonsense",
    [
        {},
        {"rating": "sideways"},
        {"rating": None},
        {"rating": True},
        {"rating": ["up"]},
        {"rating": "up", "comment": 7},
        {"rating": "up", "comment": "x" * 100_000},
        {"rating": "up", "stars": 5},
        [],
    ],
)
def test_an_opinion_that_is_none_is_refused(client: Client, nonsense: Any) -> None:
    talk = client.converse()
    turn = talk.say("Are freelancers cheaper?")["turn_id"]
    refused = talk.call("POST", f"/turns/{turn}/feedback", nonsense)
    assert refused.status == 422
    assert Problem.model_validate_json(refused.body).status == 422
