"""What conversations left behind, so that the next turn need not read them again."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from hiring_advisor.advisor import Past
from hiring_advisor.answering.turn import Turn
from hiring_advisor.understanding.facts import Fact
from hiring_advisor.understanding.messages import Message

REMEMBERED: Final = 2048


class Pasts:
    """The pasts of the conversations that were last at work, each up to the turn of a number."""

    def __init__(self) -> None:
        self._pasts: OrderedDict[str, tuple[int, Past]] = OrderedDict()

    def before(self, conversation_id: str, seq: int) -> Past | None:
        """The past of the turn `seq`; None where it is not the next one after what is known."""
        known = self._pasts.get(conversation_id)
        return known[1] if known is not None and known[0] == seq - 1 else None

    def latest(self, conversation_id: str) -> Past:
        """What is known, whatever may have come after; an empty past where nothing is."""
        known = self._pasts.get(conversation_id)
        return known[1] if known is not None else Past()

    def remember(self, conversation_id: str, seq: int, turn: Turn) -> None:
        """Add a turn that ended; where turns before it are missing, forget instead."""
        before = self._pasts.pop(conversation_id, None)
        if seq > 1 and (before is None or before[0] != seq - 1):
            return
        if seq == 1:
            before = None
        messages = before[1].messages if before else ()
        latest = _past_after(turn)
        self._pasts[conversation_id] = (
            seq,
            Past(
                messages=(*messages, *latest.messages),
                facts=latest.facts,
                asked=latest.asked,
                verdict=latest.verdict or (before[1].verdict if before else None),
                questions=latest.questions | (before[1].questions if before else frozenset()),
            ),
        )
        while len(self._pasts) > REMEMBERED:
            self._pasts.popitem(last=False)

    def forget(self, conversation_id: str) -> None:
        """Drop what is known of a conversation."""
        self._pasts.pop(conversation_id, None)


def _past_after(turn: Turn) -> Past:
    """What one turn leaves, as `past_of` reads it from the stored one."""
    asked, advice = turn.next_question, turn.recommendation
    return Past(
        (
            Message(turn.message_id, "visitor", turn.user_text),
            Message(f"{turn.message_id}:answer", "advisor", turn.text),
        ),
        {
            name: Fact(fact.value, fact.quote, fact.message_id, fact.start, fact.end)
            for name, fact in turn.facts.items()
        },
        None if asked is None else asked.fact,
        None if advice is None else advice.verdict,
        frozenset() if asked is None else frozenset({asked.text}),
    )
