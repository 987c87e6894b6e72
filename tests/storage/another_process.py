"""What tests run as a process of its own: `python another_process.py open|say|write URL …`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime

from hiring_advisor.answering.turn import Turn
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database


def starting_signal() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


async def opens(url: str) -> None:
    """Open the database when told to, at the same time as others."""
    database = Database(url)
    starting_signal()
    await database.open()
    await Conversations(database).create(1)
    await database.close()
    print("opened", flush=True)


async def says(url: str, conversation_id: str, message_id: str) -> None:
    """Send one message 25 times at once, when told to; print each turn it is told."""
    database = Database(url)
    await database.open()
    conversations = Conversations(database)
    starting_signal()
    accepted = await asyncio.gather(
        *(conversations.accept(conversation_id, message_id, "Hello") for _ in range(25))
    )
    for one in accepted:
        print(one.turn_id, one.is_new, flush=True)
    # Work on the turn would go on: the other process is not to find this one gone.
    await asyncio.sleep(1.0)
    await database.close()


async def writes(url: str, conversation_id: str) -> None:
    """Accept and finish turns until killed; print what was acknowledged, after it was."""
    database = Database(url)
    await database.open()
    conversations = Conversations(database)
    while True:
        accepted = await conversations.accept(conversation_id, None, "words " * 50)
        print("accepted", accepted.turn_id, flush=True)
        turn = Turn(
            turn_id=accepted.turn_id,
            conversation_id=conversation_id,
            message_id=accepted.message_id,
            created_at=datetime.now(UTC).isoformat(),
            kind="answer",
            user_text="",
            text="answer " * 500,
        )
        await conversations.finish(turn)
        print("finished", accepted.turn_id, flush=True)


async def begins(url: str, conversation_id: str, message_id: str) -> None:
    """Accept a message and be at work on it until killed."""
    database = Database(url)
    await database.open()
    accepted = await Conversations(database).accept(conversation_id, message_id, "Hello")
    print(accepted.turn_id, flush=True)
    sys.stdin.readline()


async def locks(url: str) -> None:
    """Keep everyone else from writing (with PostgreSQL from reading too) until told to stop."""
    database = Database(url)
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            await connection.exec_driver_sql("BEGIN EXCLUSIVE")
        else:
            await connection.exec_driver_sql("LOCK TABLE conversations, turns")
        starting_signal()
        await connection.rollback()
    await database.close()


PROGRAMS: dict[str, Callable[..., Coroutine[object, object, None]]] = {
    "open": opens,
    "say": says,
    "write": writes,
    "begin": begins,
    "lock": locks,
}

if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    asyncio.run(PROGRAMS[what](*arguments))
