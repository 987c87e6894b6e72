"""The page for readers names every metric as the report does."""

from __future__ import annotations

from tests.conftest import ROOT

from hiring_advisor.evals.metrics import METRICS, SUITES

PAGE = (ROOT / "evals" / "README.md").read_text("utf-8")


def test_every_metric_stands_there_with_its_meaning() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `") and "/" in line]
    wanted = [
        f"| `{one.name}` | {one.label} | {one.meaning} | {one.better} |" for one in METRICS.values()
    ]
    assert [row for row in rows if row.split("`")[1] in METRICS] == wanted


def test_every_dataset_is_described() -> None:
    names = {path.name for path in (ROOT / "evals" / "datasets").glob("*.jsonl")}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()
    assert {f"{one}.jsonl" for datasets in SUITES.values() for one in datasets} <= names
