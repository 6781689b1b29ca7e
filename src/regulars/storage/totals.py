"""What the pipeline has done since its tables were made, kept in one row, and how far it is behind the log."""

from collections.abc import Mapping
from typing import Any

import msgspec
import psycopg

from regulars.storage.database import Connection
from regulars.storage.leadership import HELD, LEADER_LOCK

_READ = "SELECT body FROM totals"
_WRITE = "INSERT INTO totals (one, body) VALUES (true, %s) ON CONFLICT (one) DO UPDATE SET body = excluded.body"

_STATE = f"""
SELECT coalesce((SELECT max(seq) FROM log), 0), reached.seq, ahead.n, ahead.items, ahead.oldest,
    coalesce((SELECT body FROM totals), ''), ({HELD}),
    (SELECT CASE WHEN place < reached.seq THEN as_of ELSE 0 END FROM lake_state)
FROM (SELECT coalesce((SELECT seq FROM cursor), 0) AS seq) AS reached
CROSS JOIN LATERAL (
    SELECT count(*) AS n, coalesce(sum(n), 0)::bigint AS items, coalesce(min(received), 0) AS oldest
    FROM log WHERE log.seq > reached.seq
) AS ahead
"""


class Totals(msgspec.Struct, frozen=True):
    """Counts of everything committed: batches, events accepted, items rejected by reason, seconds by step."""

    batches: int = 0
    accepted: int = 0
    rejected: dict[str, int] = {}
    seconds: dict[str, float] = {}

    def plus(self, accepted: int, rejected: Mapping[str, int], seconds: Mapping[str, float]) -> "Totals":
        """These totals with one batch more."""
        reasons = {name: self.rejected.get(name, 0) + n for name, n in rejected.items()}
        steps = {name: self.seconds.get(name, 0.0) + each for name, each in seconds.items()}
        return Totals(self.batches + 1, self.accepted + accepted, self.rejected | reasons, self.seconds | steps)


class State(msgspec.Struct, frozen=True):
    """The log and the pipeline as a look at the database finds them.

    `last` is the place of the log's last row, `place` where the cursor stands; behind are `rows` holding `items`, the
    oldest received at `oldest`, in microseconds since 1970 UTC (0 where there is none). `lake` is of when the lake is
    that is behind the pipeline, 0 where it is not, None where there is none.
    """

    last: int
    place: int
    rows: int
    items: int
    oldest: int
    totals: Totals
    led: bool
    lake: int | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Totals).decode


def read_totals(connection: Connection) -> Totals:
    """The totals as the last batch left them."""
    row = connection.execute(_READ).fetchone()
    return _decode(row[0]) if row else Totals()


def write_totals(connection: Connection, totals: Totals) -> None:
    """Keep the totals; in the transaction of the batch that they end with."""
    connection.execute(_WRITE, (_encode(totals).decode(),))


async def read_state(connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> State:
    """How it stands now, in one query."""
    row = await (await connection.execute(_STATE, (LEADER_LOCK,))).fetchone()
    assert row is not None
    last, place, rows, items, oldest, body, led, lake = row
    return State(last, place, rows, items, oldest, _decode(body) if body else Totals(), led, lake)
