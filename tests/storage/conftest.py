"""Every test runs on both databases, each on one of its own that nobody else sees."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url
from sqlalchemy.exc import OperationalError

from hiring_advisor.answering.turn import Turn
from hiring_advisor.storage.conversations import Accepted, Conversations
from hiring_advisor.storage.database import Database

SERVER = os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/test")


@contextmanager
def postgres_schema() -> Iterator[str]:
    """The URL of an empty schema; it is dropped afterwards."""
    address = make_url(SERVER).set(drivername="postgresql+psycopg")
    server = create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    schema = f"advisor_test_{secrets.token_hex(8)}"
    try:
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    except OperationalError:
        pytest.fail(
            "These tests want a PostgreSQL server: start one on 127.0.0.1:5432 with a database "
            "`test`, or name another in TEST_DATABASE_URL.",
            pytrace=False,
        )
    try:
        inside = address.update_query_dict({"options": f"-csearch_path={schema}"})
        yield inside.render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/data/advisor.db"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    with postgres_schema() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    url = request.getfixturevalue(f"{request.param}_url")
    assert isinstance(url, str)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    await database.open()
    yield database
    await database.close()


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **how_far: float) -> None:
        self.now += timedelta(**how_far)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def conversations(database: Database, clock: Clock) -> Conversations:
    return Conversations(database, clock=clock)


def turn_for(conversation_id: str, accepted: Accepted, text: str = "Hire freelancers.") -> Turn:
    return Turn(
        turn_id=accepted.turn_id,
        conversation_id=conversation_id,
        message_id=accepted.message_id,
        created_at=accepted.created_at.isoformat(),
        kind="answer",
        user_text="…",
        text=text,
    )
