"""How the process that acts stands: whether it lives, when it looked last, what is late."""

from typing import Any, Final

import msgspec
import psycopg

from regulars.storage.database import Connection
from regulars.storage.leadership import ACTING_LOCK

NAME: Final = "regulars "
"""The parts of the process are known in `pg_stat_activity` by this and their name."""
JOURNEYS: Final = "journeys"
CAMPAIGNS: Final = "campaigns"
OUTBOX: Final = "outbox"
PARTS: Final = (JOURNEYS, CAMPAIGNS, OUTBOX)

_SET_NAME = "SELECT set_config('application_name', %s, false)"

_ACTING = f"""
SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = {ACTING_LOCK}
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
),
ARRAY(SELECT DISTINCT application_name FROM pg_stat_activity
    WHERE application_name = ANY(%(names)s) AND datname = current_database()),
coalesce((SELECT (extract(epoch FROM max(query_start)) * 1000000)::bigint FROM pg_stat_activity
    WHERE application_name = ANY(%(names)s) AND datname = current_database()), 0),
(SELECT count(*) FROM outbox WHERE state = 'waiting'),
due.n, due.oldest, coalesce(due.why, ''),
(SELECT count(*) FROM outbox WHERE state = 'sending'),
timers.n, timers.oldest
FROM (
    SELECT count(*) AS n, coalesce(min(not_before), 0) AS oldest, mode() WITHIN GROUP (ORDER BY nullif(why, '')) AS why
    FROM outbox WHERE state = 'waiting' AND not_before <= %(now)s
) AS due
CROSS JOIN (
    SELECT count(*) AS n, coalesce(min(wake), 0) AS oldest FROM (
        SELECT wake FROM journey_entries JOIN journey_switches ON name = journey AND running WHERE wake <= %(now)s
        UNION ALL
        SELECT wake FROM campaign_waiting JOIN campaigns ON name = campaign AND state = 'running' WHERE wake <= %(now)s
    ) AS waking
) AS timers
"""

_HANDED_OVER = "SELECT coalesce(max(changed), 0) FROM outbox WHERE state IN ('sent', 'failed')"


class ActingState(msgspec.Struct, frozen=True):
    """How it stands at a moment; times in microseconds since 1970 UTC, 0 for never.

    `led` is whether a process acts, `absent` are those of its parts that have no connection, `looked` when one of them
    last asked the database. Of the outbox `waiting` rows wait, `due` of them since `due_since` at the latest, put off
    mostly for `why` (''), and `sending` are on their way. `timers` of journeys and campaigns have passed, the oldest at
    `timers_since`.
    """

    led: bool
    absent: tuple[str, ...]
    looked: int
    waiting: int
    due: int
    due_since: int
    why: str
    sending: int
    timers: int
    timers_since: int

    @property
    def late_since(self) -> int:
        """Since when something is to be done; 0 where nothing is."""
        return min((each for each in (self.due_since, self.timers_since) if each), default=0)


def set_name(connection: Connection, part: str) -> None:
    """Let a connection be known as one of the `PARTS`."""
    connection.execute(_SET_NAME, (NAME + part,))


def acting_state(connection: Connection, now: int) -> ActingState:
    """How it stands."""
    row = connection.execute(_ACTING.encode(), _values(now)).fetchone()
    assert row is not None
    return _state(row)


async def read_acting_state(connection: psycopg.AsyncConnection[tuple[Any, ...]], now: int) -> ActingState:
    """How it stands, for a page."""
    row = await (await connection.execute(_ACTING.encode(), _values(now))).fetchone()
    assert row is not None
    return _state(row)


def handed_over(connection: Connection) -> int:
    """When a message was last handed over or given up, in microseconds; 0 for never."""
    row = connection.execute(_HANDED_OVER).fetchone()
    assert row is not None
    return int(row[0])


def _values(now: int) -> dict[str, object]:
    return {"now": now, "names": [NAME + each for each in PARTS]}


def _state(row: tuple[Any, ...]) -> ActingState:
    led, names, *figures = row
    return ActingState(led, tuple(each for each in PARTS if led and NAME + each not in names), *figures)
