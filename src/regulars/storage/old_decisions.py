"""Decisions that were kept long enough, and all that hangs on them: deliveries, contacts, opens and clicks."""

from typing import Final

from regulars.storage import retention
from regulars.storage.binary import byteas
from regulars.storage.database import Connection

PIECE: Final = 5_000
"""Decisions removed in one transaction."""

# What is not over yet stays: what waits or is on its way, what happened lately to an old one, campaigns under way.
_OLD: Final = """
FROM decisions d
WHERE d.at < %(cutoff)s AND (d.kind = 'slot') = %(slots)s
    AND NOT EXISTS (SELECT FROM outbox o WHERE o.decision = d.id
        AND (o.state NOT IN ('sent', 'stopped', 'failed') OR o.changed >= %(cutoff)s))
    AND NOT EXISTS (SELECT FROM contacts c WHERE c.decision = d.id AND c.at >= %(cutoff)s)
    AND NOT EXISTS (SELECT FROM campaigns c
        WHERE c.name = d.name AND d.kind = 'campaign' AND c.state NOT IN ('done', 'ended'))
"""
COUNT: Final = f"SELECT count(*) {_OLD}"
IDS: Final = f"SELECT d.id {_OLD}"
FORGET: Final = (
    "DELETE FROM touches WHERE decision = ANY(%b::bytea[])",
    "DELETE FROM inbound WHERE decision = ANY(%b::bytea[])",
    "DELETE FROM contacts WHERE decision = ANY(%b::bytea[])",
    "DELETE FROM outbox WHERE decision = ANY(%b::bytea[])",
    "DELETE FROM decisions WHERE id = ANY(%b::bytea[])",
)
"""The decision goes last, so that what hangs on it can still be told by it."""


def count(connection: Connection, slots: bool, cutoff: int) -> int:
    """How many decisions of before the cut-off (microseconds since 1970 UTC) would go; those on the site, or others."""
    row = connection.execute(COUNT, {"cutoff": cutoff, "slots": slots}).fetchone()
    return int(row[0]) if row else 0


def forget(connection: Connection, slots: bool, cutoff: int, run: int) -> int:
    """Remove them a piece at a time, each credited to a run of retention in its transaction; returns 0 for the rest.

    Whoever is killed in the middle leaves whole decisions, and the next run finds them.
    """
    with connection.cursor("old_decisions", binary=True, withhold=True) as found:
        found.execute(IDS.encode(), {"cutoff": cutoff, "slots": slots})
        while rows := found.fetchmany(PIECE):
            ids = byteas(row[0] for row in rows)
            with connection.transaction():
                removed = [connection.execute(each, (ids,)).rowcount for each in FORGET]
                retention.credit(connection, run, removed[-1], 0)
    return 0
