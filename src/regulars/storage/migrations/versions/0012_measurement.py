"""Measurement: who opened and followed what, and the results as they were last measured."""

from alembic import op

revision = "0012"
down_revision = "0011"

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE touches (
        decision bytea NOT NULL,
        what text NOT NULL,
        machine text NOT NULL,
        place bytea NOT NULL,
        customer bytea NOT NULL,
        first bigint NOT NULL,
        last bigint NOT NULL,
        n integer NOT NULL,
        PRIMARY KEY (decision, what, machine, place)
    )""",
    "CREATE INDEX touches_customer ON touches (customer)",
    """CREATE TABLE results (
        kind text NOT NULL,
        name text NOT NULL,
        source text NOT NULL,
        at bigint NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (kind, name, source)
    )""",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
