"""The state of each part: degraded is ready, down is not, and a model that fails is said."""

from __future__ import annotations

import json

import pytest
from tests.channels.client import Client
from tests.conftest import free_port
from tests.operation.conftest import Start
from tests.stand_ins.openai_errors import Status
from tests.stand_ins.openai_server import OpenAIServer
from tests.strangers.test_metrics import figures

from hiring_advisor.channels.health import Health

WELL = {"corpus": "ok", "vectors": "ok", "database": "ok", "model": "disabled", "limits": "memory"}


@pytest.mark.parametrize(
    ("changed", "unsaved", "is_stopping", "status"),
    [
        ({}, 0, False, "ok"),
        ({"model": "ok", "limits": "redis"}, 0, False, "ok"),
        ({"vectors": "degraded"}, 0, False, "degraded"),
        ({"model": "open"}, 0, False, "degraded"),
        ({"limits": "degraded"}, 0, False, "degraded"),
        ({}, 1, False, "degraded"),
        ({"database": "down", "vectors": "degraded"}, 0, False, "down"),
        ({}, 0, True, "down"),
    ],
)
def test_what_the_parts_come_to(
    changed: dict[str, str], unsaved: int, is_stopping: bool, status: str
) -> None:
    found = Health({**WELL, **changed}, unsaved, is_stopping)
    assert found.status == status
    assert found.view()["parts"].items() >= {**WELL, **changed}.items()
    json.dumps(found.view())


def test_a_model_and_limits_that_are_out_of_reach_leave_it_ready(
    start: Start, model: OpenAIServer
) -> None:
    model.always(Status(401))
    server = start(
        OPENAI_API_KEY="k",
        OPENAI_BASE_URL=model.base_url,
        REDIS_URL=f"redis://127.0.0.1:{free_port()}",
    )
    client = Client(server.url)
    assert client.call("GET", "/readyz").json["parts"]["model"] == "ok"
    turn = client.converse().say("What are the risks with freelancers?")
    assert turn["degraded"] is True
    ready = client.call("GET", "/readyz")
    assert (ready.status, ready.json["status"]) == (200, "degraded")
    assert ready.json["parts"].items() >= {"model": "open", "limits": "degraded"}.items()
    found = figures(client)
    assert found[("hiring_advisor_breaker_state", ())] == 1
    assert found[("hiring_advisor_limits_degraded", ())] == 1
    assert found[("hiring_advisor_retrieval_canary_ok", ())] == 1
    assert found[("hiring_advisor_model_failures_total", ("status_401",))] >= 1
