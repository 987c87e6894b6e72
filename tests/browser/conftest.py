"""A real Chromium, and a visitor who notes everything that a page must not do."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright
from tests.conftest import Server
from tests.model.honest import honest
from tests.stand_ins.openai_server import OpenAIServer

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE_MS = 10_000


def chromium_path() -> str:
    """The Chromium to drive: `CHROMIUM_PATH`, else the first that is installed."""
    named = os.environ.get("CHROMIUM_PATH")
    candidates = (named,) if named else ("chromium", "chromium-browser", "google-chrome")
    for candidate in candidates:
        if path := shutil.which(candidate):
            return path
    pytest.fail("Chromium is missing: apt-get install chromium", pytrace=False)


# Playwright's blocking interface keeps an event loop running in the thread, which every later
# test with a loop of its own would trip over: hence the asynchronous one, in the session's loop.
@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=list(ARGUMENTS)
        )
        yield browser
        await browser.close()


@dataclass
class Visit:
    """One visitor on the page. `complaints` are console errors, CSP violations among them."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    expected_statuses: set[int] = field(default_factory=set)

    @property
    def exchange(self) -> Locator:
        """The latest message with its reply."""
        return self.page.locator("article.exchange").last

    def part(self, name: str) -> Locator:
        """The elements with that stable hook."""
        return self.page.locator(f"[data-part={name}]")

    def latest(self, name: str) -> Locator:
        """The same, in the latest exchange only."""
        return self.exchange.locator(f"[data-part={name}]")

    async def open(self) -> None:
        """Open the page and wait until it can be talked to."""
        await self.page.goto(f"{self.url}/")
        await self.part("suggestion").first.wait_for()

    async def say(self, text: str) -> None:
        """Send a message and leave the answer to come."""
        await self.part("input").fill(text)
        await self.part("input").press("Enter")

    async def ask(self, text: str) -> None:
        """Send a message and wait for the finished answer."""
        asked = await self.page.locator("article.exchange").count()
        await self.say(text)
        await self.page.locator("article.exchange").nth(asked).wait_for()
        await self.latest("copy").wait_for()

    def unexpected_complaints(self) -> list[str]:
        """Complaints but for failed loads whose status the test has announced."""
        expected = tuple(
            f"the server responded with a status of {s}" for s in self.expected_statuses
        )
        return [text for text in self.complaints if not any(e in text for e in expected)]

    def strayed_requests(self) -> list[str]:
        """Requests to anywhere but the page's own origin."""
        return [url for url in self.requests if not url.startswith((f"{self.url}/", "data:"))]


async def _visit(context: BrowserContext, url: str) -> Visit:
    context.set_default_timeout(PATIENCE_MS)
    visit = Visit(await context.new_page(), url.rstrip("/"))
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on(
        "console",
        lambda line: (
            visit.complaints.append(line.text) if line.type in {"error", "warning"} else None
        ),
    )
    context.on("request", lambda request: visit.requests.append(request.url))
    await visit.open()
    return visit


@asynccontextmanager
async def visiting(chromium: Browser, url: str) -> AsyncIterator[Visit]:
    """A visitor with a fresh browser profile. Whatever a test does, the page stays clean."""
    context = await chromium.new_context()
    try:
        visit = await _visit(context, url)
        yield visit
        assert visit.unexpected_complaints() == []
        assert visit.strayed_requests() == []
    finally:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser, live_server: Server) -> AsyncIterator[Visit]:
    """A visitor of the server that all tests share."""
    async with visiting(chromium, live_server.url) as visit:
        yield visit


@pytest_asyncio.fixture(loop_scope="session")
async def narrow_visit(chromium: Browser, live_server: Server) -> AsyncIterator[Visit]:
    """The same on the narrowest screen that the page is made for."""
    context = await chromium.new_context(viewport={"width": 320, "height": 640})
    try:
        yield await _visit(context, live_server.url)
    finally:
        await context.close()


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
