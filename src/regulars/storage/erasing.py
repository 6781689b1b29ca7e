"""The storage room's part in an erasure, and the rows of the log as an erasure reads and rewrites them."""

from collections.abc import Iterable, Iterator, Sequence

from regulars.model.frame import Frame
from regulars.model.parts import Erasure
from regulars.storage import log
from regulars.storage.database import Connection
from regulars.storage.reading import RejectedItem, rejected_after

MANY = 10_000
"""How many items of the log, and rows of a table, are held at a time."""

_LOCK = 7_205_009

MESSAGES_OF = "SELECT source, trust, message_id, received FROM events WHERE bundle = ANY(%b)"
DELETE_EVENTS = "DELETE FROM events WHERE bundle = ANY(%b)"
DELETE_MESSAGES = """
DELETE FROM events e USING unnest(%b::text[], %b::smallint[], %b::text[]) AS m (source, trust, message_id)
WHERE e.source = m.source AND e.trust = m.trust AND e.message_id = m.message_id
"""
REWRITE = "UPDATE log SET body = %b WHERE seq = %b"

Message = tuple[str, int, str]
"""A message's source, trust and id."""


def hold_erasures(connection: Connection) -> None:
    """Keep any other erasure from rewriting the log before this transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))


def erase_events(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove the events of the bundles; a part of `app.ERASE`."""
    return {"events": connection.cursor().execute(DELETE_EVENTS, (erasure.bundles,)).rowcount}


def messages_of(connection: Connection, bundles: Sequence[bytes]) -> Iterator[tuple[Message, int]]:
    """The accepted messages of these bundles, each with when its frame was received, in microseconds."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(MESSAGES_OF, (list(bundles),))
        for source, trust, message_id, received in cursor:
            yield (source, trust, message_id), received


def forget_messages(connection: Connection, messages: Iterable[Message]) -> None:
    """Remove these events, in whatever bundle they are."""
    found = list(messages)
    if found:
        columns = tuple([message[i] for message in found] for i in range(3))
        connection.cursor().execute(DELETE_MESSAGES, columns)


def rows_before(connection: Connection, seq: int, after: int = 0) -> Iterator[log.Row]:
    """The log's rows before a place (and after another), in order, a bounded number at a time."""
    place = after
    while rows := log.read(connection, place, MANY):
        for row in rows:
            if row.seq >= seq:
                return
            yield row
        place = rows[-1].seq


def rewrite(connection: Connection, seq: int, frames: Sequence[Frame]) -> None:
    """Put other frames, as many with as many items, into a row of the log; its place stays."""
    connection.cursor().execute(REWRITE, (log.pack(frames)[2], seq))


def rejected_items(connection: Connection) -> Iterator[RejectedItem]:
    """Every rejected item, a bounded number at a time."""
    last = 0
    while part := rejected_after(connection, last, None, 500):
        yield from part
        last = part[-1].id


def forget_rejected_ids(connection: Connection, ids: Sequence[int]) -> int:
    """Remove rejected items; returns how many there were."""
    return connection.execute("DELETE FROM rejected WHERE id = ANY(%s)", (list(ids),)).rowcount
