"""A content file that is broken stops the start with the file, the place and nothing private.

Each case breaks one file of a copy of the shipped content and starts the advisor's parts on it,
which is what `serve`, `ask` and `doctor` do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hiring_advisor.bootstrap import Parts
from hiring_advisor.errors import ContentError
from hiring_advisor.settings import Settings
from tests.conftest import CORPUS, make_settings

FILES = sorted(path.name for path in CORPUS.glob("*.toml"))
Edit = Callable[[str], str]


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


CASES: list[tuple[str, str, Edit, str]] = [
    # rubric.toml
    ("rubric.toml", "a table is misspelt", swap("[verdict]", "[verdikt]"), "verdict"),
    ("rubric.toml", "a threshold is a word", match(r"^min_margin = \d+", 'min_margin = "x"'), "x"),
    ("rubric.toml", "a key of a value is misspelt", swap("leans =", "lean ="), "lean"),
    ("rubric.toml", "negative points", swap("{ freelancers = 30 }", "{ freelancers = -1 }"), "prototype"),
    ("rubric.toml", "half points", swap("{ freelancers = 30 }", "{ freelancers = 0.5 }"), "prototype"),
    ("rubric.toml", "points for no side", swap("{ freelancers = 30 }", "{ hybrid = 30 }"), "prototype"),
    ("rubric.toml", "points against the lean", swap("{ freelancers = 30 }", "{ full_time = 30 }"), "prototype"),
    ("rubric.toml", "a value is renamed", swap('value = "prototype"', 'value = "proto"'), "stage = prototype"),
    ("rubric.toml", "a quote is changed", swap('source_quote = "You need', 'source_quote = "We need'), "rule prototype"),
    ("rubric.toml", "a section that is none", match(r'^section = ".*"', 'section = "no/such"'), "no/such"),
    ("rubric.toml", "a fact stands there twice", match(r'^name = "role"', 'name = "stage"'), "stage stands there twice"),
    ("rubric.toml", "a constraint without a rank", match(r'^at_least = ".*"', 'at_least = "soon"'), "production-complex-secure"),
    ("rubric.toml", "a contradiction asks for no fact", match(r'^ask = ".*"', 'ask = "mood"'), "mood"),
    # questions.toml and not_answered.toml
    ("questions.toml", "a section that is none", add('["no/such"]\nasked = ["Why?"]'), "no/such"),
    ("questions.toml", "a key is misspelt", match(r"^asked =", "aksed ="), "article"),
    ("questions.toml", "a text where a list should be", instead('["article"]\nasked = "Why?"'), "article"),
    ("questions.toml", "numbers where questions should be", instead('["article"]\nasked = [1]'), "article"),
    ("questions.toml", "no table", instead('article = "Why?"'), "article"),
    ("not_answered.toml", "a key is misspelt", instead('["pay"]\naksed = ["Why?"]'), "pay"),
    ("not_answered.toml", "a text where a list should be", instead('["pay"]\nasked = "Why?"'), "pay"),
    # wording.toml
    ("wording.toml", "a section that is none", add('["no/such"]\nsay = ["x"]'), "no/such"),
    ("wording.toml", "a key is misspelt", match(r"^say =", "sya ="), "article"),
    ("wording.toml", "a line too few", match(r'^  "",\n', ""), "article"),
    ("wording.toml", "a line too many", match(r'^  "",\n', '  "",\n  "",\n'), "article"),
    # vocabulary.toml
    ("vocabulary.toml", "a key is misspelt", match(r"^said =", "siad ="), "freelancers"),
    ("vocabulary.toml", "the article's words are missing", instead('[pay]\nsaid = ["pay"]'), "pay"),
    ("vocabulary.toml", "a text where a list should be", instead('[pay]\nsaid = "pay"\narticle = ["cost"]'), "pay"),
    ("vocabulary.toml", "numbers where words should be", instead('[pay]\nsaid = [1]\narticle = [2]'), "pay"),
    ("vocabulary.toml", "no table", instead('pay = "cost"'), "pay"),
    # cues.toml
    ("cues.toml", "a value that is none", add('[stage.never]\ncues = ["x"]'), "stage.never"),
    ("cues.toml", "a fact that is none", add('[mood.good]\ncues = ["x"]'), "mood.good"),
    ("cues.toml", "a bracket is not closed", instead('[stage.prototype]\ncues = ["(a|b"]'), "stage.prototype"),
    ("cues.toml", "a bracket too many", instead('[stage.prototype]\ncues = ["a)b"]'), "stage.prototype"),
    ("cues.toml", "a key is misspelt", instead('[stage.prototype]\nceus = ["a"]'), "stage.prototype"),
    ("cues.toml", "a text where a list should be", instead('[stage.prototype]\ncues = "demo"'), "stage.prototype"),
    ("cues.toml", "numbers where patterns should be", instead("[stage.prototype]\ncues = [1]"), "stage.prototype"),
    ("cues.toml", "negated names no value", instead('[data.sensitive]\nnegated = "x"'), "data.sensitive"),
    ("cues.toml", "no table", instead('[stage]\nprototype = "demo"'), "stage.prototype"),
    ("cues.toml", "a word where facts should be", instead('stage = "demo"'), "stage"),
    # speech.toml
    ("speech.toml", "a line is missing", match(r"^thanks =", "thx ="), "small_talk.thanks"),
    ("speech.toml", "a number where a line should be", match(r"^thanks = .*", "thanks = 1"), "small_talk.thanks"),
    ("speech.toml", "a number where a table should be", instead("small_talk = 1"), "small_talk.thanks"),
    ("speech.toml", "a number where the greeting should be", match(r"^greeting = .*", "greeting = 1"), "greeting"),
    ("speech.toml", "no suggestions", match(r"^suggestions = \[", "suggested = ["), "suggestions"),
    # sources.toml
    ("sources.toml", "a key is misspelt", match(r"^sha256 =", "sha ="), "sha256"),
    ("sources.toml", "a key of what was left out is misspelt", match(r"^why =", "because ="), "because"),
    ("sources.toml", "a document that is not there", swap('"faq.md"', '"frequently.md"'), "frequently.md"),
    ("sources.toml", "no source", instead(""), "source"),
]  # fmt: skip


@pytest.fixture
def settings(content: Path, tmp_path: Path) -> Settings:
    return make_settings(tmp_path / "data", ADVISOR_CORPUS_DIR=str(content))


def refusal(settings: Settings) -> str:
    """What the start says."""
    with pytest.raises(ContentError) as caught:
        _ = Parts(settings).advisor
        _ = Parts(settings).library.not_answered
    message = caught.value.message
    assert "\n" not in message
    assert str(settings.corpus_dir) not in message
    assert str(settings.data_dir) not in message
    return message


def test_the_content_that_is_broken_here_is_whole_before(settings: Settings) -> None:
    assert Parts(settings).advisor
    assert Parts(settings).library.not_answered


@pytest.mark.parametrize(
    ("name", "edit", "place"),
    [(name, edit, place) for name, _, edit, place in CASES],
    ids=[f"{name}: {what}" for name, what, _, _ in CASES],
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
