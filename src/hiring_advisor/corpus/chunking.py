"""Chunks: what the index holds. Cut by structure first, by token budget second.

A bullet is embedded with its lead-in, a table row with its column heads, an FAQ answer with its
question and everything with its heading, because alone they are too short to be found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from hiring_advisor.corpus.documents import Document, Section, Statement

CountTokens = Callable[[str], int]

COLUMNS = ("Freelancers", "Full-Time Engineers")
MAX_TOKENS = 160


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one section.

    `text` is what a person or a model reads: the words of the corpus, a row with its column
    heads. `embedded` is `text` with heading and lead-in, the string that is embedded and indexed.
    """

    chunk_id: str
    section_id: str
    kind: str
    heading: str
    path: tuple[str, ...]
    text: str
    embedded: str
    statements: tuple[Statement, ...]
    asked: tuple[str, ...] = ()
    """Questions of visitors that it answers; indexed beside it, never shown."""

    @property
    def texts(self) -> tuple[str, ...]:
        """All that is embedded for it: itself, then each question."""
        return (self.embedded, *self.asked)


def row_text(cells: Sequence[str]) -> str:
    """A table row in words; each cell stays verbatim."""
    criterion, freelancers, full_time = cells
    return f"{criterion} — {COLUMNS[0]}: {freelancers} · {COLUMNS[1]}: {full_time}"


def split(
    documents: Sequence[Document], count_tokens: CountTokens, max_tokens: int = MAX_TOKENS
) -> list[Chunk]:
    """Cut the documents into chunks of at most `max_tokens` tokens of text, in reading order.

    A paragraph is only cut where it alone exceeds the budget, and then between sentences;
    a single sentence longer than the budget stays whole.
    """
    return [
        chunk
        for document in documents
        for section in _with_answers(document.sections)
        for chunk in _split_section(section, count_tokens, max_tokens)
    ]


def _with_answers(sections: Sequence[Section]) -> Iterator[Section]:
    """An FAQ pair whose answer is a list can be cited whole as well as bullet by bullet."""
    for section in sections:
        bullets = tuple(
            statement
            for other in sections
            if other.parent_id == section.section_id and other.kind == "bullet"
            for statement in other.statements
        )
        if section.kind == "faq" and bullets:
            yield replace(section, paragraphs=(*section.paragraphs, bullets))
        else:
            yield section


def _split_section(section: Section, count: CountTokens, budget: int) -> Iterator[Chunk]:
    if section.kind in {"bullet", "row"}:
        statement = section.statements[0]
        text = row_text(statement.cells) if statement.cells else statement.text
        lead = statement.lead_in.rstrip(":")
        topic = " · ".join(part for part in (section.path[-1], lead) if part)
        yield Chunk(
            section.section_id,
            section.section_id,
            section.kind,
            section.heading,
            section.path,
            text,
            f"{topic}: {text}",
            (statement,),
        )
        return
    parts = [part for part in _pack(section, count, budget) if part]
    for number, statements in enumerate(parts):
        text = " ".join(statement.text for statement in statements)
        # The title says nothing about a paragraph of the introduction.
        topic = " · ".join(section.path[1:])
        yield Chunk(
            f"{section.section_id}#{number + 1}" if len(parts) > 1 else section.section_id,
            section.section_id,
            section.kind,
            section.heading,
            section.path,
            text,
            f"{topic} {text}".strip() if topic.endswith("?") else f"{topic}: {text}".strip(": "),
            statements,
        )


def _pack(section: Section, count: CountTokens, budget: int) -> Iterator[tuple[Statement, ...]]:
    """Group statements: the introduction by paragraph, everything else up to the budget."""
    pending: list[Statement] = []
    used = 0
    for paragraph in section.paragraphs:
        statements = [
            one for one in paragraph if section.kind == "faq" or not one.text.endswith(":")
        ]
        if section.kind == "title" and pending:
            yield tuple(pending)
            pending, used = [], 0
        for statement in statements:
            size = count(statement.text)
            if pending and used + size > budget:
                yield tuple(pending)
                pending, used = [], 0
            pending.append(statement)
            used += size
    if pending:
        yield tuple(pending)
