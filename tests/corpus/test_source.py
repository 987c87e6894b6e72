"""The corpus is the source's text, word for word, and the check of it notices every change."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import CORPUS
from tests.corpus.conftest import SOURCE

from hiring_advisor.corpus.sources import compare, load_sources

Edit = Callable[[list[str], int], list[str]]

EDITS: dict[str, Edit] = {
    "changed": lambda words, at: [*words[:at], words[at] + "s", *words[at + 1 :]],
    "in another case": lambda words, at: [*words[:at], words[at].swapcase(), *words[at + 1 :]],
    "dropped": lambda words, at: words[:at] + words[at + 1 :],
    "added": lambda words, at: [*words[:at], "really", *words[at:]],
    "said twice": lambda words, at: [*words[:at], words[at], *words[at:]],
    "moved": lambda words, at: [*words[: at - 1], words[at], words[at - 1], *words[at + 1 :]],
}


def words_of_corpus() -> list[str]:
    """The words of the Markdown files, taken out here without the package's help."""
    text = "\n".join((CORPUS / name).read_text("utf-8") for name in ("article.md", "faq.md"))
    text = re.sub(r"\{#\S+\}|^\| ---.*$|^#+ |^- ", " ", text, flags=re.MULTILINE)
    return text.replace("|", " ").split()


def words_of_source(lines: list[str]) -> list[str]:
    return [word for line in lines for word in re.sub(r"^(•|\d+\.)\s", "", line).split()]


def test_the_corpus_has_the_words_of_the_source_in_their_order(source_lines: list[str]) -> None:
    wanted = words_of_source(source_lines)
    assert len(wanted) > 1200
    assert words_of_corpus() == wanted


def test_the_project_s_own_check_agrees() -> None:
    for source in load_sources(CORPUS):
        assert compare(CORPUS, source) == []


@pytest.mark.parametrize("name", ["article.md", "faq.md"])
@pytest.mark.parametrize("where", [0.02, 0.5, 0.98], ids=["early", "midway", "late"])
@pytest.mark.parametrize("edit", EDITS)
def test_one_word_that_differs_is_noticed(
    content: Path, edit: str, where: float, name: str
) -> None:
    """Only runs of plain words are touched, so that no mark of Markdown is in the way."""
    path = content / name
    text = path.read_text("utf-8")
    runs = list(re.finditer(r"[A-Za-z]+(?: [A-Za-z]+){5,}", text))
    run = runs[int(where * len(runs))]
    before = run[0].split()
    after = EDITS[edit](before, 3)
    assert after != before
    path.write_text(text[: run.start()] + " ".join(after) + text[run.end() :], "utf-8")
    (source,) = load_sources(content)
    assert compare(content, source) != []


def test_a_sentence_at_the_very_end_is_noticed(content: Path) -> None:
    with (content / "faq.md").open("a", encoding="utf-8") as file:
        file.write("\nFreelancers are best.\n")
    (source,) = load_sources(content)
    assert compare(content, source) != []


def test_a_source_that_was_edited_along_with_the_corpus_is_noticed_by_its_checksum(
    content: Path,
) -> None:
    for path in (content / "source" / SOURCE.name, content / "faq.md"):
        text = path.read_text("utf-8")
        path.write_text(text.replace("Absolutely.", "Certainly."), "utf-8")
    (source,) = load_sources(content)
    (problem,) = compare(content, source)
    assert "checksum" in problem


def test_the_checksum_is_that_of_the_file() -> None:
    (source,) = load_sources(CORPUS)
    assert source.sha256 == hashlib.sha256(SOURCE.read_bytes()).hexdigest()


def test_author_and_interest_of_the_source_are_told() -> None:
    """Whoever reads an answer can see that the article's author sells engineering services."""
    (source,) = load_sources(CORPUS)
    assert "Chintan Gor" in source.author
    assert "eSparkBiz" in source.author + source.publisher
    assert "sells engineering services" in source.notice


def test_what_is_left_out_is_in_the_source_and_says_why() -> None:
    (source,) = load_sources(CORPUS)
    text = SOURCE.read_text("utf-8")
    assert source.left_out
    for part in source.left_out:
        assert part.why
        given = part.text.strip("\n").splitlines() or [part.from_line, part.to_line]
        assert all(line and line in text for line in given)


def test_a_corpus_without_its_source_text_is_no_silent_pass(content: Path) -> None:
    shutil.rmtree(content / "source")
    (source,) = load_sources(content)
    with pytest.raises(OSError, match=SOURCE.name):
        compare(content, source)
