"""Numbers for the passages that an answer cites, in the order in which it cites them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hiring_advisor.answering.turn import Citation
from hiring_advisor.corpus.documents import Statement
from hiring_advisor.retrieval.retriever import Passage


class SourceList:
    """Hands out citation numbers: the same section and quote keep theirs."""

    def __init__(self, link: Callable[[str], str]) -> None:
        self._link = link
        self._numbers: dict[tuple[str, str], int] = {}
        self._citations: list[Citation] = []

    def cite(self, section_id: str, heading: str, quote: str) -> int:
        """The number of a quote, verbatim from its section."""
        key = (section_id, quote)
        if key not in self._numbers:
            number = len(self._citations) + 1
            self._numbers[key] = number
            self._citations.append(
                Citation(number, section_id, heading, quote, self._link(section_id))
            )
        return self._numbers[key]

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All sources handed out so far, by number."""
        return tuple(self._citations)


def quote_of(passage: Passage, statement: Statement) -> str:
    """The words to show as the quote for a statement: its paragraph within the passage, verbatim.

    Of a table row the longest cell: the row as a whole is not a run of words of the text.
    """
    if statement.cells:
        return max(statement.cells[1:], key=len)
    return (
        " ".join(
            one.text
            for one in passage.statements
            if one.section_id == statement.section_id
            and one.paragraph == statement.paragraph
            and one.kind == statement.kind
        )
        if statement.kind == "sentence"
        else statement.text
    )


def only_used(citations: Iterable[Citation], used: set[int]) -> tuple[Citation, ...]:
    """The sources that some sentence cites."""
    return tuple(one for one in citations if one.n in used)
