"""Where the texts come from: `sources.toml`, and the check that the corpus is the source's text."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hiring_advisor.errors import ContentError


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of the source that the corpus leaves out, and why. Text, or first to last line."""

    why: str
    text: str = ""
    from_line: str = ""
    to_line: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One source text with its checksum and the documents made from it, in order."""

    file: str
    sha256: str
    title: str
    author: str
    publisher: str
    url: str
    notice: str
    documents: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def load_sources(folder: Path) -> tuple[Source, ...]:
    """Read `sources.toml`. Raises `ContentError` that says what is missing."""
    try:
        data = tomllib.loads((folder / "sources.toml").read_text(encoding="utf-8"))
        return tuple(_source(entry) for entry in data["source"])
    except OSError:
        raise ContentError(
            "the corpus folder has no sources.toml: check ADVISOR_CORPUS_DIR."
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise ContentError(f"sources.toml cannot be used: {error}.") from error


def _source(entry: dict[str, Any]) -> Source:
    return Source(
        file=entry["file"],
        sha256=entry["sha256"],
        title=entry["title"],
        author=entry["author"],
        publisher=entry.get("publisher", ""),
        url=entry.get("url", ""),
        notice=entry.get("notice", ""),
        documents=tuple(entry["documents"]),
        left_out=tuple(LeftOut(**part) for part in entry.get("left_out", ())),
    )


def plain_words(markdown: str) -> list[str]:
    """The words of a Markdown document without its marks: headings, bullets, pipes, section ids."""
    lines = []
    for line in markdown.splitlines():
        bare = re.sub(r"(?<!\s)\s*\{#[a-z0-9/-]+\}\s*$", "", line)
        if bare.startswith("| ---"):
            continue
        lines.append(re.sub(r"^(#{1,3} |- )", "", bare).replace("|", " "))
    return " ".join(lines).split()


def source_words(text: str, left_out: tuple[LeftOut, ...]) -> list[str]:
    """The words of a source text without what was left out, its bullets and FAQ numbers."""
    for part in left_out:
        if part.text:
            text = text.replace(part.text.strip("\n"), "", 1)
        else:
            start = text.index(part.from_line)
            end = text.index(part.to_line, start) + len(part.to_line)
            text = text[:start] + text[end:]
    lines = [re.sub(r"^\s*(•|\d+\.)\s+", "", line) for line in text.splitlines()]
    return " ".join(lines).split()


def compare(folder: Path, source: Source) -> list[str]:
    """What differs between a source text and the documents made from it, if anything."""
    raw = (folder / source.file).read_bytes()
    problems = []
    if hashlib.sha256(raw).hexdigest() != source.sha256:
        problems.append(f"{source.file}: its checksum is not the one in sources.toml")
    wanted = source_words(raw.decode("utf-8"), source.left_out)
    got = [
        word
        for name in source.documents
        for word in plain_words((folder / name).read_text(encoding="utf-8"))
    ]
    for place, (mine, theirs) in enumerate(zip(got, wanted, strict=False)):
        if mine != theirs:
            near = " ".join(got[max(0, place - 4) : place + 5])
            problems.append(f"the corpus says “{near}” where the source has “{theirs}”")
            break
    if not problems and len(got) != len(wanted):
        problems.append(f"the corpus has {len(got)} words, the source {len(wanted)}")
    return problems
