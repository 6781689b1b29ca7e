"""The record of what retention has done, and the SQL by which it finds what has been kept long enough."""

from collections.abc import Iterator, Sequence

import msgspec

from regulars.storage import log
from regulars.storage.database import Connection

_RUN_LOCK = 7_205_020

HOLD = "SELECT pg_try_advisory_lock(%s)"
RELEASE = "SELECT pg_advisory_unlock(%s)"
BEGIN = "INSERT INTO retention_runs (class, cutoff, started) VALUES (%s, %s, %s) RETURNING id"
FINISH = "UPDATE retention_runs SET finished = %s, error = %s, removed = removed + %s WHERE id = %s"
BROKEN_OFF = "UPDATE retention_runs SET finished = %s, error = 'broken off' WHERE finished IS NULL"
CREDIT = "UPDATE retention_runs SET removed = removed + %s, place = greatest(place, %s) WHERE id = %s"
PLACE = "SELECT coalesce(max(place), 0) FROM retention_runs WHERE class = %s"
RUNS = "SELECT class, cutoff, removed, started, finished, error FROM retention_runs ORDER BY id DESC LIMIT %s"
LAST_GOOD = "SELECT class, max(finished) FROM retention_runs WHERE finished IS NOT NULL AND error = '' GROUP BY class"

# The first row that is young enough ends the search, so that what was dealt with is a beginning of the log.
OLD_ROWS = """
SELECT seq, n FROM log WHERE seq > %s AND seq < coalesce(
    (SELECT seq FROM log WHERE seq > %s AND received >= %s ORDER BY seq LIMIT 1), (SELECT max(seq) + 1 FROM log)
) ORDER BY seq
"""
ROWS = "SELECT seq, n, body FROM log WHERE seq = ANY(%b) ORDER BY seq"

REJECTED_IN = "SELECT seq, item FROM rejected WHERE seq > %s AND seq <= %s"
FORGET_REJECTED_IN = "DELETE FROM rejected WHERE seq > %s AND seq <= %s"

OLD_AUDIT = "SELECT count(*) FROM audit WHERE at < %s"
FORGET_AUDIT = "DELETE FROM audit WHERE at < %s"
OLDEST = "SELECT min(received) FROM (SELECT received FROM log ORDER BY seq LIMIT 1) AS first"


class Run(msgspec.Struct, frozen=True):
    """What one run did about one class; times in microseconds since 1970 UTC, `cutoff` what it kept from then on.

    `finished` is None while it is under way; `error` says in a word why it did not end well.
    """

    kind: str
    cutoff: int
    removed: int
    started: int
    finished: int | None
    error: str


def hold(connection: Connection) -> bool:
    """Be the only run as long as this session lasts or until `release`; False where another is under way."""
    row = connection.execute(HOLD, (_RUN_LOCK,)).fetchone()
    return bool(row and row[0])


def release(connection: Connection) -> None:
    """Let another run begin."""
    connection.execute(RELEASE, (_RUN_LOCK,))


def begin(connection: Connection, kind: str, cutoff: int, now: int) -> int:
    """Record that a run begins with a class; returns its id."""
    row = connection.execute(BEGIN, (kind, cutoff, now)).fetchone()
    assert row is not None
    return int(row[0])


def finish(connection: Connection, id: int, now: int, error: str = "", removed: int = 0) -> None:
    """Record the end, and what was removed beside what was credited before."""
    connection.execute(FINISH, (now, error, removed, id))


def end_broken(connection: Connection, now: int) -> None:
    """Say of the runs that were killed that they were; to be called by whoever holds the lock."""
    connection.execute(BROKEN_OFF, (now,))


def credit(connection: Connection, id: int, removed: int, place: int) -> None:
    """Count what was removed for a run, up to a place of the log, in the transaction that removes it."""
    connection.execute(CREDIT, (removed, place, id))


def place_of(connection: Connection, kind: str) -> int:
    """Up to which place of the log a class was dealt with."""
    row = connection.execute(PLACE, (kind,)).fetchone()
    return int(row[0]) if row else 0


def runs(connection: Connection, most: int) -> list[Run]:
    """The newest entries, newest first."""
    return [Run(*row) for row in connection.execute(RUNS, (most,))]


def last_good(connection: Connection) -> dict[str, int]:
    """When each class was last dealt with, in microseconds; classes that never were are left out."""
    return {str(kind): int(finished) for kind, finished in connection.execute(LAST_GOOD)}


def oldest(connection: Connection) -> int | None:
    """When the first row of the log was received; None where there is none."""
    row = connection.execute(OLDEST).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def old_rows(connection: Connection, after: int, cutoff: int) -> list[tuple[int, int]]:
    """The (seq, items) of rows behind a place that were received before the cut-off, up to the first that was not."""
    return [(int(seq), int(n)) for seq, n in connection.execute(OLD_ROWS, (after, after, cutoff))]


def rows_of(connection: Connection, seqs: Sequence[int], many: int = 50) -> Iterator[log.Row]:
    """These rows of the log, in order, a bounded number at a time."""
    for start in range(0, len(seqs), many):
        with connection.cursor(binary=True) as cursor:
            rows = cursor.execute(ROWS, (list(seqs[start : start + many]),)).fetchall()
        for seq, n, body in rows:
            yield log.unpack(seq, n, body)


def rejected_places(connection: Connection, after: int, until: int) -> dict[int, set[str]]:
    """The rejected items of a stretch of the log, by row; each is FRAME.INDEX."""
    found: dict[int, set[str]] = {}
    for seq, item in connection.execute(REJECTED_IN, (after, until)):
        found.setdefault(int(seq), set()).add(str(item))
    return found


def forget_rejected_of(connection: Connection, after: int, until: int) -> None:
    """Remove the rejected items of a stretch of the log."""
    connection.execute(FORGET_REJECTED_IN, (after, until))


def old_audit(connection: Connection, cutoff: int) -> int:
    """How many entries of the audit log are older."""
    row = connection.execute(OLD_AUDIT, (cutoff,)).fetchone()
    return int(row[0]) if row else 0


def forget_audit(connection: Connection, cutoff: int) -> int:
    """Remove them; returns how many."""
    return connection.execute(FORGET_AUDIT, (cutoff,)).rowcount


def removed_by(connection: Connection, id: int) -> int:
    """How much an entry counts as removed."""
    row = connection.execute("SELECT removed FROM retention_runs WHERE id = %s", (id,)).fetchone()
    return int(row[0]) if row else 0
