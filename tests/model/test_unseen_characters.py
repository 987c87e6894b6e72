"""Characters that nobody sees reach neither the model nor the visitor, whoever sends them."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence

import pytest
from tests.conftest import Amounts, Figures
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_requests import ChatRequest
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.bootstrap import Parts
from hiring_advisor.channels.console import one_turn
from hiring_advisor.understanding.normalise import clean

PACKED = 200
"""Characters in one message and in one answer."""
# Signs over Arabic, Syriac and Kaithi numbers: format characters that are drawn.
DRAWN = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
# What the standard lists as ignorable by default, beyond the format characters.
IGNORABLE = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065),
    (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF),
)  # fmt: skip


def is_unseen(char: str) -> bool:
    """Whether nothing is drawn for a character, by the standard's own lists."""
    if char in DRAWN or char in "\n\t":
        return False
    if unicodedata.category(char) in {"Cf", "Cc", "Zl", "Zp"}:
        return True
    return any(first <= ord(char) <= last for first, last in IGNORABLE)


def packed(chars: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (chars[at : at + size] for at in range(0, len(chars), size))


ALL = [chr(one) for one in range(sys.maxunicode + 1) if not 0xD800 <= one <= 0xDFFF]
UNSEEN = [one for one in ALL if is_unseen(one)]


def unseen_in(text: str) -> set[str]:
    return {f"U+{ord(one):04X}" for one in text if is_unseen(one)}


def saying(text: str) -> Callable[[ChatRequest], r.Reply]:
    return lambda _: r.Text(text)


@pytest.mark.timeout(120)
def test_of_all_characters_those_that_nobody_sees_are_taken_out() -> None:
    assert len(UNSEEN) > 4_000
    left = set()
    for some in packed(ALL, 10_000):
        left |= unseen_in(clean("x".join(some)))
    assert left == set()


@pytest.mark.figures
@pytest.mark.timeout(600)
def test_no_turn_shows_or_asks_with_what_nobody_sees(
    model_parts: Parts, server: OpenAIServer, amount: Amounts, figure: Figures
) -> None:
    # Usually each stride-th, the small ones all: the last 4,000 are one unassigned block.
    stride = amount(4, stress=1)
    chars = [one for place, one in enumerate(UNSEEN) if ord(one) < 0xE0000 or not place % stride]
    seen, asked, turns = set[str](), set[str](), 0
    for some in packed(chars, PACKED):
        hidden = "".join(some)
        server.clear()
        server.on_text = saying(
            f"Freelancers reduce over{hidden[:1]}head ex{hidden[-1:]}penses. [1] "
            f"Hiring freelancers reduces overhead{hidden} expenses such as benefits. [1]"
        )
        turn = one_turn(
            model_parts.advisor, f"What are the pros of free{hidden[:20]}lancers{hidden} on cost?"
        )
        turns += 1
        assert turn.mode == "openai"
        assert "reduces overhead expenses" in turn.text.replace("\n", " ")
        seen |= unseen_in(turn.text) | {
            one for sentence in turn.sentences for one in unseen_in(sentence.text)
        }
        asked |= {one for request in server.requests for one in unseen_in(request.text)}
        assert server.requests
    figure("turns with characters that nobody sees", len(seen | asked), of=turns, aim="0")
    assert (seen, asked) == (set(), set())
