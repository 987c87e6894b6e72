from __future__ import annotations

import asyncio
import secrets
import sqlite3
import stat
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from hiring_advisor.errors import SettingsError, StorageUnavailable
from hiring_advisor.storage import migrations
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database
from hiring_advisor.storage.tables import metadata


def test_the_version_in_the_code_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


async def test_the_scripts_make_the_tables_that_the_code_knows(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_database_of_a_newer_release_is_opened_as_it_is(
    database: Database, database_url: str
) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    later = Database(database_url)
    await later.open()
    new = await Conversations(later).create(30)
    await Conversations(later).authorise(new.conversation_id, new.token)
    await later.close()


async def test_an_up_to_date_database_is_opened_without_alembic(
    database: Database, database_url: str
) -> None:
    program = (
        "import asyncio, sys\n"
        "from hiring_advisor.storage.database import Database\n"
        "async def main():\n"
        "    database = Database(sys.argv[1])\n"
        "    await database.open()\n"
        "    await database.check()\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
        "print('alembic' in sys.modules)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, database_url, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()

    assert process.returncode == 0
    assert printed.strip() == b"False"


async def test_every_connection_to_sqlite_keeps_the_promises(sqlite_database: Database) -> None:
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 1000,
        "temp_store": 2,
    }
    engine = sqlite_database.engine
    async with engine.connect() as one, engine.connect() as two, engine.connect() as three:
        for connection in (one, two, three):
            found = {name: await connection.scalar(text(f"PRAGMA {name}")) for name in expected}
            assert found == expected


@pytest.mark.postgres
async def test_every_connection_to_postgresql_has_the_servers_own_deadlines(
    postgres_url: str,
) -> None:
    expected = {
        "lock_timeout": "1s",
        "statement_timeout": "15s",
        "idle_in_transaction_session_timeout": "30s",
    }
    database = Database(postgres_url)
    async with database.engine.connect() as one, database.engine.connect() as two:
        for connection in (one, two):
            found = {name: await connection.scalar(text(f"SHOW {name}")) for name in expected}
            assert found == expected
    await database.close()


async def test_the_file_is_for_its_owner_alone(sqlite_database: Database, tmp_path: Path) -> None:
    await Conversations(sqlite_database).create(30)

    files = list((tmp_path / "data").iterdir())
    assert {file.suffix for file in files} >= {".db", ".db-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://localhost/x", "sqlite://", "sqlite:///:memory:"]
)
def test_an_address_that_makes_no_sense_names_the_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        Database(url)


def test_a_plain_address_of_postgresql_gets_the_driver_that_we_ship() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert Database(f"{scheme}://host/name").engine.url.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    "url",
    ["sqlite:////proc/nowhere/advisor.db", "postgresql://nobody:secret@127.0.0.1:1/nothing"],
)
async def test_a_database_out_of_reach_is_one_plain_sentence(url: str) -> None:
    database = Database(url)

    with pytest.raises(StorageUnavailable) as opening:
        await database.open()
    with pytest.raises(StorageUnavailable) as checking:
        await database.check()

    await database.close()
    for raised in (opening, checking):
        assert raised.value.message.count(".") == 2
        assert not any(word in raised.value.message for word in ("secret", "/", "nobody", "127"))


async def test_a_full_disk_refuses_what_is_new_and_keeps_what_is_there(
    sqlite_database: Database,
) -> None:
    conversations = Conversations(sqlite_database)
    new = await conversations.create(30)
    async with sqlite_database.engine.connect() as connection:
        pages = await connection.scalar(text("PRAGMA page_count"))
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 5}")

    async def fill() -> None:
        for _ in range(100):
            await conversations.accept(new.conversation_id, None, "words " * 500)

    with pytest.raises(StorageUnavailable):
        await fill()
    kept = len(await conversations.turns(new.conversation_id))
    assert kept > 0

    async with sqlite_database.engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert (await conversations.accept(new.conversation_id, None, "more")).seq == kept + 1


async def test_another_writer_in_the_way_is_waited_for(
    sqlite_database: Database, tmp_path: Path
) -> None:
    conversations = Conversations(sqlite_database)
    new = await conversations.create(30)
    other = sqlite3.connect(tmp_path / "data" / "advisor.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    waiting = asyncio.create_task(conversations.accept(new.conversation_id, None, "Hello"))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    other.execute("ROLLBACK")
    other.close()

    assert (await waiting).is_new


@pytest.mark.postgres
async def test_connections_cut_by_the_server_are_replaced(postgres_url: str) -> None:
    name = f"advisor-{secrets.token_hex(8)}"
    database, other = Database(f"{postgres_url}&application_name={name}"), Database(postgres_url)
    await database.open()
    conversations = Conversations(database)
    new = await conversations.create(30)

    async with other.engine.connect() as connection:
        cut = await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = :name"
            ),
            {"name": name},
        )
        assert len(cut.all()) >= 1
    accepted = await conversations.accept(new.conversation_id, "m-1", "Hello")

    assert accepted.is_new
    await other.close()
    await database.close()
