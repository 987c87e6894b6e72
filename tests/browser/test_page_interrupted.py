"""The page at `/` after a crash of the server: what was interrupted, and how it is continued."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect
from tests.browser.conftest import Visiting
from tests.browser.talk import call, kept, with_model
from tests.conftest import Server, start_server, start_server_on
from tests.model.honest import PROS, UNCLEAR, honest
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_server import OpenAIServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

QUESTION = "Can freelancers build production-grade AI?"


def interrupt(server: Server, model: OpenAIServer, path: str, token: str, text: str) -> Server:
    """Kill the server while it works on a message; return the one that takes its place."""
    model.on_text = lambda _: r.Hang()
    model.clear()

    def send() -> None:
        with suppress(OSError, ValueError):
            call(f"{server.url}{path}/messages", token, {"text": text})

    sending = threading.Thread(target=send)
    sending.start()
    assert model.wait_for_requests(1, 20.0)
    server.process.kill()
    server.process.wait(10)
    sending.join(30)
    model.on_text = honest
    return start_server_on(server.port, server.data_dir, **with_model(model))


async def test_an_interrupted_answer_is_shown_as_such_and_continued_where_it_stands(
    visits: Visiting, folder: Path, model: OpenAIServer
) -> None:
    server = start_server(folder, **with_model(model))
    try:
        async with visits(server) as visit:
            await visit.ask(QUESTION)
            path, token = await kept(visit)
            server = await asyncio.to_thread(interrupt, server, model, path, token, PROS)
            await visit.page.reload()
            part = visit.latest("interrupted")
            await expect(part).to_contain_text("This answer was interrupted.")
            await expect(visit.latest("message")).to_contain_text(PROS)
            # An answer that is not there has nothing to copy, to rate or to be told about.
            await expect(visit.latest("answer")).to_have_count(0)
            await expect(visit.latest("copy")).to_have_count(0)
            await expect(visit.latest("degraded")).to_have_count(0)
            await expect(visit.part("copy")).to_have_count(1)

            button = part.get_by_role("button", name="Continue")
            await button.focus()
            await visit.page.keyboard.press("Enter")
            await visit.latest("copy").wait_for()
            await expect(visit.part("interrupted")).to_have_count(0)
            await expect(visit.part("message")).to_have_count(2)
            answer = await visit.latest("answer").text_content()
            turns = call(server.url + path, token)["turns"]
            assert [one["user_text"] for one in turns] == [QUESTION, PROS]
            assert [one.get("stopped") for one in turns] == [False, False]
            assert answer
            assert answer.startswith(turns[1]["sentences"][0]["text"])

            await visit.page.reload()
            await visit.latest("copy").wait_for()
            await expect(visit.part("interrupted")).to_have_count(0)
            assert await visit.latest("answer").text_content() == answer
    finally:
        assert server.stop() == 0


async def test_the_talk_goes_on_beside_an_interrupted_answer_and_it_can_be_continued_later(
    visits: Visiting, folder: Path, model: OpenAIServer
) -> None:
    server = start_server(folder, **with_model(model))
    try:
        async with visits(server) as visit:
            path, token = await kept(visit)
            server = await asyncio.to_thread(interrupt, server, model, path, token, UNCLEAR)
            await visit.page.reload()
            await expect(visit.part("interrupted")).to_have_count(1)
            await visit.ask(QUESTION)
            await expect(visit.part("interrupted")).to_have_count(1)

            first = visit.page.locator("article.exchange:has([data-part=message])").first
            await first.get_by_role("button", name="Continue").click()
            await first.locator("[data-part=copy]").wait_for()
            await expect(visit.part("interrupted")).to_have_count(0)
            # It stands where its question does.
            said = await visit.part("message").locator("p").all_text_contents()
            assert said == [UNCLEAR, QUESTION]
            await expect(first.locator("[data-part=answer]")).not_to_be_empty()
            # Newer words follow: its question can be read, and no longer be answered by a tap.
            await expect(first.locator("[data-part=question]")).to_be_visible()
            await expect(first.locator("[data-part=option]")).to_have_count(0)
    finally:
        assert server.stop() == 0


async def test_continuing_while_the_server_is_away_can_be_tried_again(
    visits: Visiting, folder: Path, model: OpenAIServer
) -> None:
    server = start_server(folder, **with_model(model))
    try:
        async with visits(server) as visit:
            path, token = await kept(visit)
            server = await asyncio.to_thread(interrupt, server, model, path, token, PROS)
            await visit.page.reload()
            visit.expected_statuses.add(503)

            async def busy(route: Any) -> None:
                await route.fulfill(status=503, json={"status": 503, "detail": "Not just now."})

            await visit.page.route("**/messages", busy)
            await visit.latest("continue").click()
            await expect(visit.latest("error")).to_contain_text("Not just now.")
            await visit.page.unroute("**/messages")
            await visit.latest("error").get_by_role("button", name="Try again").click()
            await visit.latest("copy").wait_for()
            await expect(visit.part("message")).to_have_count(1)
            turns = call(server.url + path, token)["turns"]
            assert [one["user_text"] for one in turns] == [PROS]
    finally:
        assert server.stop() == 0
