"""From one state of the tables to the next: all of it or nothing, and one release apart is fine."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, event, text
from tests.storage.conftest import turn_for

from hiring_advisor.errors import StorageUnavailable
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database


@pytest.mark.parametrize("at", ["CREATE TABLE turns", "ADD COLUMN owner", "CREATE INDEX"])
async def test_a_migration_that_breaks_half_way_leaves_nothing_behind(
    database_url: str, at: str
) -> None:
    broken = Database(database_url)

    def break_off(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if at in statement:
            raise OSError("the power went off")

    event.listen(broken.engine.sync_engine, "before_cursor_execute", break_off)
    with pytest.raises(StorageUnavailable):
        await broken.open()
    await broken.close()

    later = Database(database_url)
    async with later.engine.connect() as connection:
        assert await connection.run_sync(_tables) == set()
    await later.open()
    new = await Conversations(later).create(30)
    await Conversations(later).accept(new.conversation_id, None, "Hello")
    await later.close()


def _tables(connection: Connection) -> set[str]:
    from sqlalchemy import inspect

    return set(inspect(connection).get_table_names())


async def test_this_release_works_with_the_tables_of_the_next_one(database: Database) -> None:
    """Whatever the next one adds may be left empty: that is the rule for adding."""
    async with database.engine.begin() as connection:
        for statement in (
            "ALTER TABLE turns ADD COLUMN mood TEXT",
            "ALTER TABLE conversations ADD COLUMN locale TEXT",
            "CREATE TABLE briefs (brief_id TEXT PRIMARY KEY)",
            "UPDATE alembic_version SET version_num = '0003'",
        ):
            await connection.execute(text(statement))
    await database.close()
    await database.open()
    conversations = Conversations(database)
    new = await conversations.create(30)
    accepted = await conversations.accept(new.conversation_id, "m-1", "Hello")
    await conversations.finish(turn_for(new.conversation_id, accepted))
    await conversations.rate(new.conversation_id, accepted.turn_id, "up", None)
    [turn] = await conversations.turns(new.conversation_id)
    assert turn.status == "done"
    await conversations.delete(new.conversation_id)


async def test_the_release_before_works_with_the_tables_of_this_one(database: Database) -> None:
    """Its statements know nothing of the columns that came since."""
    conversations = Conversations(database)
    new = await conversations.create(30)
    async with database.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO turns (turn_id, conversation_id, message_id, seq, status, created_at,"
                " user_text) VALUES ('t', :id, 'm', 1, 'running', '2026-03-01 12:00:00', 'Hello')"
            ),
            {"id": new.conversation_id},
        )
    [turn] = await conversations.turns(new.conversation_id)
    assert (turn.owner, turn.status) == (None, "running")
    assert not await conversations.is_abandoned(turn)
    assert not (await conversations.accept(new.conversation_id, "m", "Hello")).is_new
