"""A stream is cut into whole sentences, wherever its pieces end and wherever it breaks off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hiring_advisor.answering.worded import sentences

REPLY = (
    "Freelancers keep costs down, e.g. for office space. [1] They start at once.[2][3] "
    "“It is quick.” [1, 2] About 3.5 of them, i.e. few, stay! [4]\nWho maintains it? "
    "Nobody, says Dr. Roe. [2]\n\nFull-time engineers do (in the end). [3]"
)
WHOLE = [
    "Freelancers keep costs down, e.g. for office space. [1]",
    "They start at once.[2][3]",
    "“It is quick.” [1, 2]",
    "About 3.5 of them, i.e. few, stay! [4]",
    "Who maintains it?",
    "Nobody, says Dr. Roe. [2]",
    "Full-time engineers do (in the end). [3]",
]


def cut(pieces: Sequence[str]) -> list[str]:
    async def stream() -> AsyncIterator[str]:
        for piece in pieces:
            yield piece

    async def collect() -> list[str]:
        return [sentence async for sentence in sentences(stream())]

    return asyncio.run(collect())


def chunked(text: str, cuts: Sequence[int]) -> list[str]:
    places = sorted({place % (len(text) + 1) for place in cuts} | {0, len(text)})
    return [text[a:b] for a, b in pairwise(places)]


def test_a_reply_falls_into_its_sentences_with_their_markers() -> None:
    assert cut([REPLY]) == WHOLE


@given(st.lists(st.integers(0, len(REPLY)), max_size=30))
def test_where_the_pieces_end_makes_no_difference(cuts: list[int]) -> None:
    assert cut(chunked(REPLY, cuts)) == WHOLE


ODD = st.lists(
    st.sampled_from(
        ["It scales", "they do", ". ", "? ", "! ", ".", "[1]", " [2]", "[3, 4] ", "\n", "\n\n",
         "e.g. ", "3.5", "”", "“", " ", "[", "]", "Dr. ", "…", "[x] ", "- ", "1. "]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(st.one_of(ODD, st.text(max_size=60)), st.lists(st.integers(0, 200), max_size=12))
def test_any_text_is_cut_alike_whatever_its_pieces(text: str, cuts: list[int]) -> None:
    whole = cut([text])
    assert cut(chunked(text, cuts)) == whole
    place = 0
    for sentence in whole:  # verbatim, in order, nothing twice
        place = text.index(sentence, place) + len(sentence)


def test_a_reply_that_breaks_off_anywhere_shows_no_half_sentence() -> None:
    bare = [one.split("[")[0].strip() for one in WHOLE]
    for end in range(len(REPLY)):
        shown = [one.split("[")[0].strip() for one in cut([REPLY[:end]])]
        assert shown == bare[: len(shown)], REPLY[:end]


@pytest.mark.parametrize(
    "rest", ["They know the sys", "They know, e.g.", "About 3.", "Who", "Or “half."]
)
def test_what_is_no_sentence_at_the_end_is_left_out(rest: str) -> None:
    assert cut([f"One is whole. [1] {rest}"]) == ["One is whole. [1]"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("A heading\n\nIt scales. [1]", ["It scales. [1]"]),
        ("Reasons\n- It scales. [1]\n- It lasts. [2]", ["- It scales. [1]", "- It lasts. [2]"]),
        ("It scales\nwithout limits. [1]", ["It scales\nwithout limits. [1]"]),
        ("", []),
        (" \n ", []),
        ("...", ["..."]),
    ],
)
def test_lines_are_no_sentences_by_themselves(text: str, kept: list[str]) -> None:
    assert cut([text]) == kept
