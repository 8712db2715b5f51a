"""What alembic runs: the migrations, on the connection that it is given."""

from alembic import context

from ringback.store.table import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
