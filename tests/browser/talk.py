"""Servers that a test starts itself, with a model; and what they keep of a tab's conversation."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from tests.browser.conftest import Visit
from tests.stand_ins.openai_server import OpenAIServer


def with_model(model: OpenAIServer) -> dict[str, str]:
    return {"OPENAI_API_KEY": "any", "OPENAI_BASE_URL": model.base_url}


async def kept(visit: Visit) -> tuple[str, str]:
    """Path and token of the tab's conversation."""
    one = await visit.page.evaluate("JSON.parse(sessionStorage['hiring-advisor']).conversation")
    return f"/v1/conversations/{one['id']}", str(one["token"])


def call(url: str, token: str, sent: dict[str, str] | None = None) -> Any:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    body = None if sent is None else json.dumps(sent).encode()
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
