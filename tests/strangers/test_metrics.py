"""Figures are for operators, and hold nobody's words."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.channels.client import Client
from tests.conftest import Server
from tests.strangers.conftest import API_KEYS
from tests.strangers.raw import ask, assert_is_problem

MARKER = "zq81vulture"


def figures(client: Client, **headers: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """(name, values of labels) to the figure."""
    reply = client.call("GET", "/metrics", headers=headers)
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(reply.body.decode())
        for sample in family.samples
    }


def test_turns_are_counted_without_ids_and_words(client: Client) -> None:
    def turns() -> float:
        found = figures(client)
        return sum(n for (name, _), n in found.items() if name == "hiring_advisor_turns_total")

    before = turns()
    talk = client.converse()
    kept = [talk.say(f"{MARKER}: are freelancers cheaper?") for _ in range(3)]
    assert turns() == before + 3
    text = client.call("GET", "/metrics").body.decode()
    unwanted = [MARKER, talk.id, talk.token, "127.0.0.1"]
    unwanted += [turn[name] for turn in kept for name in ("turn_id", "message_id", "user_text")]
    assert not [word for word in unwanted if word in text]


def test_a_refused_call_is_told_apart_from_none_at_all(strict_server: Server) -> None:
    for header in (
        "X: y", "Authorization: Bearer", "Authorization: Bearer x", f"Authorization: {API_KEYS[0]}",
        f"Authorization: Basic {API_KEYS[0]}", f"Authorization: Bearer {API_KEYS[0][:-1]}",
        f"Authorization: Bearer {','.join(API_KEYS)}", f"Authorization: Bearer {API_KEYS[0]} x",
        f"Authorization: Bearer {API_KEYS[0].upper()}", "Authorization: Bearer \xff\xfe",
        f"X-API-Key: {API_KEYS[0]}",
    ):  # fmt: skip
        answer = ask(strict_server.port, "GET /metrics", header)
        assert answer.status == 401, header
        assert answer.headers["www-authenticate"] == "bearer"
        assert_is_problem(answer)
        assert b"operator-key" not in answer.body


@pytest.mark.parametrize("key", API_KEYS)
def test_each_key_opens_also_through_a_proxy(strict_server: Server, key: str) -> None:
    headers = (f"Authorization: bearer {key}", "X-Forwarded-For: 192.0.2.1", "Host: evil.example")
    assert ask(strict_server.port, "GET /metrics", *headers).status == 200
    in_query = ask(strict_server.port, f"GET /metrics?key={key}&api_key={key}")
    assert in_query.status == 401
