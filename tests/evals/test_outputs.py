"""What a run leaves: JUnit XML, annotations of GitHub, a summary and a table on a terminal."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.evals.builders import checks, result, run_of

from hiring_advisor.evals import outputs
from hiring_advisor.evals.compare import compare
from hiring_advisor.evals.gates import Outcome
from hiring_advisor.evals.measures import Measure, check
from hiring_advisor.evals.runs import CaseResult, Figure, Run
from hiring_advisor.evals.statistics import Interval

RIGHT = "verdict/accepted"
HELD = Outcome("run/no_error", "embedded", True, "run/no_error is 1, wanted at least 1")
FAILED = Outcome(RIGHT, "embedded", False, f"{RIGHT} is 0.5, wanted at least 0.8", ("q-0002",))


def case(case_id: str, *measures: Measure, dataset: str = "questions", **more: str) -> CaseResult:
    given = {"got": "answer", "target": "embedded", **more}
    return CaseResult(case_id, dataset, "dev", given["target"], {}, "", "", given["got"], measures)


# --- JUnit -----------------------------------------------------------------------------------


def junit(run: Run, outcomes: list[Outcome], folder: Path) -> ElementTree.Element:
    path = folder / "junit.xml"
    outputs.write_junit(run, outcomes, path)
    return ElementTree.parse(path).getroot()


def test_junit_has_a_suite_for_each_dataset_and_target_and_one_of_gates(tmp_path: Path) -> None:
    run = run_of(case("q-0001"), case("v-0001", dataset="verdicts"), case("q-0001", target="model"))
    root = junit(run, [HELD, FAILED], tmp_path)
    suites = {suite.get("name"): suite for suite in root.iter("testsuite")}
    assert list(suites) == ["questions@embedded", "verdicts@embedded", "questions@model", "gates"]
    assert [one.get("name") for one in suites["gates"].iter("testcase")] == [
        "run/no_error@embedded", f"{RIGHT}@embedded",
    ]  # fmt: skip


def test_junit_fails_for_gates_and_not_for_single_misses(tmp_path: Path) -> None:
    missed = case("q-0002", check(RIGHT, False, "got “<hybrid> & co”"))
    root = junit(run_of(case("q-0001"), missed), [HELD, FAILED], tmp_path)
    (failure,) = root.iter("failure")
    assert failure.get("message") == FAILED.told
    named = {one.get("name"): one for one in root.iter("testcase")}
    assert failure in list(named[f"{RIGHT}@embedded"])
    told = named["q-0002"].findtext("system-out") or ""
    assert told.strip() == f"{RIGHT}: got “<hybrid> & co”"
    assert root.get("failures") == "1"


def test_junit_names_the_error_of_a_case_that_broke_off(tmp_path: Path) -> None:
    broken = result("q-0001", {}, got="error", record={"error": "KeyError: 'x' <y>"})
    root = junit(run_of(broken), [], tmp_path)
    (error,) = root.iter("error")
    assert error.get("message") == "KeyError: 'x' <y>"
    assert root.get("errors") == "1"


@pytest.mark.parametrize("bad", ["\x00", "\x1b[31m", "\x0b", "\ufffe", "\ud800"])
def test_junit_can_be_read_whatever_an_answer_held(tmp_path: Path, bad: str) -> None:
    missed = case("q-0001", check(RIGHT, False, f"says “{bad}”"), target=f"m{bad}")
    broken = result("q-0002", {}, got="error", record={"error": f"bad {bad}"})
    told = Outcome(RIGHT, f"m{bad}", False, f"told {bad}")
    root = junit(run_of(missed, broken), [told], tmp_path)
    assert len(list(root.iter("testcase"))) == 3
    assert "says “\ufffd" in (root.findtext(".//system-out") or "")


# --- annotations -----------------------------------------------------------------------------


def test_an_annotation_stands_at_the_dataset_of_its_first_case() -> None:
    (line,) = outputs.github_lines([HELD, FAILED], run_of(*checks(RIGHT, "+-")), "evals")
    assert line == (
        "::error file=evals/datasets/questions.jsonl,title=eval gate::"
        f"{RIGHT} is 0.5, wanted at least 0.8 (embedded). Cases: q-0002"
    )


def test_an_annotation_without_cases_stands_at_the_thresholds() -> None:
    no_cases = Outcome(RIGHT, "all", False, "worse")
    (line,) = outputs.github_lines([no_cases], run_of(), "evals")
    assert line == "::error file=evals/thresholds.toml,title=eval gate::worse (all)."


def test_an_annotation_is_one_line_whatever_it_tells() -> None:
    told = Outcome(RIGHT, "50%\nmodel", False, "lost 5%\r\n::error::no", ())
    (line,) = outputs.github_lines([told], run_of(), "evals")
    assert line.endswith("::lost 5%25%0D%0A::error::no (50%25%0Amodel).")
    assert len(line.splitlines()) == 1


def test_an_annotation_names_a_dozen_cases() -> None:
    cases = tuple(f"q-{n:04}" for n in range(1, 40))
    (line,) = outputs.github_lines([Outcome(RIGHT, "x", False, "x", cases)], run_of(), "evals")
    assert re.findall(r"q-\d{4}", line) == list(cases[:12])


# --- the summary -----------------------------------------------------------------------------


def test_the_summary_lists_failed_gates_before_anything_else() -> None:
    text = outputs.summary(run_of(*checks(RIGHT, "+-")), [HELD, FAILED], None)
    assert text.startswith(
        "# Evals\n\n2 cases in 1.5 s.\n\n## Gates that failed\n\n"
        f"- {RIGHT} is 0.5, wanted at least 0.8 (embedded)\n\n## embedded\n"
    )
    assert HELD.told not in text


def test_the_summary_of_a_good_run_says_so() -> None:
    text = outputs.summary(run_of(*checks(RIGHT, "+")), [HELD], None)
    assert "All 1 gates hold." in text
    assert "failed" not in text


def test_the_summary_has_a_row_for_each_metric_with_its_meaning() -> None:
    run = run_of(*checks(RIGHT, "+"), *checks("declines/not_invented.near_miss", "-"))
    # Wilson for 1 of 1: 1 / (1 + 1.96²) = 0.2065.
    row = f"| {RIGHT} | 100.0 % (20.7–100.0) | 1 | The verdict is one that is right. |"
    rows = [line for line in outputs.summary(run, [], None).splitlines() if line.startswith("| ")]
    assert rows[2:] == [row]  # a breakdown is no row of its own


def test_the_summary_tells_losses_before_gains() -> None:
    before, after = run_of(*checks(RIGHT, "-+")), run_of(*checks(RIGHT, "+-"))
    text = outputs.summary(after, [FAILED], compare(before, after))
    gates, against, loss, gain = (
        text.index(one)
        for one in ("## Gates that failed", "## Against the baseline", "− q-0002", "+ q-0001")
    )
    assert gates < against < loss < gain
    assert "2 cases paired, 0 only there, 0 only here." in text


def test_a_difference_is_told_with_its_test_and_what_could_be_seen() -> None:
    before, after = run_of(*checks(RIGHT, "+" * 20)), run_of(*checks(RIGHT, "-" * 6 + "+" * 14))
    lines = list(outputs.comparison_lines(compare(before, after)))
    assert re.fullmatch(
        rf"  {RIGHT} \(embedded\): 1\.000 → 0\.700, difference -0\.300 "
        r"\(-0\.\d{3} to -0\.\d{3}\), McNemar p = 0\.0312; 20 cases can show 0\.300",
        lines[-1],
    )


def test_what_did_not_change_is_not_told() -> None:
    run = run_of(*checks(RIGHT, "+-"))
    assert len(list(outputs.comparison_lines(compare(run, run)))) == 1


def test_a_flood_of_flips_is_cut_with_its_number() -> None:
    before, after = run_of(*checks(RIGHT, "+" * 60)), run_of(*checks(RIGHT, "-" * 60))
    lines = list(outputs.comparison_lines(compare(before, after)))
    assert sum(line.startswith("  − ") for line in lines) == 48
    assert "  … and 12 more flips; see the report." in lines


@pytest.mark.parametrize(
    ("metric", "interval", "text"),
    [
        (RIGHT, Interval(0.5, 0.25, 0.75), "50.0 % (25.0–75.0)"),
        ("retrieval/mrr", Interval(0.5, 0.25, 0.756), "0.50 (0.25–0.76)"),
        ("cost/turn_ms", Interval(12.34567, 9, 1234.5), "12.35 (9–1234)"),
    ],
)
def test_a_value_is_written_as_people_read_it(metric: str, interval: Interval, text: str) -> None:
    assert outputs.with_bounds(Figure(metric, interval, 4, 4)) == text


def test_the_table_marks_what_broke_a_gate(capsys: pytest.CaptureFixture[str]) -> None:
    run = run_of(*checks(RIGHT, "+-"), *checks("run/no_error", "++"))
    outputs.print_table(run, [HELD, FAILED], None)
    out = capsys.readouterr().out
    marked = [line for line in out.splitlines() if "✗" in line]
    assert len(marked) == 2
    assert RIGHT in marked[0]
    assert marked[1].startswith(f"✗ {FAILED.told} (embedded): q-0002")
    assert "1 of 2 gates hold." in out


def test_the_table_shows_a_target_s_name_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    outputs.print_table(run_of(*checks(RIGHT, "+", target="model[red]")), [], None)
    assert "model[red]: 1 cases" in capsys.readouterr().out
