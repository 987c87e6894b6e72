"""The OpenAPI document against the server, by schemathesis' own run: what it calls coverage and
examples, all checks on, unsupported methods and chains of calls among them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.channels.client import Client
from tests.conftest import Figures, Server, clean_environment, make_settings

from hiring_advisor.channels.http import create_app

CONFIG = """
[parameters]
"path.conversation_id" = "{conversation_id}"
"path.turn_id" = "{turn_id}"

[checks]
ignored_auth.enabled = false
missing_required_header.enabled = false

[[operations]]
include-path-regex = "^/v1/conversations/."
headers = {{ Authorization = "Bearer {token}" }}

[[operations]]
include-method = "DELETE"
enabled = false
"""
"""Who is not the holder gets 404, and not the 401 that two checks want: test_ownership has that,
and erases what is to be erased.
"""


def run(server: Server, folder: Path, config: str) -> dict[str, Any]:
    """Run schemathesis; its report. Raises `AssertionError` with what it found."""
    (folder / "schemathesis.toml").write_text(config)
    ended = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml",
            "--no-color", "run", f"{server.url}/openapi.json", "--phases", "examples,coverage",
            "--generation-deterministic", "--warnings", "off",
            "--continue-on-failure", "--report", "json", "--report-json-path", "report.json",
        ],
        cwd=folder, env=clean_environment(), check=False, capture_output=True, text=True,
        timeout=200,
    )  # fmt: skip
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-6000:]
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


@pytest.mark.figures
@pytest.mark.timeout(240)
def test_every_call_answers_as_the_document_says(
    live_server: Server, client: Client, tmp_path: Path, figure: Figures
) -> None:
    talk = client.converse()
    turn_id = talk.say("Are freelancers cheaper?")["turn_id"]
    config = CONFIG.format(conversation_id=talk.id, turn_id=turn_id, token=talk.token)
    report = run(live_server, tmp_path, config)
    assert report["complete"]
    assert (
        report["operations"]["tested"]
        == len(list(calls(client.call("GET", "/openapi.json").json))) - 1
    )
    made = report["test_cases"]
    assert made["generated"] >= 200
    figure(
        "answers other than documented, coverage phase",
        made["with_failures"],
        of=made["generated"],
        aim="0",
    )


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return create_app(make_settings(tmp_path_factory.mktemp("document"))).openapi()


def calls(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            yield method, path, call


def test_every_error_is_a_problem_and_none_is_the_frameworks(document: dict[str, Any]) -> None:
    assert "ValidationError" not in json.dumps(document)
    problem = {"$ref": "#/components/schemas/Problem"}
    for method, path, call in calls(document):
        refusals = {status: one for status, one in call["responses"].items() if status >= "4"}
        assert {"500", "503"} <= refusals.keys()
        for status, one in refusals.items():
            assert one["content"]["application/problem+json"]["schema"] == problem, (path, status)
        assert ("422" in refusals) == ("requestBody" in call), (method, path)


def test_every_success_has_a_schema(document: dict[str, Any]) -> None:
    for method, path, call in calls(document):
        for status, one in call["responses"].items():
            for kind, content in one.get("content", {}).items():
                assert content["schema"], (method, path, status, kind)


def test_what_wants_a_token_says_so(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert {one["scheme"] for one in schemes.values()} == {"bearer"}
    for method, path, call in calls(document):
        held = path.startswith("/v1/conversations/{")
        assert (call.get("security") == [{"conversationToken": []}]) == held, (method, path)
    assert {"operatorKey": []} in document["paths"]["/metrics"]["get"]["security"]


def test_the_facts_are_those_of_the_rubric(document: dict[str, Any], client: Client) -> None:
    rubric = client.call("GET", "/v1/rubric").json
    body = document["paths"]["/v1/score"]["post"]["requestBody"]["content"]["application/json"]
    named = body["schema"]["properties"]["facts"]["properties"]
    assert {name: fact["enum"] for name, fact in named.items()} == {
        fact["name"]: [*(one["value"] for one in fact["values"]), None] for fact in rubric["facts"]
    }


@pytest.mark.parametrize("facts", [{"": None}, {"zq81vulture": None}, {"budget": "zq81vulture"}])
def test_a_fact_that_the_document_does_not_name_is_refused(
    client: Client, facts: dict[str, str | None]
) -> None:
    refused = client.call("POST", "/v1/score", {"facts": facts})
    assert refused.status == 422
    assert b"zq81vulture" not in refused.body


def test_a_method_that_is_none_is_told_all_that_the_address_takes(client: Client) -> None:
    refused = client.call("PATCH", "/v1/conversations/x")
    assert refused.status == 405
    assert refused.headers["allow"] == "DELETE, GET"
