"""Conversations and their turns."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "conversations",
        sa.Column("conversation_id", sa.Text, primary_key=True),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_conversations_expires_at", "conversations", ["expires_at"])

    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "turns",
        sa.Column("turn_id", sa.Text, primary_key=True),
        sa.Column(
            "conversation_id",
            sa.Text,
            sa.ForeignKey("conversations.conversation_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        # The order of columns matters from here on: see `tables.py`.
        sa.Column(
            "padding",
            sa.LargeBinary,
            server_default=sa.text("(zeroblob(4096))") if on_sqlite else None,
        ),
        sa.Column("user_text", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("rating", sa.Text),
        sa.Column("comment", sa.Text),
        sa.UniqueConstraint("conversation_id", "message_id", name="uq_turns_message_id"),
        sa.UniqueConstraint("conversation_id", "seq", name="uq_turns_seq"),
    )
    running = sa.text("status = 'running'")
    op.create_index(
        "ix_turns_running",
        "turns",
        ["created_at"],
        sqlite_where=running,
        postgresql_where=running,
    )


def downgrade() -> None:
    """Drop both tables, and every word with them."""
    op.drop_table("turns")
    op.drop_table("conversations")
