"""Hand-made bodies against every call that takes one: no error of ours, nothing said back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.channels.client import Client, Conversation
from tests.conftest import Server
from tests.strangers.raw import Answer, answers, assert_is_problem, exchange

SECRET = "zq81vulture"
DEEP = 100_000


@pytest.fixture(scope="module")
def talk(client: Client) -> Conversation:
    return client.converse()


@pytest.fixture(scope="module")
def calls(client: Client, talk: Conversation) -> dict[str, dict[str, Any]]:
    """Path to the schema of its body, for every call of the document that takes one."""
    turn_id = talk.say("Are freelancers cheaper?")["turn_id"]
    document = client.call("GET", "/openapi.json").json
    return {
        path.format(conversation_id=talk.id, turn_id=turn_id): call["requestBody"]["content"][
            "application/json"
        ]["schema"]
        for path, methods in document["paths"].items()
        for call in methods.values()
        if "requestBody" in call
    }


WRONG: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, -(2**63), "", " ", "\x00", "\u202e", f"{SECRET}\x00\x1b[31m",
    [], [[]], [SECRET], {}, {SECRET: SECRET}, {"": None}, {"$ref": "#"}, {"__proto__": {}},
    {"lc": 1, "type": "constructor", "id": [SECRET]}, [None] * 5000, SECRET * 20_000,
]  # fmt: skip
RAW = [
    "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "9" * 5000, "-0", "01", "+1",
    "0x1", '"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"\\x41"', "'a'", "undefined",
    "[" * DEEP, '{"a":' * DEEP, "[" * DEEP + "]" * DEEP,
]  # fmt: skip


def bodies(schema: dict[str, Any]) -> Iterator[bytes]:
    """Each wrong value at each field and in the whole body's place, and texts that are no JSON."""
    good: dict[str, Any] = {
        name: _fitting(schema["properties"][name]) for name in schema["required"]
    }
    for name in schema["properties"]:
        for value in WRONG:
            yield json.dumps({**good, name: value}).encode()
            yield json.dumps({**good, name: {SECRET: value}}).encode()
        for raw in RAW:
            rest = "".join(f", {json.dumps(n)}: {json.dumps(v)}" for n, v in good.items())
            yield f"{{{json.dumps(name)}: {raw}{rest if name not in good else ''}}}".encode()
        yield f'{{"{name}": [7], "{name}": {{"{SECRET}": 1}}}}'.encode()
    whole = json.dumps(good).encode()
    yield from (json.dumps(value).encode() for value in WRONG)
    yield from (raw.encode() for raw in RAW)
    yield from (whole[:cut] for cut in range(len(whole)))
    yield b"\xef\xbb\xbf" + whole
    yield from (whole.decode().encode(encoding) for encoding in ("utf-16", "utf-16-be", "utf-32"))
    yield whole + whole
    yield whole.replace(b'"', b'"\xff', 1)
    yield b"\x00" + whole
    yield f"text={SECRET}&rating=up".encode()
    yield f'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n{SECRET}\r\n--x--'.encode()
    yield json.dumps({**good, SECRET: SECRET}).encode()
    yield json.dumps({**good, "A" * 3000: 1}).encode()


def _fitting(field: dict[str, Any]) -> Any:
    if "enum" in field:
        return field["enum"][0]
    return {} if field.get("type") == "object" else "What do freelancers cost?"


def test_no_odd_body_is_an_error_of_ours(
    live_server: Server, talk: Conversation, calls: dict[str, dict[str, Any]]
) -> None:
    assert len(calls) >= 4
    refused = 0
    for path, schema in calls.items():
        for body in bodies(schema):
            answer = posted(live_server, path, talk.token, body)
            assert answer.status < 500, (path, body[:200], answer)
            if answer.status >= 400:
                refused += 1
                assert_is_problem(answer)
                assert SECRET not in answer.body.decode(), (path, body[:200])
                assert b"AAA" not in answer.body
    assert refused > 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/messages", '{"text": 7, "text": "Are freelancers cheaper?"}'),
        ("/messages", '{"text": "zq81vulture", "te\\u0078t": "zq81vulture"}'),
        ("/messages", '{"text": "zq81vulture", "zq81vulture": {"a": 1, "a": 1}}'),
        ("/v1/score", '{"facts": {"budget": "tight", "budget": null}}'),
        ("/v1/search", '{"query": "cost", "k": 3, "k": 3}'),
    ],
)  # fmt: skip
def test_a_name_that_comes_twice_is_refused(talk: Conversation, path: str, body: str) -> None:
    to = talk.path + path if path == "/messages" else path
    sent = talk.client.call("POST", to, body=body.encode(), headers=talk.key)
    assert sent.status == 400
    assert "twice" in sent.json["detail"]
    assert SECRET not in sent.body.decode()


def test_equal_names_in_different_objects_and_long_numbers_are_read(talk: Conversation) -> None:
    sent = talk.call("POST", "/messages", body=b'{"text": "a", "b": [{"a": 1}, {"a": 1e-400}]}')
    assert (sent.status, sent.json["detail"]) == (422, "A field is not known here.")


@pytest.mark.parametrize(
    "kind",
    [
        "", "text/plain", "text/plain; application/json", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "application/jsonp", "application/json-patch+json",
        "text/json", "application/xml", "json", "application/", "*/*", ",application/json",
        "\x80", "application/json\x00", "a" * 5000,
    ],
)  # fmt: skip
def test_only_json_that_says_so_is_read(
    live_server: Server, talk: Conversation, calls: dict[str, dict[str, Any]], kind: str
) -> None:
    for path in calls:
        answer = posted(live_server, path, talk.token, b'{"text": "hello"}', kind)
        assert answer.status in {400, 415}
        assert_is_problem(answer)
    assert [turn["user_text"] for turn in talk.turns()].count("hello") == 0


def posted(
    server: Server, path: str, token: str, body: bytes, kind: str = "application/json"
) -> Answer:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    (answer,) = answers(exchange(server.port, head.encode("latin-1") + body, quiet_s=10))
    return answer
