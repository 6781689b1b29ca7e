"""The SQL of the pipeline's own state: its cursor, message ids, accepted events, and what was rejected."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from psycopg import Copy

from regulars.storage import binary
from regulars.storage.database import Connection, DatabaseError
from regulars.storage.versions import PROJECTION_VERSION

COPY_EVENTS = """
COPY events (bundle, time, received, kind, name, source, trust, message_id, origin, flags, body)
FROM STDIN (FORMAT BINARY)
"""
EVENT_TYPES = ("bytea", "int8", "int8", "text", "text", "text", "int2", "text", "text", "text", "bytea")

COPY_REJECTED = """
COPY rejected (seq, item, received, source, trust, reason, path, message, body) FROM STDIN (FORMAT BINARY)
"""
REJECTED_TYPES = ("int8", "text", "int8", "text", "int2", "text", "text", "text", "bytea")

COPY_MESSAGE_IDS = "COPY message_ids (key, content) FROM STDIN (FORMAT BINARY)"


HOLD_CURSOR = "SELECT FROM cursor WHERE seq = %s AND projection_version = %s AND rules = %s FOR UPDATE"
MOVE_CURSOR = "UPDATE cursor SET seq = %s WHERE seq = %s AND projection_version = %s AND rules = %s"


class CursorMoved(Exception):
    """Somebody else moved the cursor: this process no longer leads and must write nothing."""


@contextmanager
def copying(connection: Connection, query: str, types: Sequence[str]) -> Iterator[Copy]:
    """A binary COPY into a table."""
    with connection.cursor().copy(query) as copy:
        copy.set_types(types)
        yield copy


def copy_rows(connection: Connection, query: str, types: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """COPY these rows, if there are any."""
    found = list(rows)
    if found:
        with copying(connection, query, types) as copy:
            for row in found:
                copy.write_row(row)


def copy_packed(connection: Connection, query: str, rows: list[bytes]) -> None:
    """COPY rows that were packed by `storage.binary`, if there are any."""
    if rows:
        with connection.cursor().copy(query) as copy:
            copy.write(binary.copy_body(rows))


def known_messages(connection: Connection, keys: list[bytes]) -> dict[bytes, bytes]:
    """The content hashes of those of these message keys that were accepted before."""
    if not keys:
        return {}
    cursor = connection.cursor(binary=True)
    cursor.execute("SELECT key, content FROM message_ids WHERE key = ANY(%b)", (binary.keys(keys),))
    return dict(cursor.fetchall())


def cursor_place(connection: Connection) -> int:
    """How far the pipeline has come in the log."""
    row = connection.execute("SELECT seq FROM cursor").fetchone()
    return int(row[0]) if row else 0


def start_cursor(connection: Connection, rules: str) -> tuple[int, int, str]:
    """The cursor as (seq, projection version, rules), made for this version and these rules where there is none."""
    connection.execute(
        "INSERT INTO cursor (one, seq, projection_version, rules) VALUES (true, 0, %s, %s) ON CONFLICT DO NOTHING",
        (PROJECTION_VERSION, rules),
    )
    row = connection.execute("SELECT seq, projection_version, rules FROM cursor").fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), str(row[2])


def hold_cursor(connection: Connection, old: int, rules: str) -> None:
    """Let nobody else move the cursor before this transaction ends; raises CursorMoved as `move_cursor` does.

    Of two who believe that they lead the second waits here for the first, before it has written anything.
    """
    if connection.execute(HOLD_CURSOR, (old, PROJECTION_VERSION, rules)).rowcount != 1:
        raise CursorMoved(f"the cursor is no longer at {old}")


def move_cursor(connection: Connection, old: int, new: int, rules: str) -> None:
    """Compare-and-swap; raises CursorMoved where the cursor was not at `old`, or is kept under other rules."""
    if connection.execute(MOVE_CURSOR, (new, old, PROJECTION_VERSION, rules)).rowcount != 1:
        raise CursorMoved(f"the cursor is no longer at {old}")


def forget_rejected(connection: Connection, places: list[str]) -> None:
    """Take from `rejected` what was sent in again; a place is `SEQ:ITEM`."""
    if places:
        connection.execute("DELETE FROM rejected WHERE seq || ':' || item = ANY(%s)", (places,))


def bind_secret(connection: Connection, fingerprint: bytes) -> None:
    """Tie the database to the secret that keys it; raises DatabaseError where it was made under another."""
    connection.execute("INSERT INTO installation SELECT %s WHERE NOT EXISTS (SELECT FROM installation)", (fingerprint,))
    row = connection.execute("SELECT fingerprint FROM installation").fetchone()
    if row is None or bytes(row[0]) != fingerprint:
        raise DatabaseError(
            "this database was made under another secret: use the data folder (or REGULARS_SECRET) it was made with"
        )


def count_events(connection: Connection, source: str) -> int:
    """How many events of a source were accepted so far."""
    row = connection.execute("SELECT count(*) FROM events WHERE source = %s", (source,)).fetchone()
    return int(row[0]) if row else 0


def left_to_do(connection: Connection, until: int) -> int:
    """How many items of the log up to a place the pipeline has yet to take."""
    row = connection.execute(
        "SELECT coalesce(sum(n), 0)::bigint FROM log WHERE seq > coalesce((SELECT seq FROM cursor), 0) AND seq <= %s",
        (until,),
    ).fetchone()
    return int(row[0]) if row else 0
