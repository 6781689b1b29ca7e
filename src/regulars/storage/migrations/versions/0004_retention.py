"""The record of what retention has done."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    """CREATE TABLE retention_runs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        class text NOT NULL,
        cutoff bigint NOT NULL,
        place bigint NOT NULL DEFAULT 0,
        removed bigint NOT NULL DEFAULT 0,
        started bigint NOT NULL,
        finished bigint,
        error text NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX retention_runs_class ON retention_runs (class, place)",
)


def upgrade() -> None:
    """Make the table in which each run of retention is recorded."""
    for statement in STATEMENTS:
        op.execute(statement)
