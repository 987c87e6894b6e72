"""Requests made up from the OpenAPI document: whatever comes, no error is ours, and the document
says the truth about every answer.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from tests.channels.client import Client, Conversation
from tests.conftest import CORPUS, Amounts, Figures, Server, make_settings
from tests.strangers.raw import MOST_OF_A_REFUSAL, PROBLEM

from hiring_advisor.channels.http import create_app
from hiring_advisor.understanding.normalise import clean

SPOKEN = 8
"""Strings as long as this one would notice in a refusal that says them back."""
MOST_TURNS = 20
"""Of one conversation, so that reading it stays as cheap as it is for most."""


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
VARIED = [case for case in CASES if "{" in case[0] or SCHEMA[case[0]][case[1]].body]
"""The others are one and the same request each time."""
load_all_checks()
ALL_CHECKS = [check for check in CHECKS.get_all() if not isinstance(check, type)]


@dataclass
class Visitors:
    """Who knocks: a session, a conversation that is read, one that is talked in, one to erase."""

    client: Client
    session: requests.Session
    reads: Conversation
    talks: Conversation
    turn_id: str
    count: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    def of(self, path: str, method: str) -> Conversation:
        """The conversation that a call is about."""
        if method == "DELETE":
            return self.client.converse()
        if not path.endswith("/messages"):
            return self.reads
        self.count += 1
        if self.count % MOST_TURNS == 0:
            self.talks = self.client.converse()
        return self.talks


@pytest.fixture(scope="module")
def visitors(client: Client) -> Iterator[Visitors]:
    reads = client.converse()
    turn_id = reads.say("Are freelancers cheaper?")["turn_id"]
    with requests.Session() as session:
        session.trust_env = False
        yield Visitors(client, session, reads, client.converse(), turn_id)


@pytest.mark.figures
@pytest.mark.timeout(4000)
@pytest.mark.parametrize(("path", "method", "mode"), CASES)
def test_no_generated_request_is_an_error_of_ours(
    live_server: Server,
    visitors: Visitors,
    amount: Amounts,
    path: str,
    method: str,
    mode: GenerationMode,
) -> None:
    examples = amount(5_000, stress=100_000) * 9 // (8 * len(VARIED))

    @given(
        case=SCHEMA[path][method].as_strategy(generation_mode=mode),
        is_holder=st.sampled_from([True, True, True, False]),
    )
    @settings(
        max_examples=examples if (path, method, mode) in VARIED else 1,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: schemathesis.Case[Any], is_holder: bool) -> None:
        headers = {}
        if "{conversation_id}" in path and is_holder:
            talk = visitors.of(path, method)
            case.path_parameters["conversation_id"] = talk.id
            if "{turn_id}" in path:
                case.path_parameters["turn_id"] = visitors.turn_id
            headers = talk.key
        sent = case.call(
            base_url=live_server.url, session=visitors.session, headers=headers, timeout=30,
            stream=False,
        )  # fmt: skip
        visitors.statuses[sent.status_code] += 1
        if "{conversation_id}" in path and not is_holder:
            assert sent.status_code == 404, sent.content[:200]
        unfit = not_for(path, case.body if sent.status_code == 422 else None)
        case.validate_response(
            sent,
            checks=[check for check in ALL_CHECKS if check.__name__ not in unfit],  # type: ignore[misc]
            headers=headers,
            transport_kwargs={"session": visitors.session},
        )
        if sent.status_code >= 400:
            assert sent.headers["content-type"] == [PROBLEM], (sent.status_code, sent.content[:200])
            assert len(sent.content) <= MOST_OF_A_REFUSAL
            said = json.loads(sent.content)["detail"]
            assert not [word for word in spoken(case) if word in said]

    send()


@pytest.mark.figures
def test_that_many_requests_were_made_up(
    visitors: Visitors, amount: Amounts, figure: Figures
) -> None:
    tries = visitors.statuses.total()
    ours = sum(count for status, count in visitors.statuses.items() if status >= 500)
    figure("5xx to generated requests, all checks of schemathesis", ours, of=tries, aim="0")
    assert ours == 0
    assert tries >= amount(5_000, stress=100_000), visitors.statuses
    assert {200, 201, 202, 204, 404, 422} <= visitors.statuses.keys()


def not_for(path: str, refused: Any) -> set[str]:
    """Checks that do not fit. Who is not the holder gets 404 and not 401: that is tested above.
    A text that is empty once it is cleaned is refused, which no schema can say.
    """
    unfit = {"ignored_auth"} if "{conversation_id}" in path else set()
    words = [refused.get(name) for name in ("text", "query")] if isinstance(refused, dict) else []
    if any(isinstance(text, str) and not clean(text) for text in words):
        unfit.add("positive_data_acceptance")
    return unfit


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
