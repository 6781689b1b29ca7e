"""What changed last of deliveries, opens and clicks is indexed; addresses to be confirmed; soft bounces."""

from alembic import op

revision = "0016"
down_revision = "0012"

STATEMENTS: tuple[str, ...] = (
    "CREATE INDEX outbox_changed ON outbox (changed)",
    "CREATE INDEX touches_last ON touches (last)",
    """CREATE TABLE confirmations (
        key bytea PRIMARY KEY,
        purpose text NOT NULL,
        channel text NOT NULL,
        proof text NOT NULL,
        at bigint NOT NULL,
        asked boolean NOT NULL DEFAULT false,
        tried bigint NOT NULL DEFAULT 0,
        confirmed bigint NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE soft_bounces (
        key bytea PRIMARY KEY,
        n integer NOT NULL,
        first bigint NOT NULL,
        last bigint NOT NULL,
        handed bigint NOT NULL DEFAULT 0
    )""",
)


def upgrade() -> None:
    """Make the indexes and the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
