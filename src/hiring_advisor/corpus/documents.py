"""Documents: Markdown whose headings, bullets, table rows and FAQ pairs carry section ids.

A section id stands at the end of its line as `{#choose-freelancers/tight-budget}` and is not
part of the text. A paragraph may end in the id of an earlier section to which it belongs.
What can be cited is a `Statement`: a sentence, a bullet, a table row or a question with its
answer, each verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hiring_advisor.errors import ContentError

StatementKind = Literal["sentence", "bullet", "row"]
SectionKind = Literal["title", "heading", "bullet", "row", "faq"]

_ANCHOR = re.compile(r"(?<!\s)\s*\{#([a-z0-9/-]+)\}\s*$")
_HEADING = re.compile(r"^(#{1,3}) +(.+)$")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"‘(])")


@dataclass(frozen=True, slots=True)
class Statement:
    """The smallest thing that can be cited. `text` is verbatim from the document.

    A row's `text` is its cells joined by ` | ` and `cells` are they (criterion, freelancers,
    full-time); a bullet knows the `lead_in` line that it completes.
    """

    section_id: str
    kind: StatementKind
    text: str
    lead_in: str = ""
    cells: tuple[str, ...] = ()
    paragraph: int = 0
    """Statements of one section and one paragraph stand one after the other in the text."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the text to be found and cited alone. `path`: headings from the title down."""

    section_id: str
    kind: SectionKind
    heading: str
    path: tuple[str, ...]
    parent_id: str
    paragraphs: tuple[tuple[Statement, ...], ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements of the section, in order."""
        return tuple(statement for paragraph in self.paragraphs for statement in paragraph)


@dataclass(frozen=True, slots=True)
class Document:
    """One Markdown file: its sections in order of appearance."""

    name: str
    title: str
    sections: tuple[Section, ...]
    raw: str


def split_sentences(text: str) -> list[str]:
    """Split a paragraph into sentences, each verbatim (line breaks excepted)."""
    return [part.strip() for part in _SENTENCE_END.split(text.strip()) if part.strip()]


class _Builder:
    """Collects the paragraphs of sections while the lines go by."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heads: dict[str, tuple[SectionKind, str, tuple[str, ...], str]] = {}
        self.bodies: dict[str, list[tuple[Statement, ...]]] = {}

    def open(
        self, section_id: str, kind: SectionKind, heading: str, path: tuple[str, ...], parent: str
    ) -> None:
        if section_id in self.heads:
            raise ContentError(f"{self.name}: the section id {section_id} stands there twice.")
        self.heads[section_id] = (kind, heading, path, parent)
        self.bodies[section_id] = []

    def add(self, section_id: str, statements: tuple[Statement, ...]) -> None:
        if section_id not in self.bodies:
            raise ContentError(f"{self.name}: no heading has the section id {section_id}.")
        self.bodies[section_id].append(statements)

    def sections(self) -> Iterator[Section]:
        for section_id, (kind, heading, path, parent) in self.heads.items():
            yield Section(section_id, kind, heading, path, parent, tuple(self.bodies[section_id]))


def parse(name: str, text: str) -> Document:
    """Read one Markdown document. Raises `ContentError` naming the line that cannot be placed."""
    build = _Builder(name)
    path: list[tuple[int, str, str]] = []  # level, heading, id
    lead_in = ""
    is_faq = name.startswith("faq")

    def here() -> str:
        return path[-1][2]

    def headings() -> tuple[str, ...]:
        return tuple(heading for _, heading, _ in path)

    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("| ---") or stripped.startswith("| Criteria"):
            continue
        anchor_match = _ANCHOR.search(line)
        anchor = anchor_match.group(1) if anchor_match else ""
        content = _ANCHOR.sub("", line).strip()
        if heading_match := _HEADING.match(content):
            level, heading = len(heading_match.group(1)), heading_match.group(2).strip()
            if not anchor:
                raise ContentError(f"{name}, line {number}: the heading has no {{#section-id}}.")
            while path and path[-1][0] >= level:
                path.pop()
            parent = path[-1][2] if path else ""
            path.append((level, heading, anchor))
            kind: SectionKind = "title" if level == 1 else "faq" if is_faq else "heading"
            build.open(anchor, kind, heading, headings(), parent)
            lead_in = ""
            continue
        if not path:
            raise ContentError(f"{name}, line {number}: text before the first heading.")
        if content.startswith("- "):
            bullet = content[2:].strip()
            if not anchor:
                raise ContentError(f"{name}, line {number}: the bullet has no {{#section-id}}.")
            build.open(anchor, "bullet", path[-1][1], headings(), here())
            build.add(anchor, (Statement(anchor, "bullet", bullet, lead_in),))
        elif content.startswith("|"):
            cells = tuple(cell.strip() for cell in content.strip("|").split("|"))
            if not anchor or len(cells) != 3:
                raise ContentError(
                    f"{name}, line {number}: a table row wants three cells and a {{#section-id}}."
                )
            build.open(anchor, "row", f"{path[-1][1]}: {cells[0]}", headings(), here())
            build.add(anchor, (Statement(anchor, "row", " | ".join(cells), cells=cells),))
        else:
            section_id = anchor or here()
            sentences = split_sentences(content)
            if sentences[-1].endswith(":"):
                lead_in = sentences[-1]
            build.add(
                section_id,
                tuple(
                    Statement(section_id, "sentence", one, paragraph=number) for one in sentences
                ),
            )
    if not path:
        raise ContentError(f"{name}: has no heading.")
    sections = tuple(build.sections())
    return Document(name, sections[0].heading, sections, text)


def load(folder: Path) -> tuple[Document, ...]:
    """Read the documents that `sources.toml` names, in its order.

    Raises `ContentError` when a file is missing or a section id stands in two documents.
    """
    from hiring_advisor.corpus.sources import load_sources

    documents: list[Document] = []
    for source in load_sources(folder):
        for name in source.documents:
            try:
                text = (folder / name).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                raise ContentError(
                    f"the corpus file {name} cannot be read; sources.toml names it."
                ) from None
            documents.append(parse(name, text))
    seen: set[str] = set()
    for document in documents:
        for section in document.sections:
            if section.section_id in seen:
                raise ContentError(f"the section id {section.section_id} stands in two documents.")
            seen.add(section.section_id)
    return tuple(documents)
