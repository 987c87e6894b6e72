"""How statements of the corpus are said in an answer: `wording.toml`, or their own words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from hiring_advisor.corpus.chunking import Chunk
from hiring_advisor.corpus.content import read_toml
from hiring_advisor.corpus.documents import Statement
from hiring_advisor.errors import ContentError


class Wording:
    """Says statements; one that has no words of its own in `wording.toml` is said verbatim."""

    def __init__(self, said: Mapping[tuple[str, str], str]) -> None:
        self._said = said

    def say(self, statement: Statement) -> str:
        """The statement as a sentence; empty when it is never said."""
        return self._said.get((statement.section_id, statement.text), statement.text)


def load_wording(folder: Path, chunks: Sequence[Chunk]) -> Wording:
    """Read `wording.toml`. Raises `ContentError` where it does not fit the corpus line by line."""
    data = read_toml(folder, "wording.toml")
    statements: dict[str, list[Statement]] = defaultdict(list)
    for chunk in chunks:
        for statement in chunk.statements:
            if statement not in statements[chunk.section_id]:
                statements[chunk.section_id].append(statement)
    said: dict[tuple[str, str], str] = {}
    for section_id, entry in data.items():
        lines = entry.get("say") if isinstance(entry, dict) else None
        known = statements.get(section_id)
        if not known:
            raise ContentError(f"wording.toml names the section {section_id}, which says nothing.")
        if not isinstance(lines, list) or len(lines) != len(known):
            raise ContentError(
                f"wording.toml, {section_id}: wants {len(known)} lines, one for each statement."
            )
        for statement, line in zip(known, lines, strict=True):
            said[statement.section_id, statement.text] = str(line)
    return Wording(said)
