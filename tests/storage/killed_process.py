"""Children that store turns until they are killed, forked from a parent that has imported all.

Each opens the database for itself, takes up several conversations at once, and writes down what
was acknowledged to it, a line each, in a pipe that outlives it.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from dataclasses import dataclass, field

from hiring_advisor.answering.turn import Turn
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database

TALKS = 4


@dataclass
class Acknowledged:
    """What children said was stored, by conversation."""

    accepted: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)

    def take(self, line: str) -> None:
        what, conversation_id, seq, turn_id = line.split()
        if what == "accepted":
            self.accepted.setdefault(conversation_id, []).append((int(seq), turn_id))
        else:
            self.finished.add(turn_id)


def kill_one(url: str, talks: list[str], after_s: float) -> list[str]:
    """Fork a child, kill it `after_s` seconds after its first word, return what it had said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            asyncio.run(_write(url, talks, writing))
        finally:
            os._exit(1)
    os.close(writing)
    said = os.read(reading, 1)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as rest:
        said += rest.read()
    assert said.startswith(b"!"), "the child died by itself"
    # A line that was cut off in its midst was not said.
    whole = said[1:].rpartition(b"\n")[0].decode()
    return whole.splitlines()


async def _write(url: str, talks: list[str], out: int) -> None:
    database = Database(url)
    await database.open()
    conversations = Conversations(database)
    os.write(out, b"!")
    await asyncio.gather(*(_talk(conversations, talk, out) for talk in talks))


async def _talk(conversations: Conversations, talk: str, out: int) -> None:
    chance = random.Random(os.getpid())
    while True:
        accepted = await conversations.accept(talk, None, "words " * chance.randint(1, 400))
        os.write(out, f"accepted {talk} {accepted.seq} {accepted.turn_id}\n".encode())
        turn = Turn(
            turn_id=accepted.turn_id,
            conversation_id=talk,
            message_id=accepted.message_id,
            created_at=accepted.created_at.isoformat(),
            kind="answer",
            user_text="",
            text=accepted.turn_id * chance.randint(1, 400),
        )
        await conversations.finish(turn)
        os.write(out, f"finished {talk} {accepted.seq} {accepted.turn_id}\n".encode())


async def begin(url: str, how_many: int = TALKS) -> list[str]:
    """Begin conversations for one child to write in."""
    database = Database(url)
    await database.open()
    try:
        made = [await Conversations(database).create(1) for _ in range(how_many)]
        return [new.conversation_id for new in made]
    finally:
        await database.close()
