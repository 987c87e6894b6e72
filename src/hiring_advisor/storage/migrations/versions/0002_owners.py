"""Which process works on a turn."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; older releases leave it empty."""
    op.add_column("turns", sa.Column("owner", sa.Text))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("turns", "owner")
