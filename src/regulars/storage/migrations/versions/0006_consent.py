"""Consent: the ledger of words, what is never written to, preferences, and what promotions wait for."""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE consent_words (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        key bytea NOT NULL,
        customer bytea NOT NULL,
        purpose text NOT NULL,
        channel text NOT NULL,
        topic text NOT NULL,
        covers_all boolean NOT NULL,
        withdrawn boolean NOT NULL,
        time bigint NOT NULL,
        message_id text NOT NULL,
        source text NOT NULL,
        wording text NOT NULL,
        basis text NOT NULL,
        proof text NOT NULL
    )""",
    "CREATE INDEX consent_words_key ON consent_words (key)",
    "CREATE INDEX consent_words_customer ON consent_words (customer)",
    """CREATE TABLE suppressions (
        key bytea NOT NULL,
        channel text NOT NULL,
        reason text NOT NULL,
        at bigint NOT NULL,
        actor text NOT NULL,
        proof text NOT NULL,
        PRIMARY KEY (key, channel, reason)
    )""",
    """CREATE TABLE preferences (
        key bytea NOT NULL PRIMARY KEY,
        at bigint NOT NULL,
        paused_until bigint NOT NULL,
        quiet_from smallint,
        quiet_to smallint,
        zone text NOT NULL,
        less_often boolean NOT NULL,
        language text NOT NULL
    )""",
    """CREATE TABLE consent_holds (
        kind text NOT NULL,
        ref text NOT NULL,
        key bytea NOT NULL,
        at bigint NOT NULL,
        PRIMARY KEY (kind, ref)
    )""",
    "CREATE INDEX consent_holds_key ON consent_holds (key)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
