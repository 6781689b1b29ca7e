"""The SQL by which people look at accepted and at rejected events, and take rejected ones up again."""

from collections.abc import Sequence

import msgspec

from regulars.model.frame import Frame
from regulars.storage import log
from regulars.storage.database import Connection

_EVENT = "e.time, e.received, e.kind, e.name, e.source, e.trust, e.message_id, e.origin, e.flags, e.body"
LAST_EVENTS = f"""
SELECT e.id, {_EVENT}, b.customer
FROM events e LEFT JOIN bundles b ON b.key = e.bundle WHERE e.id > %s ORDER BY e.id DESC LIMIT %s
"""

_REJECTED = "SELECT id, seq, item, received, source, trust, reason, path, message, body FROM rejected"
REJECTED = f"{_REJECTED} ORDER BY id DESC LIMIT %s"
REJECTED_FOR = f"{_REJECTED} WHERE reason = %s ORDER BY id DESC LIMIT %s"
REJECTED_IDS = f"{_REJECTED} WHERE id = ANY(%s) ORDER BY id"
REJECTED_AFTER = f"{_REJECTED} WHERE id > %s AND (%s::text IS NULL OR reason = %s) ORDER BY id LIMIT %s"

LOG_ROW = "SELECT seq, n, body FROM log WHERE seq = %s"


class RejectedItem(msgspec.Struct, frozen=True):
    """One row of `rejected`; `item` is its place in the log's row `seq`, as FRAME.INDEX; `received` in microseconds."""

    id: int
    seq: int
    item: str
    received: int
    source: str
    trust: int
    reason: str
    path: str
    message: str
    body: bytes


def last_events(connection: Connection, after: int, most: int) -> list[tuple[object, ...]]:
    """The newest accepted events after an id, oldest first: id, the columns of a timeline event, customer."""
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(LAST_EVENTS, (after, most)).fetchall()
    return rows[::-1]


def listen(connection: Connection) -> None:
    """Be told of every append to the log."""
    connection.execute(f"LISTEN {log.CHANNEL}")


def rejected(connection: Connection, reason: str | None, most: int) -> list[RejectedItem]:
    """The newest rejected items, newest first."""
    query, values = (REJECTED, (most,)) if reason is None else (REJECTED_FOR, (reason, most))
    return [RejectedItem(*row) for row in connection.execute(query, values)]


def rejected_of(connection: Connection, ids: Sequence[int]) -> list[RejectedItem]:
    """The rejected items of these ids, as far as there are any."""
    return [RejectedItem(*row) for row in connection.execute(REJECTED_IDS, (list(ids),))]


def rejected_after(connection: Connection, id: int, reason: str | None, most: int) -> list[RejectedItem]:
    """Some rejected items after an id, by id: so all of them can be gone through with bounded memory."""
    return [RejectedItem(*row) for row in connection.execute(REJECTED_AFTER, (id, reason, reason, most))]


def frames_of(connection: Connection, seq: int) -> list[Frame]:
    """The frames of one row of the log; none where it is gone."""
    with connection.cursor(binary=True) as cursor:
        row = cursor.execute(LOG_ROW, (seq,)).fetchone()
    return log.unpack(*row).frames if row else []
