"""The tables as the code sees them; `migrations/` makes them, and a test holds the two together."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(words: str) -> str:
    """Return the words as a database takes them: NUL and lone surrogates become U+FFFD.

    PostgreSQL refuses the first, UTF-8 has no place for the second; all else stays as given.
    """
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", words)


class Words(TypeDecorator[str]):
    """Text from outside, made `storable` on its way in, also where it is only compared."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean what goes to the database."""
        return None if value is None else storable(value)


class Moment(TypeDecorator[datetime]):
    """An aware time, always UTC; SQLite, which knows no zones, keeps it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn any aware time into UTC."""
        if value is None:
            return None
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give an aware time in UTC, whatever zone the server's session is in."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

conversations = Table(
    "conversations",
    metadata,
    Column("conversation_id", Words, primary_key=True),
    Column("token_hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_conversations_expires_at", "expires_at"),
)

turns = Table(
    "turns",
    metadata,
    Column("turn_id", Words, primary_key=True),
    Column(
        "conversation_id",
        Words,
        ForeignKey("conversations.conversation_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("message_id", Words, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    # SQLite: a page of zeros (the column's default there) between the ids and the words. Rows
    # that move between pages leave copies behind that secure_delete does not see; what moves is
    # a row's first 4,061 bytes at most. Behind this padding the words lie in overflow pages of
    # their own, which never move and are zeroed when freed. Columns with words go after it.
    Column("padding", LargeBinary),
    Column("user_text", Words, nullable=False),
    Column("body", LargeBinary),
    Column("rating", Text),
    Column("comment", Words),
    Column("owner", Text),  # the process that works on it; none for those of older releases
    UniqueConstraint("conversation_id", "message_id", name="uq_turns_message_id"),
    UniqueConstraint("conversation_id", "seq", name="uq_turns_seq"),
    Index(
        "ix_turns_running",
        "created_at",
        sqlite_where=text("status = 'running'"),
        postgresql_where=text("status = 'running'"),
    ),
)
