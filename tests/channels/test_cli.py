"""The command line: data on stdout, talk on stderr, and an exit status that scripts can trust."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.channels.schemas import Article, Passage, Recommendation, turn_of
from tests.conftest import CORPUS, PROMPTS, clean_environment

import hiring_advisor

Ended = subprocess.CompletedProcess[str]
Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def run(built_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the command line in a process, `run("score", "--json", given="what is typed")`."""
    folder = tmp_path_factory.mktemp("cli")
    shutil.copytree(built_data, folder, dirs_exist_ok=True)
    content = {"ADVISOR_CORPUS_DIR": str(CORPUS), "ADVISOR_PROMPTS_DIR": str(PROMPTS)}

    def run_one(*arguments: str, given: str = "", **environment: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "hiring_advisor", *arguments],
            env={**clean_environment(), "ADVISOR_DATA_DIR": str(folder), **content, **environment},
            cwd=folder,
            input=given,
            check=False,
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert "\x1b" not in ended.stdout + ended.stderr, "colours go to terminals alone"
        assert "Traceback" not in ended.stderr
        return ended

    return run_one


def spoken(text: str) -> str:
    """The text without the line breaks that fit it to the screen."""
    return " ".join(text.split())


def test_ask_prints_the_answer_with_its_sources(run: Run) -> None:
    ended = run("ask", "Can freelancers build production-grade AI?")
    assert (ended.returncode, ended.stderr) == (0, "")
    answer, sources = ended.stdout.split("Sources")
    assert "[1]" in answer
    assert "[1]" in sources


def test_ask_as_json_prints_one_whole_turn_and_nothing_else(run: Run, article: Article) -> None:
    ended = run("ask", "--json", "We want a demo in ten days, with little money. Whom to hire?")
    assert (ended.returncode, ended.stderr) == (0, "")
    turn = turn_of(json.loads(ended.stdout))
    assert turn.recommendation is not None
    assert turn.recommendation.verdict == "freelancers"
    assert article.misquoted(turn) == []


def test_chat_remembers_what_was_said_and_talks_on_stderr(run: Run) -> None:
    lines = ["We want a demo.", "Our budget is tight.", "And what are the risks?", "", "not read"]
    ended = run("chat", given="\n".join(lines))
    assert ended.returncode == 0
    assert "automated assistant" in ended.stderr
    assert "you:" in ended.stderr
    assert "you:" not in ended.stdout
    said = spoken(ended.stdout)
    _, demo, budget = said.split("Verdict: freelancers")
    assert "“We want a demo”" in demo
    assert "“We want a demo”" in budget
    assert "“Our budget is tight”" in budget
    assert "Sources" in budget
    assert "not read" not in said


def test_search_prints_passages_best_first(run: Run, article: Article) -> None:
    ended = run("search", "what do freelancers cost", "--json", "-k", "2")
    assert (ended.returncode, ended.stderr) == (0, "")
    found = [Passage.model_validate(one) for one in json.loads(ended.stdout)["passages"]]
    assert [one.rank for one in found] == [1, 2]
    assert {one.section_id for one in found} <= article.sections
    shown = run("search", "what do freelancers cost", "-k", "2").stdout
    assert spoken(found[0].text) in spoken(shown)


def test_a_search_that_finds_nothing_says_so_beside_the_data(run: Run) -> None:
    ended = run("search", "recipe for a lemon cake")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr.strip()


def test_score_gives_the_verdict_that_http_gives(run: Run) -> None:
    facts = ["--fact", "stage=prototype", "--fact", "budget=tight"]
    scored = run("score", *facts, "--json")
    assert (scored.returncode, scored.stderr) == (0, "")
    result = Recommendation.model_validate_json(scored.stdout)
    assert result.verdict == "freelancers"
    shown = run("score", *facts)
    assert "freelancers" in shown.stdout
    assert result.profile_hash[:12] in shown.stdout


@pytest.mark.parametrize(
    ("fact", "known"),
    [("colour=red", "budget"), ("budget=huge", "tight"), ("budget", "NAME=VALUE")],
)
def test_a_fact_that_is_none_is_wrong_use_and_the_known_ones_are_named(
    run: Run, fact: str, known: str
) -> None:
    ended = run("score", "--fact", fact)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert known in ended.stderr


def test_ingest_builds_the_index_anew(run: Run) -> None:
    ended = run("ingest")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "ndexed" in ended.stderr


def test_doctor_finds_nothing_to_mend_in_a_good_set_up(run: Run) -> None:
    ended = run("doctor")
    assert ended.returncode == 0
    assert "MEND" not in ended.stdout
    for part in ("settings", "models", "corpus", "rubric", "index", "database"):
        assert part in ended.stdout


def test_doctor_says_what_is_broken(run: Run, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(CORPUS, corpus)
    rubric = corpus / "rubric.toml"
    text = rubric.read_text(encoding="utf-8")
    quote = "You need a one-time AI solution"
    assert quote in text
    rubric.write_text(text.replace(quote, "You need a one-night AI solution"), encoding="utf-8")
    ended = run("doctor", ADVISOR_CORPUS_DIR=str(corpus))
    assert ended.returncode == 1
    mend = [line for line in ended.stdout.splitlines() if line.startswith("MEND")]
    assert any("rubric" in line for line in mend)
    broken = run("ask", "Are freelancers cheaper?", ADVISOR_CORPUS_DIR=str(corpus))
    assert (broken.returncode, broken.stdout) == (1, "")
    assert len(broken.stderr.splitlines()) == 1


def test_help_and_version_answer_on_stdout(run: Run) -> None:
    shown = run("--help")
    assert shown.returncode == 0
    for command in ("ask", "chat", "serve", "ingest", "search", "score", "doctor"):
        assert f" {command} " in shown.stdout
    assert run("serve", "--help").returncode == 0
    version = run("--version")
    assert (version.returncode, version.stdout.strip()) == (0, hiring_advisor.__version__)


@pytest.mark.parametrize(
    "arguments",
    [("unknown",), ("ask",), ("ask", "hello", "--loud"), ("search", "x", "-k", "0"), ()],
)
def test_wrong_use_ends_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2


def test_an_empty_question_is_refused_in_one_line(run: Run) -> None:
    ended = run("ask", " \u200b\n")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.splitlines()) == 1


def test_a_setting_that_makes_no_sense_is_named(run: Run) -> None:
    ended = run("score", ADVISOR_MODE="zq81vulture")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "ADVISOR_MODE" in ended.stderr
    doctor = run("doctor", ADVISOR_MODE="zq81vulture")
    assert doctor.returncode == 1
    assert "ADVISOR_MODE" in doctor.stdout
