"""A visitor past the limit: told how long to wait, and still able to read and to stop."""

from __future__ import annotations

import asyncio
import sqlite3

from tests.channels.client import Client
from tests.conftest import Server
from tests.strangers.conftest import API_KEYS
from tests.strangers.raw import ask, assert_is_problem
from tests.strangers.test_addresses import FORWARDED, HOSTS

from hiring_advisor.channels.limiting import Limiter
from hiring_advisor.errors import TooManyRequests

HELLO = b'{"text": "Are freelancers cheaper?"}'


def test_the_sixth_message_of_a_minute_is_refused_whoever_the_headers_say_sends_it(
    strict_server: Server,
) -> None:
    client = Client(strict_server.url)
    talk, another = client.converse(), client.converse()
    turns = [talk.say("Are freelancers cheaper?") for _ in range(5)]

    sixth = talk.send("Are freelancers cheaper?")
    assert sixth.status == 429
    assert 1 <= int(sixth.headers["retry-after"]) <= 61
    assert sixth.json["status"] == 429

    # The address is the same, so are its limits; what was said can be read, and work be stopped.
    assert another.send("Are freelancers cheaper?").status == 429
    assert talk.turns() == turns
    turn_id = turns[-1]["turn_id"]
    assert talk.call("POST", f"/turns/{turn_id}/stop").status == 202
    assert talk.call("POST", f"/turns/{turn_id}/feedback", {"rating": "up"}).status == 204
    assert client.call("POST", "/v1/score", {"facts": {}}).status == 200

    key = f"Authorization: Bearer {another.token}"
    hosts = [f"Host: {host}" for host in HOSTS]
    for header in [*FORWARDED, *hosts]:
        posted = ask(
            strict_server.port, f"POST {another.path}/messages", key, header,
            "Content-Type: application/json", body=HELLO,
        )  # fmt: skip
        assert posted.status in {400, 429}, header
        assert posted.status == 429 or header.startswith("Host"), header
        assert_is_problem(posted)
    assert another.turns() == []
    with sqlite3.connect(f"file:{strict_server.data_dir}/advisor.sqlite3?mode=ro", uri=True) as db:
        assert db.execute("SELECT count(*) FROM turns").fetchone() == (5,)

    operator = {"authorization": f"Bearer {API_KEYS[0]}"}
    counted = client.call("GET", "/metrics", headers=operator).body.decode()
    refused = next(
        line
        for line in counted.splitlines()
        if line.startswith("hiring_advisor_requests_refused_total")
    )
    assert float(refused.split()[-1]) >= len(FORWARDED)


async def test_a_burst_gets_no_more_through_than_a_queue() -> None:
    limiter = Limiter("5/minute", "100/minute")
    results = await asyncio.gather(
        *(limiter.count_message("192.0.2.1", f"c{n}") for n in range(50)), return_exceptions=True
    )
    assert sum(result is None for result in results) == 5
    assert all(isinstance(r, TooManyRequests) for r in results if r is not None)
