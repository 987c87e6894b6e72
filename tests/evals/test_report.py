"""The report, in a real Chromium and from a file: what it shows, and that it asks for nothing."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import Browser, expect
from tests.evals.reports import ATTACK, Reports, made, missed, reading, turn_of

from hiring_advisor.bootstrap import Parts
from hiring_advisor.evals.runs import figures

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(scope="module")
def reports(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Reports:
    return made(parts, tmp_path_factory.mktemp("report"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_opens_from_a_file_by_day_and_by_night(
    chromium: Browser, reports: Reports, scheme: Literal["light", "dark"]
) -> None:
    async with reading(chromium, reports.path, scheme=scheme) as reader:
        body = reader.page.locator("body")
        colour = "rgb(251, 250, 248)" if scheme == "light" else "rgb(20, 24, 28)"
        await expect(body).to_have_css("background-color", colour)
        await expect(reader.page.locator("h1")).to_contain_text("gates")
        shown = await reader.page.locator("table.metrics tbody td:first-child").all_text_contents()
        assert len(shown) == len([m for m in figures(reports.run.cases) if "." not in m])
        assert await reader.ids() == {one.case_id for one in reports.run.cases if missed(one)}


async def test_cases_are_filtered_by_dataset_status_metric_and_words(
    chromium: Browser, reports: Reports
) -> None:
    cases = reports.run.cases
    async with reading(chromium, reports.path) as reader:
        await reader.choose()
        assert await reader.ids() == {one.case_id for one in cases}
        await reader.choose(dataset="attacks")
        assert await reader.ids() == {one.case_id for one in cases if one.dataset == "attacks"}
        await reader.choose(status="right")
        assert await reader.ids() == {one.case_id for one in cases if not missed(one)}
        await reader.choose(status="flipped")
        assert await reader.ids() == {reports.lost.case_id}
        for metric in sorted({m for one in cases for m in missed(one)})[:4]:
            await reader.choose(metric=metric)
            assert await reader.ids() == {one.case_id for one in cases if metric in missed(one)}
        words = reports.lost.said[5:25].upper()
        await reader.choose(text=f" {words.strip()} ")
        assert await reader.ids() == {
            one.case_id for one in cases if words.strip().lower() in one.said.lower()
        }
        await reader.choose(text="no case says that")
        await expect(reader.page.locator("#count")).to_have_text(
            f"0 of {len(cases)} cases, 0 shown"
        )


async def test_an_opened_case_shows_what_was_said_and_why_it_counts(
    chromium: Browser, reports: Reports
) -> None:
    one, turn = reports.lost, turn_of(reports.lost)
    async with reading(chromium, reports.path) as reader:
        now = (await reader.open_case(one.case_id)).locator(".sides > div").last
        await expect(now.locator(".visitor")).to_have_text(turn["user_text"])
        facts = await now.locator(".visitor mark.fact").all_text_contents()
        assert set(facts) <= {fact["quote"] for fact in turn["facts"].values()}
        assert facts
        for name, fact in turn["facts"].items():
            await expect(now.locator(".pills")).to_contain_text(f"{name} = {fact['value']}")
        why = now.locator(".why")
        for m in one.measures:
            if m.of and "." not in m.metric and not m.metric.startswith("cost/"):
                await expect(why).to_contain_text(m.metric)
                await expect(why).to_contain_text(m.why)


async def test_words_that_an_answer_has_from_its_sources_are_marked(
    chromium: Browser, reports: Reports
) -> None:
    one = next(
        one for one in reports.run.cases if (one.dataset, one.got) == ("questions", "answer")
    )
    turn = turn_of(one)
    async with reading(chromium, reports.path) as reader:
        now = (await reader.open_case(one.case_id)).locator(".sides > div").last
        for sentence in turn["sentences"]:
            await expect(now.locator(".answer")).to_contain_text(sentence["text"])
        for source in turn["citations"]:
            await expect(now.locator("ul.sources").last).to_contain_text(source["quote"])
        quotes = " ".join(source["quote"] for source in turn["citations"]).lower()
        words = await now.locator(".answer mark").all_text_contents()
    assert words
    assert [one for one in words if len(one.split()) < 3 or one.lower() not in quotes] == []


async def test_only_what_missed_is_marked_as_missed(chromium: Browser, reports: Reports) -> None:
    one = next(
        one
        for one in reports.run.cases
        if len({m.hits for m in one.measures if m.metric == "dialogue/turn_right"}) > 1
    )
    async with reading(chromium, reports.path) as reader:
        now = (await reader.open_case(one.case_id)).locator(".sides > div").last
        told = await now.locator(".why li.miss strong").all_text_contents()
    assert sorted(text.rpartition(" ")[0] for text in told) == sorted(
        m.metric for m in one.failed if "." not in m.metric
    )


async def test_two_runs_stand_side_by_side(chromium: Browser, reports: Reports) -> None:
    async with reading(chromium, reports.path) as reader:
        case = await reader.open_case(reports.lost.case_id)
        sides = case.locator(".sides > div")
        assert await sides.locator("h3").all_text_contents() == ["Before", "Now"]
        await expect(case).to_contain_text("Changed: − verdict/accepted")
        await expect(sides.first.locator(".why")).to_contain_text("verdict/accepted 1")
        await expect(sides.last.locator(".why")).to_contain_text("verdict/accepted 0")
        left, right = await sides.first.bounding_box(), await sides.last.bounding_box()
        assert left is not None
        assert right is not None
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] <= right["x"]


async def test_the_keyboard_alone_opens_a_case(chromium: Browser, reports: Reports) -> None:
    async with reading(chromium, reports.path) as reader:
        keys = reader.page.keyboard
        first = reader.cases.first.locator("summary")
        for _ in range(200):
            await keys.press("Tab")
            if await first.evaluate("node => node === document.activeElement"):
                break
        await expect(first).to_be_focused()
        await keys.press("Enter")
        await expect(reader.cases.first.locator(".why").first).to_be_visible()
        # From the list of what changed, one key leads to the case.
        await reader.page.locator("#changes button.link").first.focus()
        await keys.press("Enter")
        await expect(reader.cases).to_have_count(1)
        await expect(reader.cases.first.locator("summary")).to_be_focused()
        await expect(reader.cases.first.locator(".why").first).to_be_visible()


async def test_markup_in_a_case_is_shown_as_text_and_runs_nothing(
    chromium: Browser, reports: Reports
) -> None:
    async with reading(chromium, reports.hostile) as reader:
        await reader.cases.locator("summary").click()
        case = reader.cases.first
        for part in (".said", ".got", ".visitor", ".answer", "ul.sources", ".pills", ".why"):
            await expect(case.locator(part).first).to_contain_text(ATTACK)
        await expect(reader.page.locator(".parts")).to_contain_text(ATTACK, use_inner_text=False)
        assert await reader.page.locator("img").count() == 0
        assert await reader.page.locator("script").count() == 2
        assert await reader.page.evaluate("window.ran") is None


async def test_without_scripts_the_figures_stand_and_the_rest_is_explained(
    chromium: Browser, reports: Reports
) -> None:
    async with reading(chromium, reports.path, has_script=False) as reader:
        await expect(reader.page.locator("noscript p")).to_have_text(
            "Single cases need JavaScript; everything above does not."
        )
        await expect(reader.page.locator("table.metrics").first).to_be_visible()
        await expect(reader.page.locator("#filters")).to_be_hidden()
        await expect(reader.page.locator("#count")).to_be_hidden()


async def test_a_narrow_screen_needs_no_sideways_scrolling(
    chromium: Browser, reports: Reports
) -> None:
    async with reading(chromium, reports.path, width=360) as reader:
        await reader.open_case(reports.lost.case_id)
        for summary in await reader.page.locator(".parts summary").all():
            await summary.click()
        assert await reader.page.evaluate("document.documentElement.scrollWidth") <= 360
    async with reading(chromium, reports.hostile, width=360) as reader:
        await reader.cases.locator("summary").click()
        assert await reader.page.evaluate("document.documentElement.scrollWidth") <= 360
