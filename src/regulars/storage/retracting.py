"""What a retraction gathers on its way, in temporary tables of its transaction, so that memory stays bounded."""

from collections.abc import Iterable, Iterator
from typing import Any

from regulars.storage.database import Connection
from regulars.storage.queries import copy_rows

MANY = 10_000
"""How many rows are held at a time."""

TABLES = """
CREATE TEMP TABLE retracted_messages (key bytea PRIMARY KEY, own boolean NOT NULL) ON COMMIT DROP;
CREATE TEMP TABLE retracted_bundles (key bytea PRIMARY KEY, n bigint GENERATED ALWAYS AS IDENTITY) ON COMMIT DROP;
CREATE TEMP TABLE retracted_times (received bigint PRIMARY KEY) ON COMMIT DROP;
CREATE TEMP TABLE retracted_identifiers (key bytea PRIMARY KEY, n bigint GENERATED ALWAYS AS IDENTITY) ON COMMIT DROP;
CREATE TEMP TABLE taken_bundles (key bytea PRIMARY KEY) ON COMMIT DROP;
CREATE TEMP TABLE nameless_events (source text, trust smallint, message_id text) ON COMMIT DROP
"""
ADD = {
    "retracted_messages": "INSERT INTO retracted_messages SELECT k, %b FROM unnest(%b::bytea[]) AS t (k) "
    "ON CONFLICT DO NOTHING",
    "retracted_bundles": "INSERT INTO retracted_bundles (key) SELECT unnest(%b::bytea[]) ON CONFLICT DO NOTHING",
    "retracted_times": "INSERT INTO retracted_times SELECT unnest(%b::bigint[]) ON CONFLICT DO NOTHING",
    "retracted_identifiers": "INSERT INTO retracted_identifiers (key) SELECT unnest(%b::bytea[]) "
    "ON CONFLICT DO NOTHING",
    "taken_bundles": "INSERT INTO taken_bundles SELECT unnest(%b::bytea[]) ON CONFLICT DO NOTHING",
}
COPY_NAMELESS = "COPY nameless_events (source, trust, message_id) FROM STDIN (FORMAT BINARY)"
NAMELESS_TYPES = ("text", "int2", "text")

ANALYZE = "ANALYZE retracted_messages, retracted_bundles, nameless_events"

MEMBERS = """
INSERT INTO retracted_identifiers (key)
SELECT DISTINCT m.identifier FROM members m JOIN retracted_bundles b ON b.key = m.bundle ON CONFLICT DO NOTHING
"""
ALIASES = """
INSERT INTO retracted_bundles (key) SELECT DISTINCT e.bundle FROM members m JOIN events e ON e.bundle = m.bundle
WHERE m.identifier = ANY(%b) AND e.kind = 'alias' ON CONFLICT DO NOTHING
"""
DELETE_LINKS = """
DELETE FROM links l USING unnest(%b::bytea[], %b::bytea[], %b::text[]) AS said (a, b, origin)
WHERE l.a = said.a AND l.b = said.b AND l.origin = said.origin
"""
EVENTS_OF = """
SELECT e.source, e.trust, e.message_id, e.received FROM events e JOIN retracted_bundles b ON b.key = e.bundle
"""
NAMELESS_OF = "SELECT source, trust, message_id, received FROM events WHERE bundle IS NULL AND name = ANY(%b)"
BUNDLES = "SELECT n, key FROM retracted_bundles WHERE n > %b ORDER BY n LIMIT %b"
IDENTIFIERS = "SELECT n, key FROM retracted_identifiers WHERE n > %b ORDER BY n LIMIT %b"
TAKEN_WITH = """
SELECT DISTINCT m.bundle FROM members m JOIN taken_bundles t ON t.key = m.bundle WHERE m.identifier = ANY(%b)
"""

DELETE_MESSAGES = "DELETE FROM message_ids m USING retracted_messages r WHERE m.key = r.key"
DELETE_NAMELESS = """
DELETE FROM events e USING nameless_events n WHERE e.bundle IS NULL
    AND e.source = n.source AND e.trust = n.trust AND e.message_id = n.message_id
"""
DELETE_NAMELESS_REFUNDS = DELETE_NAMELESS.replace("FROM events e", "FROM refunds e")
DELETE_REJECTED = """
DELETE FROM rejected USING unnest(%b::bigint[], %b::text[]) AS gone (seq, item)
WHERE rejected.seq = gone.seq AND (rejected.item = gone.item OR split_part(rejected.item, '.', 1) = gone.item)
"""
DELETE_REJECTED_AT = """
DELETE FROM rejected USING unnest(%b::bigint[], %b::text[]) AS gone (seq, item)
WHERE rejected.seq = gone.seq AND rejected.item = gone.item
"""
FORGET_MESSAGES = "DELETE FROM message_ids WHERE key = ANY(%b)"
REJECTED_AT = """
SELECT r.seq, r.item, r.reason FROM rejected r JOIN unnest(%b::bigint[], %b::text[]) AS at (seq, item)
    ON r.seq = at.seq AND r.item = at.item
"""
HELD = {
    "retracted_messages": "SELECT key FROM retracted_messages WHERE key = ANY(%b)",
    "retracted_times": "SELECT received FROM retracted_times WHERE received = ANY(%b)",
}
BACK = "SELECT count(*) FROM retracted_messages r JOIN message_ids m ON m.key = r.key WHERE r.own"
CUSTOMERS = """
SELECT count(DISTINCT b.customer) FROM retracted_bundles r JOIN bundles b ON b.key = r.key
"""
OWN = "SELECT count(*) FROM retracted_messages WHERE own"

MARKS = "SELECT seq, what FROM retractions ORDER BY seq"
MARK = "INSERT INTO retractions (seq, what, events, back) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
FORGET_COUNTS = "DELETE FROM import_counts WHERE run = %s"
SET_UNDONE = "UPDATE imports SET state = 'undone' WHERE id = %s"


def begin(connection: Connection) -> None:
    """Make the tables, for this transaction."""
    connection.execute(TABLES.encode())


def add(connection: Connection, table: str, values: Iterable[Any], *first: object) -> None:
    """Add values to one of the tables; of the messages, `first` says whether they are the retracted ones' own."""
    found = list(values)
    if found:
        connection.cursor().execute(ADD[table], (*first, found))


def add_nameless(connection: Connection, messages: Iterable[tuple[str, int, str]]) -> None:
    """Add messages that no bundle holds, to be removed one by one."""
    copy_rows(connection, COPY_NAMELESS, NAMELESS_TYPES, messages)


def holds(connection: Connection, table: str, values: Iterable[Any]) -> set[Any]:
    """Those of the values that are in one of the tables."""
    wanted = list(values)
    return {row[0] for row in connection.cursor(binary=True).execute(HELD[table], (wanted,))} if wanted else set()


def chunks(connection: Connection, query: str) -> Iterator[list[bytes]]:
    """The keys of `BUNDLES` or `IDENTIFIERS`, a bounded number at a time."""
    last = 0
    cursor = connection.cursor(binary=True)
    while rows := cursor.execute(query.encode(), (last, MANY)).fetchall():
        yield [row[1] for row in rows]
        last = rows[-1][0]


def rows_of(connection: Connection, query: str, *values: object) -> Iterator[list[tuple[Any, ...]]]:
    """A query's rows, a bounded number at a time, read through a cursor of the server."""
    with connection.cursor("retracted", binary=True) as cursor:
        cursor.execute(query.encode(), values)
        while rows := cursor.fetchmany(MANY):
            yield rows


def rejected_at(connection: Connection, rows: list[int], items: list[str]) -> list[tuple[int, str, str]]:
    """What of these places of the log is rejected, as (row, item, reason)."""
    return connection.cursor(binary=True).execute(REJECTED_AT, (rows, items)).fetchall()


def taken_with(connection: Connection, keys: list[bytes]) -> list[bytes]:
    """The bundles taken in anew that hold any of these identifiers."""
    return [row[0] for row in connection.cursor(binary=True).execute(TAKEN_WITH, (keys,))]


def number(connection: Connection, query: str) -> int:
    """The number that `BACK`, `OWN` or `CUSTOMERS` gives."""
    row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def marks(connection: Connection) -> list[tuple[int, str]]:
    """The places in the log at which something was taken back, and what."""
    return [(int(seq), str(what)) for seq, what in connection.execute(MARKS)]
