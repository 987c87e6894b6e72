"""What is measured: an advisor in this process. Its siblings speak to one over the network.

A target answers conversations, looks up passages and scores facts, all as plain JSON values in the
shapes of `docs/api.md`, so that scorers see the same whatever was measured.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson

from hiring_advisor.advisor import TurnHead, past_of
from hiring_advisor.bootstrap import Parts
from hiring_advisor.errors import AdvisorError
from hiring_advisor.understanding.messages import Message
from hiring_advisor.understanding.normalise import clean

Turn = dict[str, Any]


class Target(Protocol):
    """Something that can be evaluated. What it has no way to do, it answers with None."""

    name: str
    waits: bool
    """Whether it waits for something beyond this process, so that several cases may go on."""

    async def say(self, turns: Sequence[Turn], text: str) -> Turn:
        """Answer a message in the conversation of these turns; return the new turn."""
        ...

    async def search(self, query: str, k: int) -> list[str] | None:
        """The section ids of the best passages, best first."""
        ...

    async def score(self, facts: Mapping[str, str]) -> dict[str, Any] | None:
        """The recommendation for facts."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class InProcess:
    """The advisor of `parts`, called directly: nothing is stored."""

    def __init__(self, parts: Parts, name: str = "embedded") -> None:
        self.name = name
        self.parts = parts
        self.waits = parts.settings.uses_model
        self._is_open = False

    def open(self) -> InProcess:
        """Open the index and load the models, once. Raises `AdvisorError` where that fails."""
        if self._is_open:
            return self
        if not self.parts.attach_index():
            raise AdvisorError("The vector index could not be opened: nothing was measured.")
        self.parts.warm()
        self._is_open = True
        return self

    async def say(self, turns: Sequence[Turn], text: str) -> Turn:
        """Work on one message; the turn's `events` names what was streamed, in order."""
        head = TurnHead(uuid.uuid4().hex, "eval", datetime.now(UTC).isoformat())
        message = Message(str(uuid.uuid4()), "visitor", clean(text))
        advice = self.parts.advisor.advise(head, message, past_of(turns))
        names = [event.name async for event in advice.events()]
        turn = advice.turn().view()
        turn["events"] = names
        return turn

    async def search(self, query: str, k: int) -> list[str] | None:
        """The sections of the best passages."""
        found = await asyncio.to_thread(self.parts.retriever.retrieve, query, k)
        return [passage.section_id for passage in found.passages]

    async def score(self, facts: Mapping[str, str]) -> dict[str, Any] | None:
        """Call the scoring tool."""
        view: dict[str, Any] = orjson.loads(orjson.dumps(self.parts.tool.call(facts)))
        return view

    async def close(self) -> None:
        """Nothing is held."""
