"""What is remembered of a conversation is what its stored turns would tell."""

from __future__ import annotations

from tests.conftest import Ask

from hiring_advisor.advisor import Past, past_of
from hiring_advisor.answering.turn import Turn
from hiring_advisor.turns.pasts import Pasts

SAID = (
    "hello",
    "We build a prototype on a tight budget. Whom should we hire?",
    "Core of our product or customer experience",
    "What are the risks of freelancers?",
    "No, it is done once delivered",
)


def test_a_remembered_past_is_the_one_that_is_read_from_storage(ask: Ask) -> None:
    pasts, turns = Pasts(), list[Turn]()
    for seq, text in enumerate(SAID, start=1):
        turn = ask(text, past_of([one.view() for one in turns]) if turns else Past())
        turns.append(turn)
        pasts.remember("c", seq, turn)
        assert pasts.before("c", seq + 1) == past_of([one.view() for one in turns])
    assert pasts.latest("c").questions
