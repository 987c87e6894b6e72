"""The page at `/`, as a visitor meets it."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

QUESTION = "Can freelancers build production-grade AI?"
UNDECIDED = "Should we hire freelancers or full-time engineers?"
PROJECT = "We need a one-time proof of concept within two weeks and our budget is tight."


async def test_it_says_at_once_that_it_is_automated_and_who_makes_the_verdict(visit: Visit) -> None:
    intro = visit.page.locator("main .intro")
    await expect(intro).to_contain_text("automated assistant")
    await expect(intro).to_contain_text("scoring tool, not from a language model")


async def test_an_answer_cites_its_sources(visit: Visit) -> None:
    await visit.ask(QUESTION)
    await expect(visit.latest("answer")).not_to_be_empty()
    await expect(visit.latest("sources").locator("summary").first).to_contain_text("1")

    marker = visit.latest("citation").first
    await marker.click()
    quote = visit.page.locator("[popover]:popover-open blockquote")
    await expect(quote).not_to_be_empty()
    listed = await visit.latest("sources").locator("blockquote").all_text_contents()
    assert await quote.text_content() in listed

    await visit.page.keyboard.press("Escape")
    await expect(quote).to_be_hidden()
    await expect(marker).to_be_focused()


async def test_a_first_question_can_be_tapped(visit: Visit) -> None:
    suggestion = visit.part("suggestion").first
    text = await suggestion.inner_text()
    await suggestion.click()
    await expect(visit.latest("message")).to_contain_text(text)
    await visit.latest("copy").wait_for()


async def test_a_described_project_gets_a_verdict_with_the_visitors_own_words(visit: Visit) -> None:
    await visit.ask(PROJECT)
    card = visit.latest("verdict")
    await expect(card.locator("h3")).to_have_text("Freelancers")
    await expect(card).to_contain_text(re.compile(r"(High|Fair|Low) confidence · \d+ of 100"))
    said = await card.locator("[data-part=reasons] q").all_text_contents()
    assert said
    assert all(words in PROJECT for words in said)
    await expect(card.locator("[data-part=reasons] blockquote").first).not_to_be_empty()
    await expect(card.locator("[data-part=missing]")).to_be_visible()


async def test_tapping_an_option_answers_the_next_question(visit: Visit) -> None:
    await visit.ask(UNDECIDED)
    await expect(visit.latest("verdict").locator("h3")).to_have_text("Not enough known yet")
    option = visit.latest("question").locator("[data-part=option]").first
    label = await option.inner_text()
    await option.click()
    await expect(visit.latest("message")).to_contain_text(label)
    await visit.latest("copy").wait_for()
    earlier = visit.page.locator("article.exchange").nth(1)
    await expect(earlier.locator("[data-part=option]")).to_have_count(0)


async def test_markup_in_a_message_is_shown_as_text(visit: Visit) -> None:
    text = "<img src=x onerror=\"document.title='taken'\"> Are freelancers cheaper?"
    await visit.ask(text)
    await expect(visit.latest("message").locator("p")).to_have_text(text)
    await expect(visit.part("log").locator("img")).to_have_count(0)
    assert await visit.page.title() != "taken"


async def test_a_finished_answer_is_announced_once(visit: Visit) -> None:
    await visit.page.evaluate(
        """() => {
            window.heard = [];
            const node = document.querySelector('[data-part=announcer]');
            new MutationObserver(() => node.textContent && heard.push(node.textContent))
                .observe(node, {childList: true});
        }"""
    )
    await visit.ask(QUESTION)
    await expect(visit.part("announcer")).not_to_be_empty()
    heard = await visit.page.evaluate("window.heard")
    assert len(heard) == 1
    first = await visit.latest("answer").locator(".sentence").first.inner_text()
    assert heard[0].startswith(first.split("[")[0].strip()[:40])
    await expect(visit.part("log")).to_have_attribute("aria-live", "off")


async def test_the_keyboard_is_enough(visit: Visit) -> None:
    press = visit.page.keyboard.press
    await press("Tab")
    await press("Enter")  # the link that skips to the message field
    await expect(visit.part("input")).to_be_focused()
    await visit.page.keyboard.type("Are freelancers cheaper")
    await press("Shift+Enter")
    await visit.page.keyboard.type("than full-time engineers?")
    await press("Enter")
    await visit.latest("copy").wait_for()
    shown = await visit.latest("message").locator("p").text_content()
    assert shown == "Are freelancers cheaper\nthan full-time engineers?"

    focused = visit.page.locator(":focus")
    for _ in range(40):
        await press("Shift+Tab")
        if await focused.get_attribute("data-part") == "citation":
            break
    await press("Enter")
    popover = visit.page.locator("[popover]:popover-open")
    await expect(popover).to_be_visible()
    await press("Tab")
    await expect(popover.locator(":focus")).to_have_count(1)
    await press("Escape")
    await expect(popover).to_have_count(0)
    await expect(focused).to_have_attribute("data-part", "citation")


async def test_a_message_beyond_the_limit_is_counted_and_kept(visit: Visit) -> None:
    field = visit.part("input")
    await field.fill("ä" * 20_001)
    await expect(visit.part("count")).to_contain_text("20,001 of 20,000 characters")
    await field.press("Enter")
    await expect(field).to_have_value("ä" * 20_001)
    await expect(visit.part("message")).to_have_count(0)


async def test_an_answer_can_be_rated_and_commented(visit: Visit) -> None:
    await visit.ask(QUESTION)
    feedback = visit.latest("feedback")
    down = feedback.get_by_role("button", name="This did not help")
    async with visit.page.expect_response("**/feedback") as rated:
        await down.click()
    assert (await rated.value).status == 204
    await expect(down).to_have_attribute("aria-pressed", "true")
    await feedback.get_by_role("textbox").fill("I wanted figures")
    async with visit.page.expect_response("**/feedback") as commented:
        await feedback.get_by_role("button", name="Send").click()
    response = await commented.value
    assert response.status == 204
    assert response.request.post_data_json == {"rating": "down", "comment": "I wanted figures"}


async def test_an_answer_is_copied_with_its_sources(visit: Visit) -> None:
    await visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await visit.ask(QUESTION)
    await visit.latest("copy").click()
    await expect(visit.latest("copy")).to_contain_text("Copied")
    copied = await visit.page.evaluate("navigator.clipboard.readText()")
    assert "\n\nSources\n[1] " in copied
    for quote in await visit.latest("sources").locator("blockquote").all_text_contents():
        assert f"“{quote}”" in copied


async def test_it_fits_a_narrow_screen_with_targets_for_fingers(narrow_visit: Visit) -> None:
    await narrow_visit.ask(PROJECT)
    assert await narrow_visit.page.evaluate("document.documentElement.scrollWidth") == 320
    # Citation markers stand in running text; a larger area around them takes the tap.
    small = await narrow_visit.page.evaluate(
        """() => [...document.querySelectorAll('button:not(.cite), summary, textarea')]
            .filter((node) => node.checkVisibility())
            .filter((node) => node.getBoundingClientRect().height < 44)
            .map((node) => node.outerHTML)"""
    )
    assert small == []


async def test_no_request_leaves_the_origin_and_nothing_is_complained_about(visit: Visit) -> None:
    await visit.ask(QUESTION)
    await visit.latest("citation").first.click()
    await visit.ask(PROJECT)
    await visit.page.reload()
    await visit.latest("copy").wait_for()
    assert len(visit.requests) > 10
    assert visit.strayed_requests() == []
    assert visit.complaints == []
