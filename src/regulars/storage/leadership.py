"""Who leads: a session's advisory lock, so that a leader who dies is followed at once."""

import psycopg

from regulars.storage.database import Connection

LEADER_LOCK = 7_205_003
"""The key of the advisory lock that the leader holds; the parameter of `HELD`."""

ACTING_LOCK = 7_205_032
"""The key of the lock that the process holds which acts: journeys, campaigns, the outbox."""

HELD = """
SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = %s
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""


# A session that waits holds a snapshot, and no row that died since can be cleaned up: so it waits anew each minute.
_WAIT = "SET LOCAL lock_timeout = '60s'"


def lead(connection: Connection, key: int = LEADER_LOCK) -> None:
    """Returns once this session leads what the lock of this key stands for; until then it stands by."""
    while True:
        try:
            with connection.transaction():
                connection.execute(_WAIT)
                connection.execute("SELECT pg_advisory_lock(%s)", (key,))
            return
        except psycopg.errors.LockNotAvailable:
            continue


def led(connection: Connection) -> bool:
    """Whether any session leads now."""
    row = connection.execute(HELD, (LEADER_LOCK,)).fetchone()
    return bool(row and row[0])
