"""The pattern language of the cues, and that no cue can be made slow."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path

import pytest
from tests.conftest import CORPUS

from hiring_advisor.bootstrap import Parts
from hiring_advisor.errors import ContentError
from hiring_advisor.understanding.cues import compile_patterns, load


def found(pattern: str, text: str) -> str | None:
    compiled = compile_patterns([pattern])
    assert compiled is not None
    match = compiled.search(text)
    return None if match is None else match.group()


@pytest.mark.parametrize(
    ("pattern", "text", "match"),
    [
        ("tight budget", "a tight budget here", "tight budget"),
        ("tight budget", "a tight, budget", "tight, budget"),
        ("tight budget", "tightbudget", None),
        ("tight budget", "a tight budgeting", None),
        ("budget", "low-budget film", "budget"),
        ("(tight|small) budget", "small budget", "small budget"),
        ("(tight|small) budget", "big budget", None),
        ("(very (small|tight)|no) budget", "very small budget", "very small budget"),
        ("(very (small|tight)|no) budget", "no budget", "no budget"),
        ("very? tight", "tight", "tight"),
        ("very? tight", "very tight", "very tight"),
        ("tight (and small)? budget", "tight budget", "tight budget"),
        ("tight (and small)? budget", "tight and small budget", "tight and small budget"),
        ("tight (and small)? budget", "tight and budget", None),
        ("budget tight?", "budget", "budget"),
        ("maintain*", "maintenance", None),
        ("maint*", "maintenance", "maintenance"),
        ("maint*", "maintained by us", "maintained"),
        ("show ~ board", "show board", "show board"),
        ("show ~ board", "show it to the board", "show it to the board"),
        ("show ~ board", "show it to all of the board", None),
        ("in-house", "in house", "in-house"),
        ("in-house", "inhouse", "inhouse"),
        ("don't", "dont", "dont"),
        ("don't", "don't", "don't"),
        (r"\d+ users", "about 300 users", "300 users"),
        ("r&d", "our r&d work", "r&d"),
        ("a.b", "axb", None),
        ("TIGHT", "tight", "tight"),
    ],
)
def test_a_pattern_matches_what_its_language_says(
    pattern: str, text: str, match: str | None
) -> None:
    expected = match if match is None or match in text else match.replace("-", " ")
    assert found(pattern, text) == expected


def test_without_patterns_there_is_nothing_to_match() -> None:
    assert compile_patterns([]) is None


@pytest.mark.parametrize("pattern", ["(tight", "tight)", "((a|b)", "a (b|c", "(a|b))", ") a ("])
def test_unbalanced_brackets_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="bracket"):
        compile_patterns([pattern])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('[budget.tight]\ncues = ["(small"]', r"budget\.tight: a bracket is not closed"),
        ('[budget.tight]\ncues = ["small)"]', r"budget\.tight: unbalanced brackets"),
        ('[budget.huge]\ncues = ["big"]', r"budget\.huge is no value"),
        ('[weather.good]\ncues = ["sun"]', r"weather\.good is no value"),
        ('[budget.tight]\ncues = ["small"]\nnegated = "huge"', "negated names huge"),
        ("[budget.tight\n", "not valid TOML"),
    ],
)
def test_a_broken_cue_file_is_named_with_its_place(
    parts: Parts, tmp_path: Path, content: str, complaint: str
) -> None:
    (tmp_path / "cues.toml").write_text(content, encoding="utf-8")
    with pytest.raises(ContentError, match=complaint):
        load(tmp_path, parts.rubric)


def test_a_missing_cue_file_is_named(parts: Parts, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"no cues\.toml"):
        load(tmp_path, parts.rubric)


def test_every_value_of_the_rubric_has_cues(parts: Parts) -> None:
    known = {(cue.fact, cue.value) for cue in load(CORPUS, parts.rubric)}
    wanted = {(fact.name, value.value) for fact in parts.rubric.facts for value in fact.values}
    assert wanted <= known


def bait(patterns: list[str]) -> set[str]:
    """Texts that start many matches and finish none: the literals of the patterns themselves."""
    texts: set[str] = set()
    for pattern in patterns:
        first_choice = pattern
        while (inner := re.sub(r"\(([^()|]*)[^()]*\)\??", r"\1", first_choice)) != first_choice:
            first_choice = inner
        texts.add(re.sub(r"[*?]", "", first_choice).replace("~", "x y z"))
        words = re.findall(r"[\w'&.-]+", pattern)
        texts.update(words[:4])
        texts.add(" ".join(words[:10]))
    return {f"{text} " for text in texts if text.strip()}


def seconds(pattern: re.Pattern[str], text: str, tries: int = 3) -> float:
    """Processor time of the best of some tries: neighbours on the machine do not count."""
    best = 9.0
    for _ in range(tries):
        begun = time.process_time()
        sum(1 for _ in pattern.finditer(text))
        best = min(best, time.process_time() - begun)
    return best


def grows_linearly(pattern: re.Pattern[str], unit: str) -> bool:
    """Whether four times the text takes far less than sixteen times as long, a square's time."""
    short, long = ((unit * 16000)[:size] for size in (4000, 16000))
    for tries in (3, 9, 27):  # what looks slow is looked at again, longer
        base = seconds(pattern, short, tries)
        if base < 0.05 and seconds(pattern, long, tries) < 9 * base + 0.003:
            return True
    return False


def test_no_cue_takes_more_than_linear_time(parts: Parts) -> None:
    data = tomllib.loads((CORPUS / "cues.toml").read_text(encoding="utf-8"))
    for cue in load(CORPUS, parts.rubric):
        for kind, pattern in (("cues", cue.plain), ("always", cue.always)):
            if pattern is None:
                continue
            slowest = max(
                bait(data[cue.fact][cue.value][kind]),
                key=lambda unit: seconds(pattern, (unit * 1000)[:1000]),
            )
            assert grows_linearly(pattern, slowest), (cue.fact, cue.value, slowest)
