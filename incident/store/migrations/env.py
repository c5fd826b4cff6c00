"""Run by Alembic, on the connection and inside the transaction that ``incident.store.schema`` opened."""

from alembic import context

from incident.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
