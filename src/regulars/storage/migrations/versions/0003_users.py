"""Who works here: users, their one-time links and sessions, and how often signing in failed."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    """CREATE TABLE users (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        email text NOT NULL UNIQUE,
        name text NOT NULL,
        role text NOT NULL,
        password text NOT NULL DEFAULT '',
        locale text NOT NULL DEFAULT '',
        timezone text NOT NULL DEFAULT '',
        created bigint NOT NULL,
        ended bigint
    )""",
    """CREATE TABLE one_time_links (
        hash bytea PRIMARY KEY,
        user_id bigint NOT NULL,
        created bigint NOT NULL,
        expires bigint NOT NULL
    )""",
    """CREATE TABLE sessions (
        hash bytea PRIMARY KEY,
        user_id bigint NOT NULL,
        created bigint NOT NULL,
        seen bigint NOT NULL,
        agent text NOT NULL
    )""",
    "CREATE INDEX sessions_user ON sessions (user_id)",
    """CREATE TABLE failed_sign_ins (
        key bytea PRIMARY KEY,
        failures integer NOT NULL,
        last bigint NOT NULL
    )""",
)


def upgrade() -> None:
    """Make the tables of users, links, sessions and failed sign-ins."""
    for statement in STATEMENTS:
        op.execute(statement)
