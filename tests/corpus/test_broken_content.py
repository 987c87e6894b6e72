"""A content file that is broken stops the start with the file, the place and nothing private.

Each case breaks one file of a copy of the shipped content and starts the advisor's parts on it,
which is what `serve`, `ask` and `doctor` do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import CORPUS, make_settings

from hiring_advisor.bootstrap import Parts
from hiring_advisor.errors import ContentError
from hiring_advisor.settings import Settings

FILES = sorted(path.name for path in CORPUS.glob("*.toml"))
Edit = Callable[[str], str]


ARTICLE = '["article"]\n'
PROTOTYPE = "[stage.prototype]\n"


def swap(old: str, new: str) -> Edit:
    """Replace the first `old`, which must be there."""

    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def match(pattern: str, new: str) -> Edit:
    def edit(text: str) -> str:
        changed, count = re.subn(pattern, new, text, count=1, flags=re.MULTILINE)
        assert count == 1
        return changed

    return edit


def add(more: str) -> Edit:
    return lambda text: f"{text}\n{more}\n"


def instead(text: str) -> Edit:
    return lambda _: text


CASES: dict[str, list[tuple[str, Edit, str]]] = {
    "rubric.toml": [
        ("a table is misspelt", swap("[verdict]", "[verdikt]"), "verdict"),
        ("a threshold is a word", match(r"^min_margin = \d+", 'min_margin = "x"'), "x"),
        ("a key of a value is misspelt", swap("leans =", "lean ="), "lean"),
        ("negative points", swap("{ freelancers = 30 }", "{ freelancers = -1 }"), "prototype"),
        ("half points", swap("{ freelancers = 30 }", "{ freelancers = 0.5 }"), "prototype"),
        ("points for no side", swap("{ freelancers = 30 }", "{ hybrid = 30 }"), "prototype"),
        (
            "points against the lean",
            swap("{ freelancers = 30 }", "{ full_time = 30 }"),
            "prototype",
        ),
        ("a value is renamed", swap('value = "prototype"', 'value = "proto"'), "stage = prototype"),
        (
            "a quote is changed",
            swap('source_quote = "You need', 'source_quote = "We need'),
            "rule prototype",
        ),
        ("a section that is none", match(r'^section = ".*"', 'section = "no/such"'), "no/such"),
        (
            "a fact stands there twice",
            match(r'^name = "role"', 'name = "stage"'),
            "stage stands there twice",
        ),
        (
            "a constraint without a rank",
            match(r'^at_least = ".*"', 'at_least = "soon"'),
            "production-complex-secure",
        ),
        ("a contradiction asks for no fact", match(r'^ask = ".*"', 'ask = "mood"'), "mood"),
    ],
    "questions.toml": [
        ("a section that is none", add('["no/such"]\nasked = ["Why?"]'), "no/such"),
        ("a key is misspelt", match(r"^asked =", "aksed ="), "article"),
        ("a text where a list should be", instead(ARTICLE + 'asked = "Why?"'), "article"),
        ("numbers where questions should be", instead(ARTICLE + "asked = [1]"), "article"),
        ("no table", instead('article = "Why?"'), "article"),
    ],
    "not_answered.toml": [
        ("a key is misspelt", instead('["pay"]\naksed = ["Why?"]'), "pay"),
        ("a text where a list should be", instead('["pay"]\nasked = "Why?"'), "pay"),
    ],
    "wording.toml": [
        ("a section that is none", add('["no/such"]\nsay = ["x"]'), "no/such"),
        ("a key is misspelt", match(r"^say =", "sya ="), "article"),
        ("a line too few", match(r'^  "",\n', ""), "article"),
        ("a line too many", match(r'^  "",\n', '  "",\n  "",\n'), "article"),
    ],
    "vocabulary.toml": [
        ("a key is misspelt", match(r"^said =", "siad ="), "freelancers"),
        ("the article's words are missing", instead('[pay]\nsaid = ["pay"]'), "pay"),
        (
            "a text where a list should be",
            instead('[pay]\nsaid = "pay"\narticle = ["cost"]'),
            "pay",
        ),
        ("numbers where words should be", instead("[pay]\nsaid = [1]\narticle = [2]"), "pay"),
        ("no table", instead('pay = "cost"'), "pay"),
    ],
    "cues.toml": [
        ("a value that is none", add('[stage.never]\ncues = ["x"]'), "stage.never"),
        ("a fact that is none", add('[mood.good]\ncues = ["x"]'), "mood.good"),
        ("a bracket is not closed", instead(PROTOTYPE + 'cues = ["(a|b"]'), "stage.prototype"),
        ("a bracket too many", instead(PROTOTYPE + 'cues = ["a)b"]'), "stage.prototype"),
        ("a key is misspelt", instead(PROTOTYPE + 'ceus = ["a"]'), "stage.prototype"),
        ("a text where a list should be", instead(PROTOTYPE + 'cues = "demo"'), "stage.prototype"),
        ("numbers where patterns should be", instead(PROTOTYPE + "cues = [1]"), "stage.prototype"),
        ("negated names no value", instead('[data.sensitive]\nnegated = "x"'), "data.sensitive"),
        ("no table", instead('[stage]\nprototype = "demo"'), "stage.prototype"),
        ("a word where facts should be", instead('stage = "demo"'), "stage"),
    ],
    "speech.toml": [
        ("a line is missing", match(r"^thanks =", "thx ="), "small_talk.thanks"),
        (
            "a number where a line should be",
            match(r"^thanks = .*", "thanks = 1"),
            "small_talk.thanks",
        ),
        ("a number where a table should be", instead("small_talk = 1"), "small_talk.thanks"),
        (
            "a number where the greeting should be",
            match(r"^greeting = .*", "greeting = 1"),
            "greeting",
        ),
        ("no suggestions", match(r"^suggestions = \[", "suggested = ["), "suggestions"),
    ],
    "sources.toml": [
        ("a key is misspelt", match(r"^sha256 =", "sha ="), "sha256"),
        ("a key of what was left out is misspelt", match(r"^why =", "because ="), "because"),
        ("a document that is not there", swap('"faq.md"', '"frequently.md"'), "frequently.md"),
        ("no source", instead(""), "source"),
    ],
}


@pytest.fixture
def settings(content: Path, tmp_path: Path) -> Settings:
    return make_settings(tmp_path / "data", ADVISOR_CORPUS_DIR=str(content))


def start(settings: Settings) -> bool:
    parts = Parts(settings)
    return bool(parts.advisor and parts.library.not_answered)


def refusal(settings: Settings) -> str:
    """What the start says."""
    with pytest.raises(ContentError) as caught:
        start(settings)
    message = caught.value.message
    assert "\n" not in message
    assert str(settings.corpus_dir) not in message
    assert str(settings.data_dir) not in message
    return message


def test_the_content_that_is_broken_here_is_whole_before(settings: Settings) -> None:
    assert start(settings)


@pytest.mark.parametrize(
    ("name", "edit", "place"),
    [(name, edit, place) for name, cases in CASES.items() for _, edit, place in cases],
    ids=[f"{name}: {what}" for name, cases in CASES.items() for what, _, _ in cases],
)
def test_a_broken_file_is_named_with_the_place(
    settings: Settings, name: str, edit: Edit, place: str
) -> None:
    path = settings.corpus_dir / name
    path.write_text(edit(path.read_text("utf-8")), "utf-8")
    message = refusal(settings)
    assert place in message
    # A document that is named wrongly is named itself, with the list that names it.
    assert name in message or place.endswith(".md")


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_toml_is_named_with_the_line(settings: Settings, name: str) -> None:
    path = settings.corpus_dir / name
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*lines, "= broken ="]), "utf-8")
    message = refusal(settings)
    assert name in message
    assert f"line {len(lines) + 1}" in message


@pytest.mark.parametrize("name", [*FILES, "article.md", "faq.md"])
def test_a_file_that_is_no_text_is_named(settings: Settings, name: str) -> None:
    (settings.corpus_dir / name).write_bytes(b"\xff\xfe\x00 no text")
    assert name in refusal(settings)


@pytest.mark.parametrize("name", [*FILES, "article.md", "faq.md"])
def test_a_file_that_is_missing_is_named(settings: Settings, name: str) -> None:
    (settings.corpus_dir / name).unlink()
    assert name in refusal(settings)


def test_a_corpus_folder_that_is_none_points_to_its_setting(tmp_path: Path) -> None:
    nowhere = make_settings(tmp_path, ADVISOR_CORPUS_DIR=str(tmp_path / "nowhere"))
    assert "ADVISOR_CORPUS_DIR" in refusal(nowhere)


@pytest.mark.parametrize("name", ["answer", "understand"])
def test_a_prompt_that_is_broken_stops_a_start_that_would_use_it(tmp_path: Path, name: str) -> None:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    for other in ("answer", "understand"):
        text = (CORPUS.parent / "prompts" / f"{other}.md").read_text("utf-8")
        broken = text.replace("=== user ===", "") if other == name else text
        (prompts / f"{other}.md").write_text(broken, "utf-8")
    given = {"ADVISOR_PROMPTS_DIR": str(prompts)}
    assert Parts(make_settings(tmp_path / "data", **given)).advisor
    with pytest.raises(ContentError, match=rf"{name}\.md"):
        _ = Parts(make_settings(tmp_path / "data", **given, OPENAI_API_KEY="test-key")).advisor
