"""Run as a process of its own: `python kill_rounds.py URL ROUNDS SEED`; prints one line of JSON.

It forks, so it holds no threads and no connections of its own while it does.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys

from tests.storage.killed_process import Acknowledged, begin, kill_one

from hiring_advisor.storage.conversations import Conversations, StoredTurn
from hiring_advisor.storage.database import Database

ROUNDS_A_TALK = 20


async def read(url: str, talks: list[str]) -> dict[str, list[StoredTurn]]:
    database = Database(url)
    await database.open()
    try:
        if database.is_sqlite:
            async with database.engine.connect() as connection:
                checked = await connection.exec_driver_sql("PRAGMA integrity_check")
                assert checked.scalars().all() == ["ok"]
        conversations = Conversations(database)
        turns = {talk: await conversations.turns(talk) for talk in talks}
        for stored in (one for found in turns.values() for one in found):
            if stored.status == "running":
                assert await conversations.is_abandoned(stored), "its process is dead"
        return turns
    finally:
        await database.close()


def judge(turns: dict[str, list[StoredTurn]], said: Acknowledged) -> dict[str, int]:
    """Count what went wrong; all but the first two are to be 0."""
    wrong = dict.fromkeys(("acknowledged", "running", "lost", "half", "gaps"), 0)
    for talk, stored in turns.items():
        numbers = {one.turn_id: one.seq for one in stored}
        accepted = said.accepted.get(talk, [])
        wrong["acknowledged"] += len(accepted)
        wrong["lost"] += sum(numbers.get(turn_id) != seq for seq, turn_id in accepted)
        wrong["gaps"] += [one.seq for one in stored] != list(range(1, len(stored) + 1))
        for one in stored:
            is_whole = one.turn is not None and one.turn["text"].startswith(one.turn_id)
            wrong["half"] += (one.status == "done") != is_whole
            wrong["lost"] += one.turn_id in said.finished and one.status != "done"
            wrong["running"] += one.status == "running"
    wrong["acknowledged"] += len(said.finished)
    return wrong


def main(url: str, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    total: dict[str, int] = {}
    for first in range(0, rounds, ROUNDS_A_TALK):
        talks, said = asyncio.run(begin(url)), Acknowledged()
        for _ in range(min(ROUNDS_A_TALK, rounds - first)):
            for line in kill_one(url, talks, chance.uniform(0.0, 0.2)):
                said.take(line)
        for name, count in judge(asyncio.run(read(url, talks)), said).items():
            total[name] = total.get(name, 0) + count
    print(json.dumps(total))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
