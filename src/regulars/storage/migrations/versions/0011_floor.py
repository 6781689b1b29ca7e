"""The shop floor: claims of receipts, and the store at which each user works."""

from alembic import op

revision = "0011"
down_revision = "0010"

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE receipt_claims (
        receipt bytea NOT NULL PRIMARY KEY,
        at bigint NOT NULL
    )""",
    """CREATE TABLE floor_stores (
        user_id bigint NOT NULL PRIMARY KEY,
        store text NOT NULL,
        chosen bigint NOT NULL
    )""",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
