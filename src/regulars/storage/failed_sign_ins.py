"""How often signing in failed, by keyed hashes of who tried: after some failures in a row one has to wait."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from regulars.storage.users import Connection

LONGEST_SECONDS = 900
FORGOTTEN_SECONDS = 24 * 3600

LOCK = "SELECT pg_advisory_xact_lock(('x' || encode(substring(%s::bytea FROM 1 FOR 8), 'hex'))::bit(64)::bigint)"
WAITS = "SELECT key, failures, last FROM failed_sign_ins WHERE key = ANY(%s)"
COUNT = """
INSERT INTO failed_sign_ins AS f (key, failures, last) SELECT key, 1, %s FROM unnest(%s::bytea[]) AS t (key)
ON CONFLICT (key) DO UPDATE SET failures = f.failures + 1, last = excluded.last
"""
TAKE_BACK = "UPDATE failed_sign_ins SET failures = failures - 1 WHERE key = ANY(%s) AND failures > 0"
CLEAR = "DELETE FROM failed_sign_ins WHERE key = ANY(%s) OR last < %s"


class Limit(NamedTuple):
    """One thing that is counted: its keyed hash, how many failures are free, and the longest wait in seconds."""

    key: bytes
    free: int
    longest: int = LONGEST_SECONDS


async def begin_try(connection: Connection, limits: Sequence[Limit]) -> int:
    """Count a try as failed before it is made, so that many at once are counted too; in a transaction of its own.

    Returns the seconds that one has to wait first: then nothing was counted, and the try must not be made. The wait is
    twice as long after each failure beyond the free ones.
    """
    keys = sorted(limit.key for limit in limits)
    for key in keys:
        await connection.execute(LOCK, (key,))
    wait = await _seconds(connection, limits)
    if not wait:
        await connection.execute(COUNT, (time.time_ns() // 1000, keys))
    return wait


async def succeeded(connection: Connection, cleared: Sequence[Limit], one_less: Sequence[Limit]) -> None:
    """A try was no failure: forget all failures of the first, take back that of the others; and what is a day old."""
    await connection.execute(TAKE_BACK, ([limit.key for limit in one_less],))
    old = time.time_ns() // 1000 - FORGOTTEN_SECONDS * 1_000_000
    await connection.execute(CLEAR, ([limit.key for limit in cleared], old))


async def _seconds(connection: Connection, limits: Sequence[Limit]) -> int:
    now = time.time()
    rows = await (await connection.execute(WAITS, ([limit.key for limit in limits],))).fetchall()
    of = {limit.key: limit for limit in limits}
    waits = [0.0]
    for key, failures, last in rows:
        beyond = failures - of[key].free
        if beyond >= 0:
            waits.append(last / 1e6 + min(of[key].longest, 2 ** min(beyond, 20)) - now)
    return max(0, int(max(waits) + 0.999))
