"""Reports for the tests, one of them with hostile texts, and somebody who reads them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, Locator, Page, expect
from tests.browser.conftest import PATIENCE_MS
from tests.evals.slices import PLACE, measured

from hiring_advisor.bootstrap import Parts
from hiring_advisor.evals import gates
from hiring_advisor.evals.compare import compare
from hiring_advisor.evals.measures import check
from hiring_advisor.evals.place import Choice
from hiring_advisor.evals.report.render import write_report
from hiring_advisor.evals.runs import CaseResult, Run

ATTACK = '<img src=x onerror="window.ran=1"></script><script>window.ran=1</script>{{ 7 * 7 }}'


@dataclass
class Reports:
    """A run, the one before it and the report of both; and one whose texts are hostile."""

    run: Run
    before: Run
    path: Path
    hostile: Path
    lost: CaseResult
    """The case that was right before and is not any more."""


def made(parts: Parts, folder: Path) -> Reports:
    """Measure a slice, lose one case of it, and write the reports."""
    run = measured(parts, folder, Choice(every=50))
    right = next(
        one
        for one in run.cases
        if one.dataset == "verdicts" and not one.failed and facts_of(one) and marked(one)
    )
    lost = with_measure(right, "verdict/accepted", holds=False, why="got hybrid, right is another")
    lost = replace(lost, got="hybrid")
    now = Run(run.meta, [lost if one is right else one for one in run.cases])
    comparison = compare(run, now)
    thresholds = gates.load(PLACE.folder)
    outcomes = gates.judge(thresholds, now, comparison)
    path = write_report(
        now, folder / "report.html", outcomes=outcomes, thresholds=thresholds,
        before=run, comparison=comparison,
    )  # fmt: skip
    hostile = write_report(Run(run.meta, [poisoned(lost)]), folder / "hostile.html")
    return Reports(now, run, path, hostile, lost)


def turn_of(one: CaseResult) -> dict[str, Any]:
    turn: dict[str, Any] = (one.record or {})["conversations"][0][0]
    return turn


def facts_of(one: CaseResult) -> dict[str, Any]:
    return turn_of(one)["facts"] or {}


def marked(one: CaseResult) -> bool:
    """Whether the answer has a sentence with a source."""
    return any(sentence["citations"] for sentence in turn_of(one)["sentences"])


def with_measure(one: CaseResult, metric: str, *, holds: bool, why: str) -> CaseResult:
    measures = [m for m in one.measures if m.metric != metric]
    return CaseResult(**{**vars_of(one), "measures": (*measures, check(metric, holds, why))})


def vars_of(one: CaseResult) -> dict[str, Any]:
    return {name: value for name, value in vars(one).items() if name != "totals"}


def poisoned(one: CaseResult) -> CaseResult:
    """A case in which whatever can hold words holds markup."""
    turn = turn_of(one)
    bad = {
        **turn,
        "user_text": ATTACK,
        "text": ATTACK,
        "sentences": [{"text": ATTACK, "citations": [1]}],
        "citations": [{"n": 1, "section_id": ATTACK, "quote": ATTACK}],
        "facts": {"budget": {"value": ATTACK, "quote": ATTACK}},
        "next_question": {"text": ATTACK},
    }
    return replace(
        with_measure(one, "verdict/accepted", holds=False, why=ATTACK),
        said=ATTACK, expected=ATTACK, got=ATTACK, groups={"style": ATTACK, "expected": "hybrid"},
        record={"conversations": [[bad]], "passages": [ATTACK], "score": None, "error": ATTACK},
    )  # fmt: skip


def missed(one: CaseResult) -> set[str]:
    """The metrics that a case missed, breakdowns left out."""
    return {m.metric for m in one.failed if "." not in m.metric}


@dataclass
class Reader:
    """Somebody who has a report open, and what the page did that it must not do."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def choose(self, **filters: str) -> None:
        """Set filters by their names, all others to nothing in particular."""
        wanted = {"dataset": "", "target": "", "status": "all", "metric": "", **filters}
        await self.page.locator("#f-text").fill(wanted.pop("text", ""))
        for name, value in wanted.items():
            await self.page.locator(f"#f-{name}").select_option(value)

    @property
    def cases(self) -> Locator:
        return self.page.locator("#list > details.case")

    async def ids(self) -> set[str]:
        """The cases that are listed, however many there are."""
        while await self.page.locator("#more").is_visible():
            await self.page.locator("#more").click()
        return set(await self.page.locator("#list .id").all_text_contents())

    async def open_case(self, case_id: str) -> Locator:
        """Find a case and open it."""
        await self.choose(text=case_id)
        await expect(self.cases).to_have_count(1)
        await self.cases.locator("summary").click()
        return self.cases.first


@asynccontextmanager
async def reading(
    chromium: Browser, path: Path, *, scheme: Literal["light", "dark"] = "light", width: int = 1200,
    has_script: bool = True,
) -> AsyncIterator[Reader]:  # fmt: skip
    """Open a report from its file; by the end it asked for nothing and complained of nothing."""
    context = await chromium.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800},
        java_script_enabled=has_script,
    )  # fmt: skip
    context.set_default_timeout(PATIENCE_MS)
    try:
        reader = Reader(await context.new_page())
        reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
        reader.page.on("console", lambda line: reader.complaints.append(line.text))
        context.on("request", lambda request: reader.requests.append(request.url))
        await reader.page.goto(path.as_uri())
        if has_script:
            await expect(reader.page.locator("#count")).to_contain_text("cases")
            await expect(reader.page.locator("#count")).not_to_contain_text("unfolded")
        yield reader
        assert reader.complaints == []
        assert reader.requests == [path.as_uri()]
    finally:
        await context.close()
