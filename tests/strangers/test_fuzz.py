"""Requests made up from the OpenAPI document: whatever comes, no error is ours."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from tests.channels.client import Client, Conversation
from tests.conftest import CORPUS, Server, make_settings
from tests.strangers.raw import MOST_OF_A_REFUSAL, PROBLEM

from hiring_advisor.channels.http import create_app

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "125"))
"""Requests per call and mode: 125 make 1,500 in all, 420 make 5,000."""
SPOKEN = 8
"""Strings as long as this one would notice in a refusal that says them back."""


def document() -> dict[str, Any]:
    """The OpenAPI document, as the server gives it out."""
    with tempfile.TemporaryDirectory() as folder:
        return create_app(make_settings(Path(folder))).openapi()


SCHEMA = schemathesis.openapi.from_dict(document())
OURS = json.dumps(SCHEMA.raw_schema) + (CORPUS / "rubric.toml").read_text(encoding="utf-8")
CASES = [
    (path, method.upper(), mode)
    for path, calls in SCHEMA.raw_schema["paths"].items()
    for method, call in calls.items()
    for mode in GenerationMode
    # A path takes any text: only a body can be wrong.
    if mode is GenerationMode.POSITIVE or "requestBody" in call
]


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture(scope="module")
def talk(client: Client) -> Conversation:
    """A conversation with a turn, so that requests get past the door."""
    talk = client.converse()
    talk.say("Are freelancers cheaper?")
    return talk


@pytest.mark.parametrize(("path", "method", "mode"), CASES)
def test_no_generated_request_is_an_error_of_ours(
    live_server: Server,
    session: requests.Session,
    talk: Conversation,
    path: str,
    method: str,
    mode: GenerationMode,
) -> None:
    @given(case=SCHEMA[path][method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: schemathesis.Case[Any]) -> None:
        headers = {}
        if "{conversation_id}" in path and method != "DELETE":
            case.path_parameters["conversation_id"] = talk.id
            headers = talk.key
        sent = case.call(
            base_url=live_server.url, session=session, headers=headers, timeout=30, stream=False
        )
        case.validate_response(sent, checks=[not_a_server_error])
        if sent.status_code >= 400:
            kind = sent.headers["content-type"]
            assert kind == [PROBLEM], (sent.status_code, kind, sent.content[:200])
            assert len(sent.content) <= MOST_OF_A_REFUSAL
            said = json.loads(sent.content)["detail"]
            assert not [word for word in spoken(case) if word in said]

    send()


def spoken(case: schemathesis.Case[Any]) -> list[str]:
    """What the request said in words of its own: no name of ours."""
    words = [*strings(case.body), *strings(case.query), *strings(dict(case.path_parameters or {}))]
    return [word for word in words if len(word) >= SPOKEN and word not in OURS]


def strings(value: Any) -> Iterator[str]:
    """All texts of a JSON value, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, content in value.items():
            yield str(name)
            yield from strings(content)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
