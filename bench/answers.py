"""What the stand-in model says: 64 pieces that an honest model could say of its passages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from tiktoken import Encoding

PIECES = 64
# Headings hold colons of their own.
_PASSAGE = re.compile(r"^\[(\d+)\] .{1,90}: (.*)$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
_MARKERS = re.compile(r"\s*\[\d+\]")
_FILLER = "The rest of the answer is of no interest to anyone. [1]"


@dataclass(frozen=True)
class Answer:
    """Pieces, and for each sentence its words, its last piece and the piece that begins the next.

    The last sentence is followed by nothing: both are the same piece.
    """

    pieces: tuple[str, ...]
    sentences: tuple[tuple[str, int, int], ...]


@lru_cache(maxsize=1)
def encoding() -> Encoding:
    """The tokens that the package carries: o200k_base."""
    from hiring_advisor.settings import PACKAGE, quiet_third_parties

    quiet_third_parties(PACKAGE / "models")
    import tiktoken

    return tiktoken.get_encoding("o200k_base")


def answer_to(prompt: str) -> Answer:
    """Sentences of the prompt's numbered passages; where there are none, the prompt and filler."""
    found = tuple(_PASSAGE.findall(prompt))
    return _worded(found) if found else _filled(prompt)


@lru_cache(maxsize=4096)
def _worded(passages: tuple[tuple[str, str], ...]) -> Answer:
    by_rank = [(number, _SENTENCE_END.split(text)) for number, text in passages[:4]]
    said: list[str] = []
    for place in range(8):
        for number, sentences in by_rank:
            if place < len(sentences) and _tokens(" ".join(said)) < 0.8 * PIECES:
                said.append(f"{sentences[place].rstrip('.')}. [{number}]")
    tokens = encoding()
    return _cut(said, [tokens.decode([one]) for one in tokens.encode_ordinary(" ".join(said))])


def _filled(text: str) -> Answer:
    said = [f"{text.rstrip('.')}. [1]"]
    while len(re.findall(r"\S+", " ".join(said))) < PIECES - 10:
        said.append(_FILLER)
    return _cut(said, re.findall(r"\s*\S+", " ".join(said)))


def _tokens(text: str) -> int:
    return len(encoding().encode_ordinary(text))


def _cut(said: Sequence[str], pieces: list[str]) -> Answer:
    """Make it `PIECES` pieces: the last ones joined, or the longest ones halved."""
    while len(pieces) > PIECES:
        pieces[-2:] = [pieces[-2] + pieces[-1]]
    while len(pieces) < PIECES:
        place = max(range(len(pieces)), key=lambda one: len(pieces[one]))
        middle = len(pieces[place]) // 2
        pieces[place : place + 1] = [pieces[place][:middle], pieces[place][middle:]]
    ends, length = [], 0
    for piece in pieces:
        length += len(piece)
        ends.append(length)
    sentences, at = [], 0
    for sentence in said:
        at += len(sentence)
        last = next(place for place, end in enumerate(ends) if end >= at)
        following = next((place for place, end in enumerate(ends) if end > at + 1), last)
        sentences.append((words_of(sentence), last, following))
        at += 1
    return Answer(tuple(pieces), tuple(sentences))


def question_in(prompt: str) -> str:
    """The visitor's question in a prompt, its letters and digits alone; the prompt if none is."""
    _, found, rest = prompt.rpartition("<question>")
    return letters(rest.partition("</question>")[0] if found else prompt)


def letters(text: str) -> str:
    """A text's letters and digits."""
    return "".join(filter(str.isalnum, text))


def words_of(sentence: str) -> str:
    """A sentence without its markers, as visitors see it."""
    return _MARKERS.sub("", sentence).strip()


def empty_form(request: Mapping[str, Any]) -> str:
    """The arguments of a forced call that state nothing."""
    function = request["tools"][0]["function"]
    return orjson.dumps(dict.fromkeys(function["parameters"].get("properties", {}))).decode()


def prompt_tokens(request: Mapping[str, Any]) -> int:
    """Tokens of a request: its messages and, as JSON, its tools."""
    total = sum(_tokens(str(one.get("content") or "")) + 4 for one in request["messages"])
    if request.get("tools"):
        total += _tokens(orjson.dumps(request["tools"]).decode())
    return total
