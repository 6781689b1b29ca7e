"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Go forward; there is no way back (docs/decisions/0003-migrations.md)."""
    ${upgrades if upgrades else "pass"}
