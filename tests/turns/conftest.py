"""Turns at work, in process: the real parts, with a reading that a test can hold up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest

from hiring_advisor.advisor import Advisor
from hiring_advisor.answering.turn import Event
from hiring_advisor.bootstrap import Parts
from hiring_advisor.storage.conversations import Conversations, StoredTurn
from hiring_advisor.storage.database import Database
from hiring_advisor.turns import Turns
from hiring_advisor.turns.live import LiveTurn
from hiring_advisor.understanding.chat import Spent
from hiring_advisor.understanding.extractor import Extractor, Understanding
from hiring_advisor.understanding.facts import Fact
from hiring_advisor.understanding.messages import Message

PATIENCE_S = 20.0
SHORT_S = 0.2


class Held(Extractor):
    """Reads as the real one does, but only while it is let; a message with BREAK breaks it."""

    breaks = True

    def __init__(self, real: Extractor) -> None:
        self._real = real
        self.let = asyncio.Event()
        self.reading: list[str] = []
        self._changed = asyncio.Condition()

    async def extract(
        self,
        earlier: Sequence[Message],
        message: Message,
        known: Mapping[str, Fact],
        asked: str | None,
        spent: Spent,
        *,
        alone: bool = False,
    ) -> Understanding:
        async with self._changed:
            self.reading.append(message.text)
            self._changed.notify_all()
        if not alone:
            await self.let.wait()
        if self.breaks and "BREAK" in message.text:
            raise LookupError("not foreseen")
        return await self._real.extract(earlier, message, known, asked, spent, alone=alone)

    async def reads(self, text: str) -> None:
        """Wait until it is at this message."""
        async with asyncio.timeout(PATIENCE_S):
            async with self._changed:
                await self._changed.wait_for(lambda: text in self.reading)


@pytest.fixture
async def conversations(tmp_path: Path) -> AsyncIterator[Conversations]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/turns.sqlite3")
    await database.open()
    yield Conversations(database)
    await database.close()


@pytest.fixture
async def talk(conversations: Conversations) -> str:
    """The id of a new conversation."""
    return (await conversations.create(retention_days=1)).conversation_id


@pytest.fixture
async def held(parts: Parts) -> Held:
    return Held(parts.advisor.extractor)


def turns_of(
    parts: Parts, held: Held, conversations: Conversations, deadline_s: float = PATIENCE_S
) -> Turns:
    real = parts.advisor
    advisor = Advisor(real.retriever, held, real.tool, real.composer)
    return Turns(advisor, conversations, deadline_s=deadline_s)


@pytest.fixture
async def turns(parts: Parts, held: Held, conversations: Conversations) -> Turns:
    return turns_of(parts, held, conversations)


async def begin(turns: Turns, talk: str, text: str, message_id: str | None = None) -> LiveTurn:
    begun = await turns.begin(talk, message_id, text)
    assert isinstance(begun, LiveTurn)
    return begun


async def events_of(live: LiveTurn, after: int = 0) -> list[Event]:
    async with asyncio.timeout(PATIENCE_S):
        return [event async for _, event in live.follow(after)]


async def stored(turns: Turns, talk: str) -> list[StoredTurn]:
    return await turns.conversations.turns(talk)
