"""The first tables of the truth."""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    "CREATE TABLE installation (fingerprint bytea PRIMARY KEY)",
    """CREATE TABLE log (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        received bigint NOT NULL,
        n integer NOT NULL,
        body bytea NOT NULL
    )""",
    # The body is compressed already.
    "ALTER TABLE log ALTER COLUMN body SET STORAGE EXTERNAL",
    """CREATE TABLE sources (
        name text NOT NULL,
        trust smallint NOT NULL,
        id_group text NOT NULL,
        precedence integer NOT NULL DEFAULT 0,
        PRIMARY KEY (name, trust)
    )""",
    """CREATE TABLE keys (
        hash bytea PRIMARY KEY,
        kind text NOT NULL,
        source text NOT NULL,
        hint text NOT NULL,
        created bigint NOT NULL,
        revoked bigint
    )""",
    """CREATE TABLE issued_ids (
        customer bytea PRIMARY KEY,
        anchor bytea NOT NULL,
        members bytea[] NOT NULL
    )""",
    """CREATE TABLE audit (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at bigint NOT NULL,
        actor text NOT NULL,
        action text NOT NULL,
        customer bytea,
        detail text NOT NULL DEFAULT ''
    )""",
)


def upgrade() -> None:
    """Make the log, sources and keys, the customer ids that were issued, and the audit log."""
    for statement in STATEMENTS:
        op.execute(statement)
