"""From any older state of the tables, or none, to the newest."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

HEAD: Final = "0002"
"""The newest revision under `versions`. Kept here so that an up-to-date database is opened
without importing Alembic, which is slow."""

_LOCK: Final = 0x686972696E67  # any number will do that nobody else takes


def is_current(connection: Connection) -> bool:
    """Whether the tables are at HEAD, or past it: those of a newer release serve this one too."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    stored = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return stored is not None and stored >= HEAD


def upgrade(connection: Connection) -> None:
    """Bring the tables to HEAD in one transaction, one process at a time; others wait here."""
    on_sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql(
        "BEGIN IMMEDIATE" if on_sqlite else f"SELECT pg_advisory_xact_lock({_LOCK})"
    )
    if not is_current(connection):
        _run_scripts(connection)
    connection.commit()


def _run_scripts(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    folder = str(Path(__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))
    command.upgrade(config, "head")
