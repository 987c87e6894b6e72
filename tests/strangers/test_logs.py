"""The log: one event, one line of JSON; no secrets, no words of visitors, nothing to obey."""

from __future__ import annotations

import json
import logging
import re

import pytest
from tests.channels.client import Client
from tests.conftest import Server
from tests.strangers.conftest import API_KEYS
from tests.strangers.raw import ask

from hiring_advisor.channels import logs

# Put together here, so that no tool takes this file for a leak.
TAIL = "Zq81VultureZq82Vulture0123456789"
KEY = "PRIVATE KEY-----"
SHAPES = {
    "openai": "sk-" + TAIL, "openai project": "sk-proj-" + TAIL, "anthropic": "sk-ant-" + TAIL,
    "stripe": "sk_live_" + TAIL, "stripe restricted": "rk_test_" + TAIL,
    "stripe hook": "whsec_" + TAIL,
    "slack bot": "xoxb-123-" + TAIL, "slack user": "xoxp-123-" + TAIL,
    "slack app": "xapp-1-" + TAIL,
    "slack refresh": "xoxe-1-" + TAIL, "slack rotated": "xoxe.xoxp-1-" + TAIL,
    "slack hook": "https://hooks.slack.com/services/T0/B0/" + TAIL,
    "github": "ghp_" + TAIL, "github app": "ghs_" + TAIL, "github fine": "github_pat_" + TAIL,
    "gitlab": "glpat-" + TAIL, "npm": "npm_" + TAIL, "pypi": "pypi-" + TAIL,
    "hugging face": "hf_" + TAIL,
    "groq": "gsk_" + TAIL, "xai": "xai-" + TAIL,
    "google": "AIza" + TAIL, "google oauth": "ya29." + TAIL, "sendgrid": "SG." + TAIL,
    "shopify": "shpat_" + TAIL, "docker": "dckr_pat_" + TAIL, "langsmith": "lsv2_pt_" + TAIL,
    "aws id": "AKIA" + TAIL.upper()[:16], "aws temporary id": "ASIA" + TAIL.upper()[:16],
    "aws secret": "aws_secret_access_key=" + TAIL, "azure": "AccountKey=" + TAIL + "==;",
    "jwt": f"eyJhbGciOiJIUzI1NiJ9.{TAIL}.{TAIL}",
    "bearer": "Bearer " + TAIL, "basic": "basic " + TAIL,
    "header": "Authorization: Bearer " + TAIL, "basic header": "authorization: Basic " + TAIL,
    "api key header": "X-API-Key: " + TAIL, "cookie": "Set-Cookie: session=" + TAIL,
    "slack signature": "X-Slack-Signature: v0=" + TAIL, "json": '{"api_key": "' + TAIL + '"}',
    "python": "{'password': '" + TAIL + "'}", "query": "/x?token=" + TAIL + "&a=b",
    "environment": "OPENAI_API_KEY=" + TAIL, "client secret": "client_secret = " + TAIL,
    "password": "passwd: " + TAIL, "passphrase": 'passphrase="' + TAIL + '"',
    "address": f"postgresql://advisor:{TAIL}@db.internal/advisor",
    "address without a user": f"redis://:{TAIL}@cache.internal:6379/0",
    "address with a key": f"https://{TAIL}@errors.example/1",
    "private key": f"-----BEGIN RSA {KEY}\n{TAIL}\n-----END RSA {KEY}",
}  # fmt: skip
PLAIN = [
    "turn over its deadline", "erased 3 expired conversations", "token counts differ: 12 of 13",
    "the shared rate limits are out of reach: counting here", "https://127.0.0.1:8000/v1/models",
    'File "storage/tokens.py", line 12, in fingerprint', "KeyError: 'section_of_the_article'",
    "redis://cache.internal:6379/0", "write to person@company.example",
    "basic needs, bearer of news",
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_secret_is_scrubbed_and_what_is_around_it_stays(shape: str) -> None:
    assert len(SHAPES) >= 40
    said = logs.scrub(f"before {SHAPES[shape]} after")
    assert TAIL[:12].lower() not in said.lower()
    assert said.startswith("before ")
    assert said.endswith(" after") or shape == "slack hook"


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_stays(text: str) -> None:
    assert logs.scrub(text) == text


HOSTILE = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))] + [
    "\u2028", "\u2029", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\udfff", "\r\n",
    "\x1b[31m", "\x1b]0;title\x07", "\x9b31m", '"}\n{"event": "forged"', "\\", '"', "\U0001f600",
]  # fmt: skip


def test_one_event_is_one_line_of_json_without_controls(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.configure(for_people=False)
        log = logging.getLogger("hiring_advisor.test")
        for hostile in HOSTILE:
            log.warning("got %s here", hostile, extra={"turn_id": hostile, "more": [hostile]})
        try:
            raise ValueError("".join(HOSTILE) + SHAPES["openai"])
        except ValueError:
            log.exception("failed %s", SHAPES["github"])
    finally:
        root.handlers[:], root.level = handlers, level
    lines = capsys.readouterr().err.split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(HOSTILE) + 1
    for line in lines:
        event = json.loads(line)
        assert {"event", "level", "logger", "timestamp"} <= event.keys()
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e\ud800-\udfff]", line)
        assert not re.search("[\x00-\x08\x0a-\x1f\x7f-\x9f]", event["event"])
    assert TAIL not in lines[-1]
    assert "Traceback" in json.loads(lines[-1])["exception"]


def test_the_log_of_a_server_holds_no_secrets_and_no_words(strict_server: Server) -> None:
    client = Client(strict_server.url)
    talk = client.converse()
    for shape in SHAPES.values():
        safe = shape.replace("\n", "").replace('"', "")
        path = f"{talk.path}/turns/{re.sub(r'[^A-Za-z0-9_-]', '', safe)}/events?token={TAIL}"
        body = json.dumps({"text": f"{safe} zq81vulture", "unknown": safe}).encode()
        found = [
            ask(strict_server.port, f"GET {path}", f"Authorization: {safe}", f"X-Api-Key: {safe}"),
            ask(strict_server.port, f"POST {talk.path}/messages",
            f"Authorization: Bearer {talk.token}",
                "Content-Type: application/json", f"Cookie: {safe}", body=body),
            ask(strict_server.port, "POST /v1/search",
    "Content-Type: application/json", body=body),
            ask(strict_server.port, f"GET /v1/rubric?api_key={TAIL}",
            f"User-Agent: \x1b]0;{safe}\x07"),
        ]  # fmt: skip
        for answer in found:
            assert TAIL[:12].lower() not in str(answer).lower()
    text = strict_server.log.read_text(encoding="utf-8")
    lowered = text.lower()
    for secret in (TAIL, "zq81vulture", talk.token, "operator-key", *API_KEYS):
        assert secret.lower() not in lowered
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    assert text.strip()
    for line in text.splitlines():
        assert {"event", "level", "timestamp"} <= json.loads(line).keys(), line
