"""What the database has not taken yet: conversations and turns in memory, bounded, in order."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import orjson

from hiring_advisor.answering.turn import Turn
from hiring_advisor.errors import StorageUnavailable
from hiring_advisor.storage.records import Accepted, Conversation, Rating, Status, StoredTurn

MAX_TURNS: Final = 5_000
MAX_BYTES: Final = 64 * 2**20
_OF_A_TURN: Final = 1_000
"""Bytes that a turn costs beside its words, about."""

End = Literal["done", "stopped", "interrupted"]


@dataclass(slots=True)
class HeldTurn:
    """A turn that is not on disk, or whose end is not."""

    accepted: Accepted
    text: str | None
    """The message; None where the database has it and only the end is held."""
    end: tuple[End, Turn] | None = None
    opinion: tuple[Rating, str | None] | None = None
    size: int = 0
    """Bytes, about, as they were counted when they came."""

    def stored(self, conversation_id: str) -> StoredTurn:
        """The turn as a reader of the conversation gets it."""
        status: Status = self.end[0] if self.end else "running"
        body: dict[str, Any] | None = self.end[1].view() if self.end else None
        return StoredTurn(
            conversation_id=conversation_id,
            turn_id=self.accepted.turn_id,
            message_id=self.accepted.message_id,
            seq=self.accepted.seq,
            status=status,
            user_text=self.text or "",
            created_at=self.accepted.created_at,
            turn=body,
            is_saved=False,
        )


@dataclass(slots=True)
class HeldConversation:
    """What is held of one conversation; `token_hash` where all of it is, from its start."""

    conversation_id: str
    token_hash: str | None = None
    times: Conversation | None = None
    turns: OrderedDict[str, HeldTurn] = field(default_factory=OrderedDict)

    def by_message(self, message_id: str) -> HeldTurn | None:
        """The turn of a message, if it or its end is held."""
        return next(
            (one for one in self.turns.values() if one.accepted.message_id == message_id), None
        )


class Held:
    """All that is held. `evicts` drops the oldest conversation where the bounds are reached;
    otherwise what is new is refused, since what is here was promised to be written.
    """

    def __init__(
        self, *, max_turns: int = MAX_TURNS, max_bytes: int = MAX_BYTES, evicts: bool = False
    ) -> None:
        self.evicts = evicts
        self._max_turns, self._max_bytes = max_turns, max_bytes
        self._conversations: OrderedDict[str, HeldConversation] = OrderedDict()
        self._count = 0
        self._bytes = 0

    def __len__(self) -> int:
        """How many turns are held."""
        return self._count

    def __bool__(self) -> bool:
        return bool(self._conversations)

    def __iter__(self) -> Iterator[HeldConversation]:
        return iter(list(self._conversations.values()))

    def get(self, conversation_id: str) -> HeldConversation | None:
        """What is held of a conversation."""
        return self._conversations.get(conversation_id)

    def turn(self, conversation_id: str, turn_id: str) -> HeldTurn | None:
        """What is held of a turn."""
        held = self._conversations.get(conversation_id)
        return held.turns.get(turn_id) if held else None

    def begin(self, token_hash: str, times: Conversation) -> None:
        """Hold a conversation that the database does not know. Raises `StorageUnavailable`."""
        self._make_room(0)
        one = HeldConversation(times.conversation_id, token_hash, times)
        self._conversations[times.conversation_id] = one

    def add(self, conversation_id: str, turn: HeldTurn) -> None:
        """Hold a turn. A message is refused where there is no room, an end never."""
        turn.size = _OF_A_TURN + len(turn.text or "")
        if turn.text is not None:
            self._make_room(turn.size, but=conversation_id)
        held = self._conversations.setdefault(conversation_id, HeldConversation(conversation_id))
        held.turns[turn.accepted.turn_id] = turn
        self._count += 1
        self._bytes += turn.size

    def end(self, turn: HeldTurn, end: tuple[End, Turn]) -> None:
        """Keep how a held turn ended; the first end stays, except that `interrupted` is none."""
        if turn.end is None or turn.end[0] == "interrupted":
            words = len(orjson.dumps(end[1]))
            turn.end = end
            turn.size += words
            self._bytes += words

    def drop_turn(self, held: HeldConversation, turn_id: str) -> None:
        """Let go of a turn."""
        if (turn := held.turns.pop(turn_id, None)) is not None:
            self._count -= 1
            self._bytes -= turn.size

    def drop(self, conversation_id: str) -> HeldConversation | None:
        """Let go of all of a conversation."""
        held = self._conversations.pop(conversation_id, None)
        if held is not None:
            for turn_id in list(held.turns):
                self.drop_turn(held, turn_id)
        return held

    def drop_expired(self, now: datetime) -> list[str]:
        """Let go of conversations past their time; return their ids."""
        expired = [one.conversation_id for one in self if one.times and one.times.expires_at <= now]
        for conversation_id in expired:
            self.drop(conversation_id)
        return expired

    def _make_room(self, size: int, but: str = "") -> None:
        def is_full() -> bool:
            many = self._count >= self._max_turns or len(self._conversations) >= self._max_turns
            return many or self._bytes + size > self._max_bytes

        while is_full():
            oldest = next((one for one in self._conversations if one != but), None)
            if not self.evicts or oldest is None:
                raise StorageUnavailable(
                    "Too much waits to be stored right now. Please try again in a moment."
                )
            self.drop(oldest)
