"""The page's reader of event streams, against the HTML standard's rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

READ_CUT_EVERYWHERE = """async (text) => {
    const {readEvents} = await import('/page/sse.js');
    const bytes = new TextEncoder().encode(text);
    const read = async (...cuts) => {
        const edges = [0, ...cuts, bytes.length];
        const body = new ReadableStream({start(out) {
            edges.slice(1).forEach((end, i) => out.enqueue(bytes.slice(edges[i], end)));
            out.close();
        }});
        const events = [];
        for await (const event of readEvents(body)) events.push(event);
        return JSON.stringify(events);
    };
    const whole = await read();
    for (let cut = 0; cut <= bytes.length; cut += 1) {
        const pieces = await read(cut);
        if (pieces !== whole) return {cut, pieces, whole};
    }
    const single = await read(...Array.from(bytes.keys()).slice(1));
    if (single !== whole) return {cut: 'every byte', single, whole};
    return JSON.parse(whole);
}"""


def event(data: str, type_: str = "message", id_: str = "") -> dict[str, str]:
    return {"type": type_, "data": data, "id": id_}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(chromium: Browser, live_server: Server) -> AsyncIterator[Page]:
    """One page for all cases: the reader keeps nothing between them."""
    context = await chromium.new_context()
    page = await context.new_page()
    await page.goto(live_server.url)
    yield page
    await context.close()


async def read(page: Page, text: str) -> Any:
    return await page.evaluate(READ_CUT_EVERYWHERE, text)


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("data: a\n\n", [event("a")]),
        ("data: a\r\n\r\n", [event("a")]),
        ("data: a\r\r", [event("a")]),
        ("data: a\r\n\ndata: b\n\r\n", [event("a"), event("b")]),
        ("data: a\n\n\n\ndata: b\n\n", [event("a"), event("b")]),
        ("event: answer\nid: 7\ndata: {}\n\n", [event("{}", "answer", "7")]),
        ("data: one\ndata: two\n\n", [event("one\ntwo")]),
        ("data: one\r\ndata: two\r\n\r\n", [event("one\ntwo")]),
        ("data\ndata\n\n", [event("\n")]),
        ("data:\n\n", [event("")]),
        ("data:  two blanks\n\n", [event(" two blanks")]),
        ("data:none\n\n", [event("none")]),
        ("data: a: b\n\n", [event("a: b")]),
        (": still here\n\ndata: a\n\n", [event("a")]),
        ("data: a\n: in between\ndata: b\n\n", [event("a\nb")]),
        ("retry: 10\nunknown: x\ndata: a\n\n", [event("a")]),
        ("id: 1\ndata: a\n\ndata: b\n\n", [event("a", id_="1"), event("b", id_="1")]),
        ("id: 1\ndata: a\n\nid\ndata: b\n\n", [event("a", id_="1"), event("b")]),
        ("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", [event("a", id_="1"), event("b", id_="1")]),
        ("event: lost\n\ndata: a\n\n", [event("a")]),
        ("\ufeffdata: a\n\n", [event("a")]),
        ("data: “größer” 🙂\n\n", [event("“größer” 🙂")]),
        ("data: a\n\ndata: cut off", [event("a")]),
        ("data: a\n\ndata: cut off\n", [event("a")]),
        ("", []),
    ],
)
async def test_events_are_read_alike_wherever_the_network_cuts_them(
    page: Page, text: str, events: list[dict[str, str]]
) -> None:
    assert await read(page, text) == events
