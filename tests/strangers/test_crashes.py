"""What nobody foresaw: a neutral sentence with the same headers, and nothing of the inside."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from tests.conftest import Amounts, Figures, make_settings
from tests.strangers.raw import MOST_OF_A_REFUSAL, PROBLEM
from tests.strangers.test_routes import COMMON, DATA, ROUTES

from hiring_advisor import __version__
from hiring_advisor.channels.http import create_app

SECRET = "zq81vulture"
INSIDE = ["traceback", ".py", "line ", "hiring_advisor", "services", "attributeerror", "starlette",
    "fastapi", "pydantic", "object has no", SECRET, __version__]  # fmt: skip
BODIES = {
    "/v1/score": {"facts": {}},
    "/v1/search": {"query": SECRET},
}


@pytest.mark.figures
@pytest.mark.timeout(300)
async def test_a_crash_gives_nothing_away(tmp_path: Path, amount: Amounts, figure: Figures) -> None:
    # Never opened: whoever needs a part of the server meets what was not expected.
    app = create_app(make_settings(tmp_path, ADVISOR_ALLOWED_ORIGINS="https://www.example.com"))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    crashed, leaks = 0, []
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for _ in range(amount(50, stress=500)):
            for route in ROUTES:
                method, path = route.split(" ")
                path = path.format(conversation_id=SECRET, turn_id=SECRET, name=SECRET)
                body = BODIES.get(path)
                headers = {"authorization": f"Bearer {SECRET}", "origin": "https://www.example.com"}
                answer = await client.request(method, path, json=body, headers=headers)
                if answer.status_code != 500:
                    continue
                crashed += 1
                said = (answer.text + str(answer.headers)).lower()
                leaks += [word for word in INSIDE if word in said]
                assert answer.headers["content-type"] == PROBLEM
                assert len(answer.content) <= MOST_OF_A_REFUSAL
                assert json.loads(answer.content)["status"] == 500
                assert answer.headers["content-security-policy"] == DATA
                assert {name: answer.headers[name].lower() for name in COMMON} == COMMON
    figure(
        "stack frames, versions, paths or words in forced failures", len(leaks), of=crashed, aim="0"
    )
    assert crashed >= amount(500, stress=5_000)
    assert leaks == []
