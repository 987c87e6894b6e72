"""Every heading, bullet, table row and FAQ pair of the source can be cited alone.

The lists are read from the source text itself, so that a parser that loses a line is found out.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from tests.conftest import CORPUS

from hiring_advisor.bootstrap import Parts
from hiring_advisor.corpus import documents
from hiring_advisor.corpus.chunking import Chunk
from hiring_advisor.corpus.documents import Section
from hiring_advisor.errors import ContentError

GOLDEN = Path(__file__).with_name("section_ids.txt")
FAQ = "Frequently Asked Questions"
TABLE = "Criteria Freelancers Full-Time Engineers"


@pytest.fixture(scope="module")
def sections() -> list[Section]:
    return [section for document in documents.load(CORPUS) for section in document.sections]


@pytest.fixture(scope="module")
def chunks(parts: Parts) -> dict[str, list[Chunk]]:
    found: dict[str, list[Chunk]] = {}
    for chunk in parts.library.chunks:
        found.setdefault(chunk.section_id, []).append(chunk)
    return found


def article(lines: list[str]) -> list[str]:
    return lines[: lines.index(FAQ)]


def faq(lines: list[str]) -> list[str]:
    return lines[lines.index(FAQ) + 1 :]


def headings(lines: list[str]) -> list[str]:
    """Short lines that stand alone and do not end like a sentence or a lead-in."""
    lone = [
        line
        for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False)
        if line and not before and not after and line[0].isalnum()
    ]
    short = [line for line in lone if len(line.split()) <= 12 and line[-1] not in ".:"]
    return [line for line in short if line != "CTO, eSparkBiz"]


def bullets(lines: list[str]) -> list[str]:
    return [line.removeprefix("•").strip() for line in lines if line.startswith("•")]


def rows(lines: list[str]) -> list[str]:
    start = lines.index(TABLE) + 1
    return lines[start : lines.index("", start)]


def faq_pairs(lines: list[str]) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for line in filter(None, lines):
        if match := re.match(r"\d+\.\s+(.*)", line):
            answer = pairs[match[1]] = []
        else:
            answer.append(line.removeprefix("•").strip())
    return pairs


def test_the_source_has_what_these_lists_hold(source_lines: list[str]) -> None:
    """Counted by hand in the source; a rule above that overlooks a line fails here."""
    assert len(headings(article(source_lines))) == 27
    assert len(bullets(article(source_lines))) == 14
    assert len(rows(source_lines)) == 7
    assert len(faq_pairs(faq(source_lines))) == 5
    assert len(bullets(faq(source_lines))) == 2


def test_every_heading_is_a_section_that_can_be_cited_alone(
    source_lines: list[str], sections: list[Section], chunks: dict[str, list[Chunk]]
) -> None:
    own = [one for one in sections if one.kind in {"title", "heading"} and one.heading != FAQ]
    assert [one.heading for one in own] == headings(article(source_lines))
    assert all(chunks[one.section_id] for one in own)


@pytest.mark.parametrize("part", [article, faq], ids=["article", "faq"])
def test_every_bullet_is_a_section_that_can_be_cited_alone(
    source_lines: list[str], sections: list[Section], chunks: dict[str, list[Chunk]], part: object
) -> None:
    assert callable(part)
    wanted = bullets(part(source_lines))
    is_faq = part is faq
    own = [
        one
        for one in sections
        if one.kind == "bullet" and one.section_id.startswith("faq/") == is_faq
    ]
    assert [one.statements[0].text for one in own] == wanted
    assert [[chunk.text for chunk in chunks[one.section_id]] for one in own] == [
        [text] for text in wanted
    ]


def test_a_bullet_knows_the_lead_in_that_it_completes(sections: list[Section]) -> None:
    found = {one.section_id: one.statements[0].lead_in for one in sections if one.kind == "bullet"}
    assert found["choose-freelancers/tight-budget"] == "Choose freelancers if:"
    assert found["choose-full-time/core-systems"] == "Choose full-time engineers if:"
    assert all(lead.endswith(":") for lead in found.values())


def test_every_table_row_is_a_section_that_can_be_cited_alone(
    source_lines: list[str], sections: list[Section], chunks: dict[str, list[Chunk]]
) -> None:
    own = [one for one in sections if one.kind == "row"]
    assert [" ".join(one.statements[0].cells) for one in own] == rows(source_lines)
    for one in own:
        criterion, freelancers, full_time = one.statements[0].cells
        (chunk,) = chunks[one.section_id]
        # Whoever reads the row alone sees whose cell is whose.
        assert re.search(
            rf"{re.escape(criterion)}.*Freelancers.*{re.escape(freelancers)}"
            rf".*Full-Time Engineers.*{re.escape(full_time)}",
            chunk.text,
        )


def test_every_faq_pair_is_a_section_that_can_be_cited_alone(
    source_lines: list[str], sections: list[Section], chunks: dict[str, list[Chunk]]
) -> None:
    wanted = faq_pairs(faq(source_lines))
    own = [one for one in sections if one.kind == "faq"]
    assert [one.heading for one in own] == list(wanted)
    for one in own:
        (chunk,) = chunks[one.section_id]
        assert chunk.text == " ".join(wanted[one.heading])
        assert one.heading in chunk.embedded


def test_section_ids_are_those_that_citations_and_links_already_use(
    sections: list[Section],
) -> None:
    """An id that changes breaks links in briefs and old turns: keep it, or add a new one."""
    assert [one.section_id for one in sections] == GOLDEN.read_text("utf-8").split()


def test_section_ids_and_chunk_ids_are_unique(sections: list[Section], parts: Parts) -> None:
    for ids in (
        [one.section_id for one in sections],
        [one.chunk_id for one in parts.library.chunks],
    ):
        assert [one for one, count in Counter(ids).items() if count > 1] == []


def test_every_path_leads_from_the_title_down(sections: list[Section]) -> None:
    by_id = {one.section_id: one for one in sections}
    for one in sections:
        if one.kind == "title":
            assert one.path == (one.heading,)
        elif one.kind in {"heading", "faq"}:
            assert one.path == (*by_id[one.parent_id].path, one.heading)
        else:
            assert one.path == by_id[one.parent_id].path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# Title\n", "line 1"),
        ("Words before.\n", "line 1"),
        ("# T {#t}\n\n## Part\n", "line 3"),
        ("# T {#t}\n\n- bullet\n", "line 3"),
        ("# T {#t}\n| a | b | c |\n", "line 2"),
        ("# T {#t}\n| a | b | {#t/a}\n", "line 2"),
        ("# T {#t}\n## U {#t}\n", "t stands there twice"),
        ("# T {#t}\nWords. {#nowhere}\n", "nowhere"),
        ("", "no heading"),
    ],
)
def test_markdown_that_cannot_be_placed_is_named_with_its_line(text: str, says: str) -> None:
    with pytest.raises(ContentError) as caught:
        documents.parse("notes.md", text)
    assert "notes.md" in caught.value.message
    assert says in caught.value.message


def test_a_section_id_in_two_documents_is_refused(content: Path) -> None:
    with (content / "faq.md").open("a", encoding="utf-8") as file:
        file.write("\n## Again {#comparison/cost}\n\nWords.\n")
    with pytest.raises(ContentError, match="comparison/cost"):
        documents.load(content)


def test_a_document_that_is_missing_is_named(content: Path) -> None:
    (content / "faq.md").unlink()
    with pytest.raises(ContentError, match=r"faq\.md"):
        documents.load(content)
