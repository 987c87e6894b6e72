"""What storage hands out: conversations, accepted messages, stored turns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from hiring_advisor.answering.turn import Turn

Status = Literal["running", "done", "stopped", "interrupted"]
Rating = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class NewConversation:
    """A conversation just made. Its token is given out here and nowhere else."""

    conversation_id: str
    token: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation whose token was shown."""

    conversation_id: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """A visitor's message that is on disk. Work on it is due only where `is_new`."""

    turn_id: str
    message_id: str
    seq: int
    is_new: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One message and what came of it so far; `turn` is the Turn's JSON, None until it ended.

    `owner` is the id of the process that works on it, None where it is not known. `is_saved` is
    False while the turn is in memory alone.
    """

    conversation_id: str
    turn_id: str
    message_id: str
    seq: int
    status: Status
    user_text: str
    created_at: datetime
    turn: dict[str, Any] | None
    owner: str | None = None
    is_saved: bool = True

    def view(self) -> dict[str, Any]:
        """The turn as JSON values; one that has not ended is empty but for its message.

        One that ended by itself has no `status`: it is whole, or was stopped.
        """
        saved = {"saved": self.is_saved}
        if self.turn is not None and self.status != "interrupted":
            return self.turn | saved
        if self.turn is not None:
            return self.turn | saved | {"status": self.status}
        unfinished = Turn(
            turn_id=self.turn_id,
            conversation_id=self.conversation_id,
            message_id=self.message_id,
            created_at=self.created_at.isoformat(timespec="milliseconds"),
            kind="answer",
            user_text=self.user_text,
            text="",
            stopped=self.status != "running",
            timings_ms={"total": 0.0},
        )
        return unfinished.view() | saved | {"status": self.status}


def row_of(token_hash: str, conversation: NewConversation | Conversation) -> dict[str, Any]:
    """A conversation as a row of its table."""
    return {
        "conversation_id": conversation.conversation_id,
        "token_hash": token_hash,
        "created_at": conversation.created_at,
        "expires_at": conversation.expires_at,
    }
