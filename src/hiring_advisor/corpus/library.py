"""The corpus as the advisor uses it: chunks, their fingerprint, links, and the checked rubric."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from hiring_advisor.corpus import documents
from hiring_advisor.corpus import rubric as rubrics
from hiring_advisor.corpus.asked import attach, load_asked, load_not_answered
from hiring_advisor.corpus.chunking import MAX_TOKENS, Chunk, split
from hiring_advisor.corpus.sources import Source, load_sources
from hiring_advisor.corpus.stored_chunks import read_chunks, write_chunks
from hiring_advisor.errors import ContentError

CHUNKING_VERSION = 1


class Library:
    """The content folder. Chunks are cut once and kept in `cache`, named by what they were cut
    from.
    """

    def __init__(self, folder: Path, cache: Path | None = None) -> None:
        self.folder = folder
        self._cache = cache

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The texts and where they come from."""
        return load_sources(self.folder)

    @cached_property
    def digest(self) -> str:
        """A hash of all that the index is made from."""
        digest = hashlib.sha256(f"{CHUNKING_VERSION}|{MAX_TOKENS}".encode())
        for name in (
            "sources.toml",
            "questions.toml",
            "not_answered.toml",
            *(name for one in self.sources for name in one.documents),
        ):
            try:
                digest.update((self.folder / name).read_bytes())
            except OSError:
                raise ContentError(
                    f"the corpus file {name} cannot be read: the corpus is not whole."
                ) from None
        return digest.hexdigest()

    def mark(self, embedder: str) -> str:
        """The fingerprint of an index: corpus, chunking and embedder."""
        return hashlib.sha256(f"{self.digest}|{embedder}".encode()).hexdigest()[:16]

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks, from the cache where it fits, else cut anew."""
        path = None if self._cache is None else self._cache / f"chunks-{self.digest[:16]}.json"
        if path is not None and path.exists():
            try:
                return tuple(read_chunks(path.read_bytes()))
            except (OSError, ValueError, TypeError, KeyError):
                pass  # a damaged cache is cut anew
        from hiring_advisor.corpus.tokens import count_tokens

        cut = split(documents.load(self.folder), count_tokens)
        chunks = tuple(attach(cut, load_asked(self.folder)))
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                fresh = path.with_suffix(".new")
                fresh.write_bytes(write_chunks(chunks))
                fresh.replace(path)
            except OSError:
                pass  # a read-only folder costs time at each start, nothing else
        return chunks

    @cached_property
    def not_answered(self) -> tuple[str, ...]:
        """Questions of the field that the corpus does not answer."""
        return load_not_answered(self.folder)

    def rubric(self) -> rubrics.Rubric:
        """The rubric, checked against itself and the corpus. Raises `ContentError`."""
        rubric = rubrics.load(self.folder)
        texts: dict[str, str] = {}
        for chunk in self.chunks:
            words = " ".join(one.text for one in chunk.statements)
            texts[chunk.section_id] = f"{texts.get(chunk.section_id, '')} {words}".strip()
        problems = rubrics.check_sources(rubric, texts)
        if problems:
            raise ContentError(f"rubric.toml: {'; '.join(problems)}.")
        return rubric

    def link(self, public_url: str | None) -> Callable[[str], str]:
        """Links of citations: the article's own address where it has one, else our page."""
        base = next((one.url for one in self.sources if one.url), "")
        if not base:
            base = f"{(public_url or '').rstrip('/')}/article"
        return lambda section_id: f"{base}#{section_id}"
