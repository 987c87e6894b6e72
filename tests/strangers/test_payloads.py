"""Text that means something to a database or to a deserialiser is text here."""

from __future__ import annotations

import itertools
import json

import pytest
from tests.channels.client import Client
from tests.conftest import Amounts, Figures, Server

_BREAKS = ["'", '"', "')", '")', "`", "\\'", "';", "' --", "'/*", "%27", "1"]
_THEN = [
    "", " OR 1=1", " OR '1'='1", " UNION SELECT token_hash FROM conversations",
    "; DROP TABLE turns",
    "; DELETE FROM conversations", " AND sleep(5)", " || pg_sleep(5)", "; PRAGMA writable_schema=1",
    "; ATTACH DATABASE 'x' AS y", "; COPY turns TO '/tmp/x'", " LIKE '%", " ORDER BY 99",
    "; UPDATE turns SET user_text = 'x'", ":of_turn", "%(of_turn)s", "?1", "$1", "{0}", "%s",
]  # fmt: skip
_ENDS = ["", " --", " #", "/*"]
INJECTIONS = ["".join(parts) for parts in itertools.product(_BREAKS, _THEN, _ENDS)]
OBJECTS = [
    '{"lc": 1, "type": "constructor", "id": ["langchain", "llms", "OpenAI"], "kwargs": {}}',
    '{"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]}',
    '{"lc": 2, "type": "not_implemented", "id": ["os", "system"], "repr": "x"}',
    "!!python/object/apply:os.system ['true']",
    "cposix\nsystem\n(S'true'\ntR.",
]


@pytest.mark.figures
@pytest.mark.timeout(600)
def test_five_hundred_injections_in_every_text_field_are_words(
    client: Client, live_server: Server, amount: Amounts, figure: Figures
) -> None:
    payloads = INJECTIONS[:: len(INJECTIONS) // amount(125, stress=500)]
    talk, errors, changed = client.converse(), 0, 0
    other = "/v1/conversations/x"
    first = talk.say("hello")
    for payload in payloads:
        sent = talk.send(payload)
        errors += sent.status >= 500
        changed += sent.status == 200 and sent.json["user_text"] != payload.strip()
        for reply in (
            talk.call("POST", f"/turns/{first['turn_id']}/feedback",
                      {"rating": "down", "comment": payload}),
            client.call("POST", "/v1/search", {"query": payload}),
            client.call("POST", "/v1/score", {"facts": {payload: payload}}),
            client.call("GET", other, headers={"authorization": "Bearer " + payload}),
        ):  # fmt: skip
            errors += reply.status >= 500
    figure("injection payloads that made an error", errors, of=5 * len(payloads), aim="0")
    figure("injection payloads not stored word for word", changed, of=len(payloads), aim="0")
    assert (errors, changed) == (0, 0)
    turns = talk.turns()
    assert [turn["user_text"] for turn in turns[1:]] == [one.strip() for one in payloads]
    assert talk.say("hello again")["text"]


@pytest.mark.parametrize("payload", OBJECTS)
def test_what_a_deserialiser_would_obey_comes_back_as_plain_text(
    client: Client, payload: str
) -> None:
    talk = client.converse()
    turn = talk.say(payload)
    assert turn["user_text"] == payload
    [stored] = talk.turns()
    assert stored["user_text"] == payload
    assert json.loads(json.dumps(stored)) == turn
