"""Journeys and campaigns: definitions, who is where, what waits."""

from alembic import op

revision = "0010"
down_revision = "0009"

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE journeys (
        name text NOT NULL,
        version integer NOT NULL,
        at bigint NOT NULL,
        actor text NOT NULL,
        title text NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (name, version)
    )""",
    """CREATE TABLE journey_switches (
        name text NOT NULL PRIMARY KEY,
        running boolean NOT NULL,
        at bigint NOT NULL,
        actor text NOT NULL
    )""",
    """CREATE TABLE journey_entries (
        key bytea NOT NULL PRIMARY KEY,
        journey text NOT NULL,
        version integer NOT NULL,
        customer bytea NOT NULL,
        subject text NOT NULL,
        products text[] NOT NULL,
        order_id text NOT NULL,
        said text NOT NULL,
        simulated boolean NOT NULL,
        started bigint NOT NULL,
        step integer NOT NULL,
        wake bigint,
        asked bigint NOT NULL,
        tries integer NOT NULL,
        spoke bigint NOT NULL DEFAULT 0,
        outcome text NOT NULL DEFAULT '',
        changed bigint NOT NULL
    ) WITH (fillfactor = 80)""",
    "CREATE INDEX journey_entries_wake ON journey_entries (journey, wake) WHERE wake IS NOT NULL",
    """CREATE UNIQUE INDEX journey_entries_once ON journey_entries (journey, customer, subject)
        WHERE wake IS NOT NULL""",
    "CREATE INDEX journey_entries_customer ON journey_entries (customer)",
    """CREATE TABLE journey_counts (
        journey text NOT NULL,
        version integer NOT NULL,
        step integer NOT NULL,
        what text NOT NULL,
        n bigint NOT NULL,
        PRIMARY KEY (journey, version, step, what)
    )""",
    """CREATE TABLE journey_place (
        one boolean NOT NULL PRIMARY KEY CHECK (one),
        generation bigint NOT NULL,
        place bigint NOT NULL,
        received bigint NOT NULL
    )""",
    """CREATE TABLE journey_shelves (
        product text NOT NULL,
        store text NOT NULL,
        lies boolean NOT NULL,
        PRIMARY KEY (product, store)
    )""",
    """CREATE TABLE campaigns (
        name text NOT NULL PRIMARY KEY,
        title text NOT NULL,
        segment text NOT NULL,
        variants text NOT NULL,
        purpose text NOT NULL,
        topic text NOT NULL,
        channels text[] NOT NULL,
        starts bigint NOT NULL,
        patience bigint NOT NULL,
        holdout integer NOT NULL,
        state text NOT NULL,
        place bytea NOT NULL,
        at bigint NOT NULL,
        actor text NOT NULL,
        changed bigint NOT NULL
    )""",
    """CREATE TABLE campaign_waiting (
        campaign text NOT NULL,
        customer bytea NOT NULL,
        wake bigint NOT NULL,
        asked bigint NOT NULL,
        tries integer NOT NULL,
        PRIMARY KEY (campaign, customer)
    )""",
    "CREATE INDEX campaign_waiting_wake ON campaign_waiting (campaign, wake)",
    """CREATE TABLE campaign_counts (
        campaign text NOT NULL,
        variant text NOT NULL,
        what text NOT NULL,
        n bigint NOT NULL,
        PRIMARY KEY (campaign, variant, what)
    )""",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
