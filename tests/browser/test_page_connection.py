"""The page at `/` when conversations end, lines drop and servers say no."""

from __future__ import annotations

import asyncio
import json

import pytest
from playwright.async_api import Request, Route, expect
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

QUESTION = "Can freelancers build production-grade AI?"
STREAM = {"content-type": "text/event-stream"}


async def cut_after_the_first_sentence(route: Route) -> None:
    """Pass the server's own answer on, but lose the line within the second sentence's event."""
    response = await route.fetch()
    body = await response.body()
    first = body.index(b"event: answer.sentence")
    cut = body.index(b"event: ", first + 10) + 12
    await route.fulfill(status=response.status, headers=STREAM, body=body[:cut])


def message_id(route: Route) -> str:
    """The id under which the page sends its message."""
    return str(json.loads(route.request.post_data or "{}")["message_id"])


async def conversation(visit: Visit) -> tuple[str, dict[str, str]]:
    """Address and headers with which the tab's conversation can be read."""
    kept = await visit.page.evaluate("JSON.parse(sessionStorage['hiring-advisor']).conversation")
    return f"{visit.url}/v1/conversations/{kept['id']}", {
        "Authorization": f"Bearer {kept['token']}"
    }


async def test_a_reload_restores_the_conversation(visit: Visit) -> None:
    await visit.ask(QUESTION)
    await visit.ask("Should we hire freelancers or full-time engineers?")
    await expect(visit.latest("option").first).to_be_visible()
    before = [
        await visit.part("answer").all_text_contents(),
        await visit.part("verdict").locator("h3").all_text_contents(),
        await visit.part("option").all_text_contents(),
    ]
    await visit.page.reload()
    await visit.latest("copy").wait_for()
    after = [
        await visit.part("answer").all_text_contents(),
        await visit.part("verdict").locator("h3").all_text_contents(),
        await visit.part("option").all_text_contents(),
    ]
    assert after == before


async def test_a_reload_in_the_middle_of_an_answer_takes_it_up_again(visit: Visit) -> None:
    sent: list[str] = []

    async def swallow_the_first(route: Route) -> None:
        sent.append(message_id(route))
        if len(sent) > 1:
            await route.continue_()

    await visit.page.route("**/messages", swallow_the_first)
    await visit.say(QUESTION)
    await expect(visit.latest("working")).to_be_visible()
    await visit.page.reload()
    await visit.latest("copy").wait_for()
    await expect(visit.part("message")).to_have_count(1)
    assert len(set(sent)) == 1


async def test_a_conversation_that_is_gone_is_replaced_quietly(visit: Visit) -> None:
    await visit.ask(QUESTION)
    address, headers = await conversation(visit)
    assert (await visit.page.request.delete(address, headers=headers)).status == 204
    visit.expected_statuses.add(404)
    await visit.page.reload()
    await visit.part("suggestion").first.wait_for()
    await expect(visit.part("message")).to_have_count(0)
    await expect(visit.part("error")).to_have_count(0)


async def test_a_message_to_a_conversation_that_is_gone_goes_on_in_a_new_one(visit: Visit) -> None:
    address, headers = await conversation(visit)
    assert (await visit.page.request.delete(address, headers=headers)).status == 204
    visit.expected_statuses.add(404)
    await visit.say(QUESTION)
    await expect(visit.part("notice")).to_contain_text("expired")
    await visit.latest("copy").wait_for()
    assert (await conversation(visit))[0] != address


async def test_a_new_conversation_starts_empty(visit: Visit) -> None:
    await visit.ask(QUESTION)
    address, _ = await conversation(visit)
    await visit.part("new").click()
    await expect(visit.part("message")).to_have_count(0)
    await visit.part("suggestion").first.wait_for()
    assert (await conversation(visit))[0] != address


async def test_data_is_deleted_only_after_a_second_word(visit: Visit) -> None:
    await visit.ask(QUESTION)
    address, headers = await conversation(visit)
    await visit.part("delete").click()
    await visit.page.get_by_role("button", name="Keep it").click()
    await expect(visit.part("confirm")).to_be_hidden()
    assert (await visit.page.request.get(address, headers=headers)).status == 200

    await visit.part("delete").click()
    await visit.page.get_by_role("button", name="Delete it").click()
    await expect(visit.part("notice")).to_contain_text("Deleted")
    await expect(visit.part("message")).to_have_count(0)
    assert (await visit.page.request.get(address, headers=headers)).status == 404


async def test_deleting_reaches_earlier_conversations_of_the_tab(visit: Visit) -> None:
    await visit.ask(QUESTION)
    address, headers = await conversation(visit)
    await visit.part("new").click()
    await expect(visit.part("message")).to_have_count(0)
    await visit.part("delete").click()
    await visit.page.get_by_role("button", name="Delete it").click()
    await expect(visit.part("notice")).to_contain_text("Deleted")
    assert (await visit.page.request.get(address, headers=headers)).status == 404


async def test_a_dropped_line_is_taken_up_where_it_broke(visit: Visit) -> None:
    await visit.page.route("**/messages", cut_after_the_first_sentence)
    async with visit.page.expect_request("**/events") as resumed:
        await visit.say(QUESTION)
    request: Request = await resumed.value
    assert (await request.all_headers())["last-event-id"]
    await visit.latest("copy").wait_for()
    address, headers = await conversation(visit)
    stored = await (await visit.page.request.get(address, headers=headers)).json()
    assert len(stored["turns"]) == 1
    sentences = await visit.latest("answer").locator(".sentence").all_text_contents()
    expected = [sentence["text"] for sentence in stored["turns"][0]["sentences"]]
    assert [text[: len(want)] for text, want in zip(sentences, expected, strict=True)] == expected


async def test_stop_ends_the_work_and_keeps_what_was_shown(visit: Visit) -> None:
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await visit.page.route("**/messages", cut_after_the_first_sentence)
    await visit.page.route("**/events", hold)
    await visit.say(QUESTION)
    shown = visit.latest("answer").locator(".sentence").first
    await shown.wait_for()
    words = await shown.text_content()
    async with visit.page.expect_response("**/stop") as stopped:
        await visit.part("stop").click()
    assert (await stopped.value).status == 202
    released.set()
    await expect(visit.part("send")).to_be_visible()
    await expect(shown).to_have_text(words or "")


async def test_an_error_is_told_kindly_and_trying_again_sends_no_second_message(
    visit: Visit,
) -> None:
    sent: list[str] = []

    async def fail_once(route: Route) -> None:
        sent.append(message_id(route))
        if len(sent) > 1:
            await route.continue_()
            return
        await route.fetch()  # the server has it; only its answer is lost
        problem = {"title": "Busy", "status": 503, "detail": "The database did not take it."}
        await route.fulfill(status=503, json=problem)

    visit.expected_statuses.add(503)
    await visit.page.route("**/messages", fail_once)
    await visit.say(QUESTION)
    await expect(visit.latest("error")).to_contain_text("The database did not take it.")
    await visit.page.get_by_role("button", name="Try again").click()
    await visit.latest("copy").wait_for()
    assert len(sent) == 2
    assert len(set(sent)) == 1
    address, headers = await conversation(visit)
    stored = await (await visit.page.request.get(address, headers=headers)).json()
    assert len(stored["turns"]) == 1


async def test_a_message_that_cannot_be_used_comes_back_as_a_draft(visit: Visit) -> None:
    async def refuse(route: Route) -> None:
        await route.fulfill(status=422, json={"status": 422, "detail": "Please shorten it."})

    visit.expected_statuses.add(422)
    await visit.page.route("**/messages", refuse)
    await visit.say(QUESTION)
    await expect(visit.part("notice")).to_have_text("Please shorten it.")
    await expect(visit.part("input")).to_have_value(QUESTION)
    await expect(visit.part("message")).to_have_count(0)
