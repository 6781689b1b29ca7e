"""Decisions: actions, rulebooks, the ledger, contacts, the outbox."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE actions (
        name text NOT NULL,
        version integer NOT NULL,
        at bigint NOT NULL,
        actor text NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (name, version)
    )""",
    """CREATE TABLE rulebooks (
        version text NOT NULL PRIMARY KEY,
        at bigint NOT NULL,
        body text NOT NULL
    )""",
    """CREATE TABLE decisions (
        id bytea NOT NULL PRIMARY KEY,
        occasion text NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        customer bytea NOT NULL,
        at bigint NOT NULL,
        action text NOT NULL,
        version integer NOT NULL,
        channel text NOT NULL,
        done boolean NOT NULL,
        probability double precision NOT NULL,
        arm text NOT NULL,
        held_by text NOT NULL,
        policy text NOT NULL,
        again bigint NOT NULL,
        simulated boolean NOT NULL,
        words text NOT NULL,
        body bytea NOT NULL
    )""",
    "CREATE INDEX decisions_customer ON decisions (customer, at)",
    "CREATE INDEX decisions_name ON decisions (kind, name, at)",
    "CREATE INDEX decisions_at ON decisions USING brin (at)",
    """CREATE TABLE contacts (
        decision bytea NOT NULL PRIMARY KEY,
        customer bytea NOT NULL,
        at bigint NOT NULL,
        channel text NOT NULL,
        purpose text NOT NULL,
        action text NOT NULL,
        seen boolean NOT NULL
    )""",
    "CREATE INDEX contacts_customer ON contacts (customer, at)",
    """CREATE TABLE outbox (
        decision bytea NOT NULL PRIMARY KEY,
        customer bytea NOT NULL,
        channel text NOT NULL,
        address text NOT NULL,
        message text NOT NULL,
        variant text NOT NULL,
        purpose text NOT NULL,
        topic text NOT NULL,
        action text NOT NULL,
        context jsonb NOT NULL,
        not_before bigint NOT NULL,
        state text NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        doubtful integer NOT NULL DEFAULT 0,
        message_id text NOT NULL DEFAULT '',
        at bigint NOT NULL,
        changed bigint NOT NULL,
        why text NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX outbox_customer ON outbox (customer, at)",
    "CREATE INDEX outbox_waiting ON outbox (channel, not_before) WHERE state = 'waiting'",
    "CREATE INDEX outbox_sending ON outbox (changed) WHERE state = 'sending'",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
