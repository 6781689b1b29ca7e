"""The append-only log: rows of frames, compressed, in the order in which they were committed."""

from collections.abc import Iterable, Sequence

import msgspec
import zstandard

from regulars.model.frame import Frame
from regulars.storage.database import Connection

CHANNEL = "regulars_log"
"""Where an append is notified, so that the pipeline wakes."""

_APPEND_LOCK = 7_205_002

LOCK = "SELECT pg_advisory_xact_lock(%s)"
INSERT = "INSERT INTO log (received, n, body) VALUES (%s, %s, %s)"
NOTIFY = f"SELECT pg_notify('{CHANNEL}', '')"

READ = """
SELECT seq, n, body FROM (
    SELECT seq, n, body, sum(n) OVER (ORDER BY seq) - n AS before FROM log WHERE seq > %s ORDER BY seq LIMIT 4096
) AS ahead WHERE before < %s ORDER BY seq
"""

ONE = "SELECT seq, n, body FROM log WHERE seq = %s"

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Frame])


class Row(msgspec.Struct, frozen=True):
    """One row of the log: its place, and the frames in it."""

    seq: int
    n: int
    frames: list[Frame]


def pack(frames: Sequence[Frame]) -> tuple[int, int, bytes]:
    """The columns (received, n, body) of one row for these frames."""
    body = zstandard.ZstdCompressor(level=1).compress(_encoder.encode(frames))
    return frames[0].received, sum(frame.items for frame in frames), body


def unpack(seq: int, n: int, body: bytes) -> Row:
    """A row as it was read."""
    return Row(seq, n, _decoder.decode(zstandard.ZstdDecompressor().decompress(body)))


def append(connection: Connection, rows: Iterable[Sequence[Frame]]) -> None:
    """Append rows durably, in one transaction.

    The lock is held until the commit is visible, so rows are numbered in the order of their commits and a reader
    that goes by `seq` never skips one that commits late (docs/decisions/0002-log.md).
    """
    packed = [pack(frames) for frames in rows if frames]
    with connection.transaction(), connection.pipeline():
        connection.execute(LOCK, (_APPEND_LOCK,))
        for row in packed:
            connection.execute(INSERT, row)
        connection.execute(NOTIFY)


def append_lock() -> int:
    """The key of the advisory lock under which rows are appended."""
    return _APPEND_LOCK


def read(connection: Connection, after: int, events: int) -> list[Row]:
    """The rows after a place, as many as hold about this many events, one at least where there is any."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(READ, (after, events))
        return [unpack(seq, n, body) for seq, n, body in cursor]


def row(connection: Connection, seq: int) -> Row:
    """The row at a place of the log."""
    found = connection.cursor(binary=True).execute(ONE, (seq,)).fetchone()
    if found is None:
        raise LookupError(f"the log has no row {seq}")
    return unpack(*found)


def last(connection: Connection) -> int:
    """The place of the last row; 0 where the log is empty."""
    row = connection.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()
    return int(row[0]) if row else 0
