"""The examples of `docs/api.md`, run as they stand."""

from __future__ import annotations

import re
import shutil
import subprocess
from urllib.parse import urlsplit

import pytest
from tests.channels.client import Client
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```sh\n(curl .*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_example_works_one_after_the_other(client: Client) -> None:
    talk = client.converse()
    turn = talk.say("hello")
    variables = {"ID": talk.id, "TOKEN": talk.token, "TURN": turn["turn_id"]}
    assert len(EXAMPLES) > 5
    for example in EXAMPLES:
        command = example.replace("127.0.0.1:8000", urlsplit(client.url).netloc)
        command = command.replace("curl ", "curl --silent --show-error --fail-with-body ", 1)
        ended = subprocess.run(
            ["sh", "-c", command],
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", **variables},
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 0, f"{example}\n{ended.stdout}{ended.stderr}"
    assert talk.call("GET").status == 404, "the last example erases the conversation"


def test_every_field_of_a_turn_and_of_a_recommendation_is_described(client: Client) -> None:
    turn = client.converse().say("We want a demo in ten days. Whom should we hire?")
    described = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
    assert set(turn) | set(turn["recommendation"]) <= described
