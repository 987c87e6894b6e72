"""A stream is cut into whole sentences, wherever its pieces end and wherever it breaks off."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hiring_advisor.answering.cutting import Cutter

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
    cutter = Cutter()
    found = [sentence for piece in pieces for sentence in cutter.feed(piece)]
    rest = cutter.end()
    return found if rest is None else [*found, rest]


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


@given(st.one_of(st.just(REPLY), ODD), st.lists(st.integers(0, 200), max_size=12))
def test_what_is_shown_early_is_how_the_whole_sentence_begins(text: str, cuts: list[int]) -> None:
    cutter, early, whole = Cutter(), [], []
    for piece in chunked(text, cuts):
        whole += cutter.feed(piece)
        early.append((len(whole), cutter.early()))
    rest = cutter.end()
    whole += [] if rest is None else [rest]
    for place, sentence in early:
        if sentence is not None:
            assert sentence in text
            assert place == len(whole) or whole[place].startswith(sentence)


@pytest.mark.parametrize(
    ("text", "early"),
    [
        ("It scales. [1]", "It scales. [1]"),
        ("It scales.[1][2]", "It scales.[1][2]"),
        ("It scales [1].", "It scales [1]."),
        ("It scales.", None),
        ("It scales. [", None),
        ("It costs little, e.g. [1]", None),
        ("“It scales. [1]", None),
    ],
)
def test_a_sentence_with_its_markers_is_whole_before_the_next_one_begins(
    text: str, early: str | None
) -> None:
    cutter = Cutter()
    assert cutter.feed(text) == []
    assert cutter.early() == early
