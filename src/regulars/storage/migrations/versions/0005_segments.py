"""Segments: versions of their rules, memberships, evaluations."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    """CREATE TABLE segments (
        name text NOT NULL,
        version integer NOT NULL,
        at bigint NOT NULL,
        actor text NOT NULL,
        title text NOT NULL,
        about text NOT NULL,
        rule text NOT NULL,
        ended boolean NOT NULL,
        PRIMARY KEY (name, version)
    )""",
    """CREATE TABLE memberships (
        segment text NOT NULL,
        customer bytea NOT NULL,
        joined bigint NOT NULL,
        gone bigint,
        changes integer NOT NULL,
        PRIMARY KEY (segment, customer)
    )""",
    "CREATE INDEX memberships_customer ON memberships (customer)",
    """CREATE TABLE evaluations (
        segment text NOT NULL PRIMARY KEY,
        version integer NOT NULL,
        at bigint NOT NULL,
        as_of bigint NOT NULL,
        members bigint NOT NULL,
        joined bigint NOT NULL,
        gone bigint NOT NULL,
        reach text NOT NULL,
        error text NOT NULL
    )""",
)


def upgrade() -> None:
    """Make the tables of segments."""
    for statement in STATEMENTS:
        op.execute(statement)
