"""What `regulars doctor` asks the database: its settings, its state, and what stands out in it."""

from typing import Any

import msgspec

from regulars.storage.database import Connection
from regulars.storage.server_settings import DURABLE

PATIENCE = "20s"
"""How long one question may take; a doctor must not add to the trouble."""

EXTENSIONS = "SELECT e.extname, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"

BASICS = """
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, pg_database_size(current_database()),
    has_database_privilege(current_database(), 'CREATE'),
    to_regclass('alembic_version') IS NOT NULL, to_regclass('cursor') IS NOT NULL
"""

BEHIND = """
SELECT coalesce(sum(n), 0)::bigint, coalesce(min(received), 0)
FROM log WHERE seq > coalesce((SELECT seq FROM cursor), 0)
"""

LAST_RECEIVED = "SELECT received FROM log ORDER BY seq DESC LIMIT 1"

REJECTED = "SELECT reason, count(*) FROM rejected WHERE received >= %s GROUP BY reason ORDER BY count(*) DESC, reason"

RECEIVED = "SELECT coalesce(sum(n), 0)::bigint FROM log WHERE received >= %s"

SET_ASIDE = """
SELECT i.type, i.space, i.standing, count(*)
FROM identifiers i JOIN members m ON m.identifier = i.key
WHERE i.standing IN ('fan_out', 'votes', 'left_out')
GROUP BY i.key, i.type, i.space, i.standing ORDER BY count(*) DESC, i.type, i.key LIMIT %s
"""

COUNT_LEFT_OUT = "SELECT count(*) FROM identifiers WHERE standing = 'left_out'"


class Basics(msgspec.Struct, frozen=True):
    """The database's clock (microseconds since 1970 UTC), its size in bytes, and how far it is set up.

    `may_create` is whether the user may make schemas; `migrated` and `derived` whether there are tables of each kind.
    """

    clock: int
    size: int
    may_create: bool
    migrated: bool
    derived: bool


class Aside(msgspec.Struct, frozen=True):
    """An identifier that belongs to nobody: its type, space and standing, and in how many bundles it is; no value."""

    type: str
    space: str
    standing: str
    bundles: int


def be_brief(connection: Connection) -> None:
    """Let no question of this connection take long."""
    connection.execute("SELECT set_config('statement_timeout', %s, false)", (PATIENCE,))


def basics(connection: Connection) -> Basics:
    """The database's clock, size and state."""
    row = _one(connection, BASICS)
    return Basics(*row)


def durability(connection: Connection) -> dict[str, str]:
    """The settings on which a promise rests."""
    return {name: str(_one(connection, "SELECT current_setting(%s)", name)[0]) for name in DURABLE}


def extensions(connection: Connection) -> dict[str, str]:
    """The schema of each extension that is there."""
    return {name: schema for name, schema in connection.execute(EXTENSIONS)}


def revision(connection: Connection) -> str:
    """The migration that the truth is at."""
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def versions(connection: Connection) -> tuple[int, str] | None:
    """By which projection and rules what is derived was made; None where the pipeline never ran."""
    row = connection.execute("SELECT projection_version, rules FROM cursor").fetchone()
    return (int(row[0]), str(row[1])) if row else None


def behind(connection: Connection) -> tuple[int, int]:
    """How many items the pipeline has yet to take, and when the oldest of them was received (0: there is none)."""
    row = _one(connection, BEHIND)
    return int(row[0]), int(row[1])


def last_received(connection: Connection) -> int:
    """When the newest row of the log was received; 0 where the log is empty."""
    row = connection.execute(LAST_RECEIVED).fetchone()
    return int(row[0]) if row else 0


def rejected_since(connection: Connection, since: int) -> tuple[dict[str, int], int]:
    """What was rejected of what was received since a time, by reason; and how many items were received."""
    reasons = {reason: n for reason, n in connection.execute(REJECTED, (since,))}
    return reasons, int(_one(connection, RECEIVED, since)[0])


def set_aside(connection: Connection, most: int) -> tuple[list[Aside], int]:
    """The identifiers in most bundles that belong to nobody; and how many were left out of too large components."""
    found = [Aside(*row) for row in connection.execute(SET_ASIDE, (most,))]
    return found, int(_one(connection, COUNT_LEFT_OUT)[0])


def _one(connection: Connection, query: str, *values: object) -> tuple[Any, ...]:
    row = connection.execute(query.encode(), values).fetchone()
    assert row is not None
    return row
