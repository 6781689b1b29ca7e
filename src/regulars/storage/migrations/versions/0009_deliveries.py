"""Deliveries: the sandbox mailbox, e-mails that came in, and the questions that customers asked by replying."""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE mailbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at bigint NOT NULL,
        decision bytea NOT NULL UNIQUE,
        customer bytea NOT NULL,
        channel text NOT NULL,
        recipient text NOT NULL,
        subject text NOT NULL,
        message_id text NOT NULL,
        body bytea NOT NULL
    )""",
    "CREATE INDEX mailbox_customer ON mailbox (customer)",
    """CREATE TABLE inbound (
        key bytea NOT NULL PRIMARY KEY,
        at bigint NOT NULL,
        kind text NOT NULL,
        decision bytea,
        customer bytea,
        why text NOT NULL
    )""",
    "CREATE INDEX inbound_at ON inbound (at)",
    "CREATE INDEX inbound_customer ON inbound (customer)",
    """CREATE TABLE questions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        customer bytea,
        address text NOT NULL,
        name text NOT NULL,
        subject text NOT NULL,
        decision bytea,
        at bigint NOT NULL,
        changed bigint NOT NULL,
        state text NOT NULL,
        owner bigint
    )""",
    "CREATE INDEX questions_customer ON questions (customer) WHERE state = 'open'",
    "CREATE INDEX questions_changed ON questions (state, changed)",
    "CREATE INDEX questions_address ON questions (address)",
    """CREATE TABLE question_turns (
        question bigint NOT NULL,
        number integer NOT NULL,
        at bigint NOT NULL,
        ours boolean NOT NULL,
        actor text NOT NULL,
        text text NOT NULL,
        cut boolean NOT NULL,
        message_id text NOT NULL,
        decision bytea,
        PRIMARY KEY (question, number)
    )""",
    "CREATE INDEX question_turns_message_id ON question_turns (message_id)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
