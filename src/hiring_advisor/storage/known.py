"""Whom this process let in not long ago: hashes of tokens, few and short-lived."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from hiring_advisor.storage.records import Conversation

MOST: Final = 4096
FRESH_S: Final = 60.0
KNOWN_S: Final = 900.0
"""How long a holder is let in while the database cannot be asked."""


@dataclass(slots=True)
class _Entry:
    token_hash: str
    conversation: Conversation
    seen: float
    last_seq: int | None = None


class Known:
    """Conversations by id; the least recently used are forgotten first."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._erased: OrderedDict[str, None] = OrderedDict()

    def add(self, token_hash: str, conversation: Conversation) -> None:
        """Note that the database let the holder of this token in, just now."""
        conversation_id = conversation.conversation_id
        before = self._entries.pop(conversation_id, None)
        last = before.last_seq if before else None
        self._entries[conversation_id] = _Entry(token_hash, conversation, monotonic(), last)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def get(self, conversation_id: str, token_hash: str, now: datetime) -> Conversation | None:
        """The conversation where this token was let in, its time is not over and ours neither."""
        entry = self._entries.get(conversation_id)
        if entry is None or not hmac.compare_digest(entry.token_hash, token_hash):
            return None
        is_late = entry.seen + KNOWN_S < monotonic()
        return None if is_late or entry.conversation.expires_at <= now else entry.conversation

    def is_fresh(self, conversation_id: str) -> bool:
        """Whether the database said so within the last minute."""
        entry = self._entries.get(conversation_id)
        return entry is not None and monotonic() < entry.seen + FRESH_S

    def note(self, conversation_id: str, seq: int) -> None:
        """Keep the number of the conversation's last turn."""
        if (entry := self._entries.get(conversation_id)) is not None:
            entry.last_seq = max(seq, entry.last_seq or 0)

    def last_seq(self, conversation_id: str) -> int | None:
        """The number of the last turn, None where it is not known."""
        entry = self._entries.get(conversation_id)
        return entry.last_seq if entry else None

    def forget(self, conversation_id: str) -> None:
        """Let its holder in no more."""
        self._entries.pop(conversation_id, None)

    def erased(self, conversation_id: str) -> None:
        """Remember that a conversation is to be erased: nothing of it is held any more."""
        self._erased[conversation_id] = None
        while len(self._erased) > self._most:
            self._erased.popitem(last=False)

    def goes_on(self, conversation_id: str) -> None:
        """Its holder goes on with it, after an erasure that did not come about."""
        self._erased.pop(conversation_id, None)

    def is_erased(self, conversation_id: str) -> bool:
        """Whether its holder had it erased."""
        return conversation_id in self._erased
