"""Import runs, and which of them were taken back."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    """CREATE TABLE imports (
        id text PRIMARY KEY,
        what text NOT NULL,
        sources text NOT NULL,
        files text NOT NULL,
        map text NOT NULL DEFAULT '',
        state text NOT NULL,
        place text NOT NULL DEFAULT '',
        items bigint NOT NULL DEFAULT 0,
        added bigint NOT NULL DEFAULT 0,
        present bigint NOT NULL DEFAULT 0,
        rejected bigint NOT NULL DEFAULT 0,
        started bigint NOT NULL,
        finished bigint,
        report text NOT NULL DEFAULT ''
    )""",
    """CREATE TABLE retractions (
        seq bigint PRIMARY KEY,
        what text NOT NULL,
        events bigint NOT NULL,
        back bigint NOT NULL
    )""",
)


def upgrade() -> None:
    """Make the list of import runs, and that of retractions which were carried out."""
    for statement in STATEMENTS:
        op.execute(statement)
