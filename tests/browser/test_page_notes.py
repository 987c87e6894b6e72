"""The page at `/` when an answer is not saved, or the model did not finish it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect
from tests.browser.conftest import Visiting
from tests.browser.talk import call, kept, with_model
from tests.conftest import start_server
from tests.model.honest import GOOD, PROJECT, PROS, honest
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_server import OpenAIServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

QUESTION = "Can freelancers build production-grade AI?"


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
