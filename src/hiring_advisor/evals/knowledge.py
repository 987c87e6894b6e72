"""What the scorers know: the article's text by section, and the rubric. Read once, from the files.

It is read apart from the advisor under test, so that an advisor with broken content is still held
against the text as it stands.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hiring_advisor.corpus import documents

_SPACE = re.compile(r"\s+")
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})


def plain(text: str) -> str:
    """A text in lower case with straight quotes and single spaces, to be compared by its words."""
    return _SPACE.sub(" ", text.translate(_STRAIGHT)).strip().lower()


@dataclass(frozen=True, slots=True)
class SectionText:
    """One section: its heading with those above it, and its words."""

    section_id: str
    headings: str
    words: str


class Knowledge:
    """The article and the rubric of one content folder."""

    def __init__(self, corpus: Path) -> None:
        self._corpus = corpus

    @cached_property
    def sections(self) -> Mapping[str, SectionText]:
        """Every section of article and FAQ, by its id."""
        found: dict[str, SectionText] = {}
        for document in documents.load(self._corpus):
            for section in document.sections:
                words = " ".join(
                    " ".join((one.lead_in, one.text)).strip() for one in section.statements
                )
                headings = " ".join((*section.path, section.heading))
                found[section.section_id] = SectionText(section.section_id, headings, words)
        return found

    @cached_property
    def rubric(self) -> Mapping[str, Any]:
        """`rubric.toml` as it stands."""
        return tomllib.loads((self._corpus / "rubric.toml").read_text("utf-8"))

    @cached_property
    def values(self) -> Mapping[str, tuple[str, ...]]:
        """The values of each fact."""
        return {
            fact["name"]: tuple(one["value"] for one in fact["values"])
            for fact in self.rubric["fact"]
        }

    @cached_property
    def leans(self) -> Mapping[tuple[str, str], str]:
        """The side that each (fact, value) speaks for."""
        return {
            (fact["name"], one["value"]): one["leans"]
            for fact in self.rubric["fact"]
            for one in fact["values"]
        }

    @cached_property
    def rubric_words(self) -> str:
        """What the rubric says in sentences: the words in which a verdict is explained."""
        said: list[str] = []

        def gather(value: Any) -> None:
            if isinstance(value, Mapping):
                for one in value.values():
                    gather(one)
            elif isinstance(value, list):
                for one in value:
                    gather(one)
            elif isinstance(value, str):
                said.append(value)

        gather(self.rubric)
        return plain(" ".join(said))

    def hash_of(self, section_id: str) -> str:
        """A short hash of a section's heading and words; empty for one that does not exist."""
        section = self.sections.get(section_id)
        if section is None:
            return ""
        text = plain(f"{section.headings}\n{section.words}")
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def stands_in(self, section_id: str, quote: str) -> bool:
        """Whether a quote is verbatim in a section, or in a part of it with an id of its own."""
        if section_id not in self.sections or not quote.strip():
            return False
        parts = [
            f"{one.headings} {one.words}"
            for name, one in self.sections.items()
            if name == section_id or name.startswith(f"{section_id}/")
        ]
        return any(_bare(quote) in _bare(part) for part in parts)

    def text_of(self, section_ids: list[str]) -> str:
        """Headings and words of several sections, plain."""
        known = [self.sections[one] for one in section_ids if one in self.sections]
        return plain(" ".join(f"{one.headings} {one.words}" for one in known))


def _bare(text: str) -> str:
    """Words alone: a table row may be quoted with or without its bars."""
    return re.sub(r"[^\w%]+", " ", plain(text)).strip()
