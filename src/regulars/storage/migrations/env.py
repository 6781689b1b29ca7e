"""How Alembic reaches the database: on the connection that `regulars.storage.database` hands it."""

from alembic import context

from regulars.storage.metadata import truth
from regulars.storage.versions import TRUTH_SCHEMA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=truth, version_table_schema=TRUTH_SCHEMA)
with context.begin_transaction():
    context.run_migrations()
