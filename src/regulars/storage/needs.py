"""What needs a person: counted for Home, in a few short questions."""

from typing import Any

import msgspec
import psycopg

from regulars.storage.imports import DONE, RUNNING, UNDOING, is_lock_of
from regulars.storage.inspection import COUNT_LEFT_OUT
from regulars.storage.retention import LAST_GOOD, OLDEST

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

DAY = 86_400 * 1_000_000
DUE = 2 * DAY
"""Retention that did not run for so long is overdue; it runs once a day."""
RECENT = 7 * DAY
"""An import that ended longer ago is no news."""

UNFINISHED = "SELECT id FROM imports WHERE state IN (%s, %s) ORDER BY started DESC LIMIT 100"
LOCKS = """
SELECT classid::bigint, objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
REFUSED_ROWS = "SELECT coalesce(sum(rejected), 0)::bigint FROM imports WHERE state = %s AND finished >= %s"
WITHOUT_PASSWORD = "SELECT count(*) FROM users WHERE ended IS NULL AND password = ''"


class Needs(msgspec.Struct, frozen=True):
    """How many of each: import runs that were interrupted, rows of the last days' imports that could not be read,
    identifiers that join nobody because too much hung together, users who never chose a password; and the classes of
    data that were not looked through in time.
    """

    interrupted: int
    refused_rows: int
    left_out: int
    without_password: int
    overdue: tuple[str, ...]


async def needs(connection: Connection, limited: tuple[str, ...], now: int) -> Needs:
    """What there is; `limited` are the classes of data that are kept for a limited time."""
    return Needs(
        await _interrupted(connection),
        await _number(connection, REFUSED_ROWS, DONE, now - RECENT),
        await _number(connection, COUNT_LEFT_OUT),
        await _number(connection, WITHOUT_PASSWORD),
        await _overdue(connection, limited, now),
    )


async def _interrupted(connection: Connection) -> int:
    """How many runs are under way by their word, while no process is at them."""
    runs = [row[0] for row in await (await connection.execute(UNFINISHED, (RUNNING, UNDOING))).fetchall()]
    if not runs:
        return 0
    locks = await (await connection.execute(LOCKS)).fetchall()
    return sum(not any(is_lock_of(run, *lock) for lock in locks) for run in runs)


async def _overdue(connection: Connection, limited: tuple[str, ...], now: int) -> tuple[str, ...]:
    oldest = await _number(connection, OLDEST)
    if not oldest or oldest > now - DUE:
        return ()
    last = {row[0]: row[1] for row in await (await connection.execute(LAST_GOOD)).fetchall()}
    return tuple(kind for kind in limited if last.get(kind, 0) < now - DUE)


async def _number(connection: Connection, query: str, *values: object) -> int:
    row = await (await connection.execute(query.encode(), values)).fetchone()
    return int(row[0] or 0) if row else 0
