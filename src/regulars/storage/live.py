"""What the web server reads to show things as they happen: how far the pipeline is, and what it has just taken in."""

from typing import Any

import msgspec
import psycopg

from regulars.storage.totals import Totals

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

PLACE = """
SELECT (SELECT seq FROM cursor), (SELECT max(id) FROM events), (SELECT max(id) FROM rejected),
    (SELECT body FROM totals)
"""

REACHED = "SELECT coalesce((SELECT seq FROM cursor), 0) >= %s"
LOOKED_AT = 20_000
"""So many of the newest rows are looked through for those of one source."""

_EVENT = "e.time, e.received, e.kind, e.name, e.source, e.trust, e.message_id, e.origin, e.flags, e.body"
NEWEST = f"""
SELECT e.id, {_EVENT}, b.customer
FROM (
    SELECT * FROM (SELECT * FROM events WHERE id > %(after)s ORDER BY id DESC LIMIT {LOOKED_AT}) AS recent
    WHERE %(source)s = '' OR source = %(source)s ORDER BY id DESC LIMIT %(most)s
) AS e LEFT JOIN bundles b ON b.key = e.bundle ORDER BY e.id DESC
"""

REJECTED = f"""
SELECT id, received, source, trust, reason, path, message, body
FROM (SELECT * FROM rejected WHERE id > %(after)s ORDER BY id DESC LIMIT {LOOKED_AT}) AS recent
WHERE %(source)s = '' OR source = %(source)s ORDER BY id DESC LIMIT %(most)s
"""

TOUCHED = """
SELECT count(*) FROM events e JOIN bundles b ON b.key = e.bundle WHERE e.id > %s AND e.id <= %s AND b.customer = %s
"""

SOURCES = "SELECT DISTINCT name FROM sources ORDER BY name"

RAW = f"""
SELECT e.id, {_EVENT}, b.customer, b.members FROM events e LEFT JOIN bundles b ON b.key = e.bundle WHERE e.id = %s
"""
"""One event with whom it is filed under."""

KNOWN = "SELECT type, space, value, standing FROM identifiers WHERE key = ANY(%s) ORDER BY type, space, value"


class Place(msgspec.Struct, frozen=True):
    """How far the pipeline is: its cursor, the ids of the newest event and rejected item, and its totals."""

    seq: int
    event: int
    rejected: int
    totals: Totals


class Refused(msgspec.Struct, frozen=True):
    """A rejected item as it is shown; `received` in microseconds since 1970 UTC."""

    id: int
    received: int
    source: str
    trust: int
    reason: str
    path: str
    message: str
    body: bytes


_totals = msgspec.json.Decoder(Totals).decode


async def place(connection: Connection) -> Place:
    """How far it is now."""
    row = await (await connection.execute(PLACE)).fetchone()
    assert row is not None
    return Place(row[0] or 0, row[1] or 0, row[2] or 0, _totals(row[3]) if row[3] else Totals())


async def is_taken_in(connection: Connection, seq: int) -> bool:
    """Whether the pipeline has come to a place of the log."""
    row = await (await connection.execute(REACHED, (seq,))).fetchone()
    return bool(row and row[0])


async def newest(connection: Connection, after: int, source: str, most: int) -> list[tuple[Any, ...]]:
    """The newest accepted events after an id, newest first: id, the columns of a timeline event, customer."""
    values = {"after": after, "source": source, "most": most}
    return await (await connection.cursor(binary=True).execute(NEWEST, values)).fetchall()


async def refused(connection: Connection, after: int, source: str, most: int) -> list[Refused]:
    """The newest rejected items after an id, newest first."""
    values = {"after": after, "source": source, "most": most}
    rows = await (await connection.cursor(binary=True).execute(REJECTED, values)).fetchall()
    return [Refused(*row) for row in rows]


async def is_touched(connection: Connection, customer: bytes, after: int, until: int) -> bool:
    """Whether any event of these ids is the customer's."""
    row = await (await connection.execute(TOUCHED, (after, until, customer))).fetchone()
    return row is not None and row[0] > 0


async def source_names(connection: Connection) -> list[str]:
    """The names of all sources."""
    return [row[0] for row in await (await connection.execute(SOURCES)).fetchall()]


async def raw_event(connection: Connection, id: int) -> tuple[Any, ...] | None:
    """One event: id, the columns of a timeline event, customer, the keys of the identifiers that came on it."""
    return await (await connection.cursor(binary=True).execute(RAW, (id,))).fetchone()


async def known(connection: Connection, keys: list[bytes]) -> list[tuple[str, str, str, str]]:
    """What identifiers of these keys are: type, space, value, standing."""
    rows = await (await connection.cursor(binary=True).execute(KNOWN, (keys,))).fetchall()
    return [(row[0], row[1], row[2], row[3]) for row in rows]
