"""Messages: every version of each."""

from alembic import op

revision = "0008"
down_revision = "0007"

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE messages (
        name text NOT NULL,
        version integer NOT NULL,
        at bigint NOT NULL,
        actor text NOT NULL,
        title text NOT NULL,
        body text NOT NULL,
        ended boolean NOT NULL,
        PRIMARY KEY (name, version)
    )""",
)


def upgrade() -> None:
    """Make the table of messages."""
    for statement in STATEMENTS:
        op.execute(statement)
