"""The page at `/` when an answer is not saved, not whole, or was interrupted by a crash."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect
from tests.browser.conftest import Visit, visiting
from tests.conftest import Server, start_server, start_server_on
from tests.model.honest import GOOD, PROJECT, PROS, UNCLEAR, honest
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_server import OpenAIServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

QUESTION = "Can freelancers build production-grade AI?"
Visiting = Callable[[Server], AbstractAsyncContextManager[Visit]]


@pytest.fixture
def visits(chromium: Browser) -> Visiting:
    """Visitors of a server that a test has started itself."""

    @asynccontextmanager
    async def visits_one(server: Server) -> AsyncIterator[Visit]:
        async with visiting(chromium, server.url) as visit:
            yield visit

    return visits_one


@pytest.fixture
def folder(built_data: Path, tmp_path: Path) -> Path:
    shutil.copytree(built_data, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def model() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        server.on_text = honest
        yield server


def with_model(model: OpenAIServer) -> dict[str, str]:
    return {"OPENAI_API_KEY": "any", "OPENAI_BASE_URL": model.base_url}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Somebody else writes into the database and does not come to an end."""
    database = sqlite3.connect(folder / "advisor.sqlite3", timeout=10, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.execute("ROLLBACK")
        database.close()


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


async def test_an_answer_that_is_not_saved_says_so_until_it_is(
    visits: Visiting, folder: Path
) -> None:
    server = start_server(folder)
    try:
        async with visits(server) as visit:
            await visit.ask(QUESTION)
            await expect(visit.part("unsaved")).to_have_count(0)
            with locked(folder):
                await visit.ask(PROJECT)
                note = visit.latest("unsaved")
                await expect(note).to_contain_text("Not saved yet")
                await expect(note).to_contain_text("the answer stands")
                # Nothing else is missing: verdict, sources and the talk go on.
                await expect(visit.latest("verdict").locator("h3")).to_have_text("Freelancers")
                await expect(visit.latest("error")).to_have_count(0)
                answer = await visit.latest("answer").text_content()
                await visit.ask("And what does it cost?")
                await expect(visit.part("unsaved")).to_have_count(2)
                # Who comes back meanwhile finds all of it, and still the notes.
                await visit.page.reload()
                await visit.page.locator("article.exchange").nth(2).wait_for()
                await expect(visit.part("unsaved")).to_have_count(2)
            path, token = await kept(visit)
            async with asyncio.timeout(20):
                while not all(  # noqa: ASYNC110 - nobody tells us
                    one["saved"] for one in call(server.url + path, token)["turns"]
                ):
                    await asyncio.sleep(0.1)
            await visit.page.reload()
            await visit.page.locator("article.exchange").nth(2).wait_for()
            await expect(visit.part("unsaved")).to_have_count(0)
            await expect(visit.part("answer").nth(1)).to_have_text(answer or "")
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("reply", "note"),
    [
        (r.CutAfter(2, answer=r.Text([f"{GOOD} ", "That makes it easier for star"])), "broke off"),
        (r.ContentFilter([f"{GOOD} ", "That makes it easier for star"]), "broke off"),
        (r.Refusal(), "gave no answer to show"),
        (r.Status(400), "gave no answer to show"),
    ],
    ids=["cut off", "filtered", "refused", "failed"],
)
async def test_an_answer_that_the_model_did_not_finish_says_so(
    visits: Visiting, folder: Path, model: OpenAIServer, reply: r.Reply, note: str
) -> None:
    model.on_text = lambda _: reply
    server = start_server(folder, **with_model(model))
    try:
        async with visits(server) as visit:
            await visit.ask(PROS)
            await expect(visit.latest("degraded")).to_have_count(1)
            await expect(visit.latest("degraded")).to_contain_text(note)
            said = await visit.latest("answer").locator(".sentence").all_text_contents()
            is_cut = note == "broke off"
            assert said[0].startswith(GOOD.removesuffix(" space. [1]")) == is_cut
            assert len(said) > 1
            whole = await visit.latest("answer").text_content() or ""
            assert "easier for star" not in whole.replace("easier for startups", "")
            assert "sorry" not in whole.lower()
            await expect(visit.latest("sources").locator("blockquote").first).not_to_be_empty()

            await visit.page.reload()
            await visit.latest("copy").wait_for()
            await expect(visit.latest("degraded")).to_contain_text(note)
            assert await visit.latest("answer").text_content() == whole

            # The next answer is whole again, and has no note.
            model.on_text = honest
            await visit.ask(PROS)
            await expect(visit.latest("degraded")).to_have_count(0)
    finally:
        assert server.stop() == 0


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
