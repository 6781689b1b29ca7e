"""Anonymous visitors who have stayed away, as SQL finds them and takes them out."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from regulars.model.identifier import Identifier
from regulars.storage.database import Connection

ANONYMOUS = ("anonymous_id", "device_id")
"""The types of identifier that say nothing of who somebody is."""

# Only who is closed in herself: nobody else's bundle holds an identifier of hers, and none of hers one of somebody
# else's. So what is evidence for others does not change when she goes.
VISITORS = """
WITH quiet AS (
    SELECT b.customer FROM bundles b JOIN evidence e ON e.bundle = b.key
    WHERE b.customer IS NOT NULL AND (%(only)s::bytea[] IS NULL OR b.customer = ANY(%(only)s))
    GROUP BY b.customer HAVING bool_and(b.trust = 0) AND max(e.last) < %(cutoff)s
)
SELECT q.customer FROM quiet q
WHERE EXISTS (SELECT FROM identifiers i WHERE i.customer = q.customer)
AND NOT EXISTS (
    SELECT FROM identifiers i WHERE i.customer = q.customer AND (
        i.type <> ALL(%(types)s)
        OR EXISTS (SELECT FROM links l WHERE l.a = i.key OR l.b = i.key)
        OR EXISTS (
            SELECT FROM members m JOIN bundles o ON o.key = m.bundle
            WHERE m.identifier = i.key AND o.customer IS DISTINCT FROM q.customer
        )
    )
)
AND NOT EXISTS (
    SELECT FROM bundles b WHERE b.customer = q.customer AND (
        EXISTS (SELECT FROM events e WHERE e.bundle = b.key AND e.received >= %(cutoff)s)
        OR EXISTS (SELECT FROM orders o WHERE o.bundle = b.key)
        OR EXISTS (SELECT FROM refunds r WHERE r.bundle = b.key)
        OR EXISTS (SELECT FROM consents c WHERE c.bundle = b.key)
        OR EXISTS (
            SELECT FROM unnest(b.members) AS m (key) LEFT JOIN identifiers i ON i.key = m.key
            WHERE i.customer IS DISTINCT FROM q.customer
        )
    )
)
ORDER BY q.customer LIMIT %(most)s
"""
BUNDLES = "SELECT key FROM bundles WHERE customer = ANY(%s) ORDER BY key"
MEMBERS = """
SELECT DISTINCT i.key, i.type, i.space, i.value FROM members m JOIN identifiers i ON i.key = m.identifier
WHERE m.bundle = ANY(%b)
"""
RECEIVED = "SELECT DISTINCT received FROM events WHERE bundle = ANY(%s)"
EVENTS = "SELECT count(*) FROM events WHERE bundle = ANY(%s)"


class Visitors(msgspec.Struct, frozen=True):
    """Some visitors: their customer ids, and the keyed names of their bundles."""

    customers: tuple[bytes, ...]
    bundles: tuple[bytes, ...]


def visitors(connection: Connection, cutoff: int, most: int, only: Iterable[bytes] | None = None) -> Visitors:
    """Those of whom nothing was received since the cut-off and who left no order, refund or word of consent."""
    wanted = None if only is None else list(only)
    values = {"cutoff": cutoff, "types": list(ANONYMOUS), "most": most, "only": wanted}
    customers = tuple(bytes(row[0]) for row in connection.execute(VISITORS, values))
    bundles = tuple(bytes(row[0]) for row in connection.execute(BUNDLES, (list(customers),)))
    return Visitors(customers, bundles)


def members_of(connection: Connection, bundles: Sequence[bytes]) -> Mapping[bytes, Identifier]:
    """The identifiers in these bundles, by keyed name."""
    rows = connection.cursor(binary=True).execute(MEMBERS, (list(bundles),)).fetchall()
    return {key: Identifier(type_, space, value) for key, type_, space, value in rows}


def received_of(connection: Connection, bundles: Sequence[bytes]) -> set[int]:
    """When the frames were received that these bundles' events came in."""
    return {int(row[0]) for row in connection.execute(RECEIVED, (list(bundles),))}


def events_in(connection: Connection, bundles: Sequence[bytes]) -> int:
    """How many events these bundles have."""
    row = connection.execute(EVENTS, (list(bundles),)).fetchone()
    return int(row[0]) if row else 0


def forget_issued(connection: Connection, customers: Sequence[bytes]) -> None:
    """Forget that these ids were given."""
    connection.execute("DELETE FROM issued_ids WHERE customer = ANY(%s)", (list(customers),))
