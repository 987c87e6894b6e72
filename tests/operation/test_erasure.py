"""An erased conversation leaves no byte anywhere that this server writes to, over HTTP."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.channels.client import Client, Conversation
from tests.conftest import Figures, start_server
from tests.operation.conftest import Start
from tests.stand_ins.otlp_collector import Collector

MARKER = "zq81vulture"


def speak(talk: Conversation) -> None:
    """Leave the marker in messages, in what is quoted of them, and in a comment."""
    turn = talk.say(f"We want a demo in ten days for {MARKER}a. Whom should we hire?")
    talk.hear(f"What are the risks with {MARKER}b freelancers?")
    rated = talk.call(
        "POST", f"/turns/{turn['turn_id']}/feedback", {"rating": "down", "comment": f"{MARKER}c"}
    )
    assert rated.status == 204


def places_with_marker(folder: Path, collector: Collector) -> list[str]:
    """The files that hold the marker, and the traces where they do."""
    found = [str(f) for f in folder.rglob("*") if f.is_file() and MARKER.encode() in f.read_bytes()]
    return found + ["traces"] * any(MARKER.encode() in body for body in collector.bodies)


def test_erased_means_gone_from_database_log_index_and_traces(
    start: Start, figure: Figures
) -> None:
    with Collector() as collector:
        server = start(OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint)
        talk = Client(server.url).converse()
        speak(talk)
        held = places_with_marker(server.data_dir, collector)
        assert held
        assert all("advisor.sqlite3" in place for place in held), "the database, and nothing else"
        begun = time.monotonic()
        assert talk.call("DELETE").status == 204
        while (left := places_with_marker(server.data_dir, collector)) and (
            time.monotonic() - begun < 5
        ):
            pass
        took = time.monotonic() - begun
        assert left == []
        collector.wait_for("erase sqlite")
        assert server.stop() == 0
        assert places_with_marker(server.data_dir, collector) == []
    figure("seconds until no byte of an erased conversation is left", round(took, 2), aim="≤ 1")


def test_what_is_past_its_time_is_swept_at_the_start(start: Start) -> None:
    first = start()
    speak(Client(first.url).converse())
    assert first.stop() == 0
    with sqlite3.connect(first.data_dir / "advisor.sqlite3") as connection:
        assert connection.execute("UPDATE conversations SET expires_at = created_at").rowcount == 1
    connection.close()
    with Collector() as nothing:
        assert places_with_marker(first.data_dir, nothing)
        again = start_server(first.data_dir)
        try:
            deadline = time.monotonic() + 10
            while places_with_marker(first.data_dir, nothing):
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            assert again.stop() == 0
        assert places_with_marker(first.data_dir, nothing) == []


@pytest.mark.postgres
def test_in_postgresql_no_row_of_any_table_keeps_a_word(start: Start, postgres_url: str) -> None:
    server = start(DATABASE_URL=postgres_url)
    talk = Client(server.url).converse()
    speak(talk)
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")

    def rows_with_marker() -> int:
        with engine.connect() as connection:
            tables = connection.scalars(
                text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
            ).all()
            assert {"conversations", "turns"} <= set(tables)
            rows = [
                str(tuple(bytes(one) if isinstance(one, memoryview) else one for one in row))
                for table in tables
                for row in connection.execute(text(f'SELECT * FROM "{table}"'))
            ]
        return sum(MARKER in row for row in rows)

    assert rows_with_marker() > 0
    assert talk.call("DELETE").status == 204
    assert rows_with_marker() == 0
    with engine.connect() as connection:
        connection.execute(text("VACUUM (FULL) turns"))
        written = connection.scalar(
            text("SELECT pg_read_binary_file(pg_relation_filepath('turns'))")
        )
    engine.dispose()
    assert MARKER.encode() not in bytes(written)
    assert server.stop() == 0
    assert MARKER not in server.log.read_text()
