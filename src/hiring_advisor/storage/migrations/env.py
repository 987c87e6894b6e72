"""Run by Alembic, on the connection and inside the transaction that `Database.open` hands over."""

from alembic import context

from hiring_advisor.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table only by copying it
)
with context.begin_transaction():
    context.run_migrations()
