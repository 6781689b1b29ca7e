"""How much of what comes in is of somebody known: counted where that is little, else on an even sample of it.

A *person* is known by more than a cookie or a device. A *visit* begins with what a browser or an app sends after half
an hour of silence; a *till sale* is an order completed in a store, and who named it later, such as by claiming its
receipt, is whose it is.
"""

from collections.abc import Iterable
from itertools import pairwise
from random import Random
from typing import Any

import msgspec
import psycopg

from regulars.storage.today import channel

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

SAMPLE = 3_000
"""So many events are looked at, however many there are: the share of them is then right to two points in a hundred."""
SILENCE = 30 * 60 * 1_000_000

NEWEST_ID = "SELECT coalesce(max(id), 0) FROM events"
FIRST_FROM = "SELECT id, received FROM events WHERE id >= %s ORDER BY id LIMIT 1"
LOOK = """
SELECT e.kind, e.name, e.body,
    CASE WHEN b.customer IS NULL AND e.kind = 'track' AND e.name = 'Order Completed' THEN (
        SELECT c.customer FROM orders mine JOIN orders told USING (space, order_id)
        JOIN bundles c ON c.key = told.bundle
        WHERE mine.bundle = e.bundle AND c.customer IS NOT NULL AND c.trust >= b.trust
        ORDER BY c.trust DESC, c.key LIMIT 1
    ) ELSE b.customer END,
    EXISTS (SELECT FROM events p WHERE p.bundle = e.bundle AND p.time < e.time AND p.time >= e.time - %s)
FROM unnest(%s::bigint[]) AS chosen (id) JOIN events e ON e.id = chosen.id LEFT JOIN bundles b ON b.key = e.bundle
WHERE e.received >= %s
"""
PERSONS = """
SELECT c.id FROM unnest(%s::bytea[]) AS c (id)
WHERE EXISTS (SELECT FROM identifiers i WHERE i.customer = c.id AND i.standing = 'person')
"""


class Tally(msgspec.Struct):
    """How many were of a known person, of how many."""

    known: int = 0
    all: int = 0

    def add(self, known: bool) -> None:
        """Count one more."""
        self.known += known
        self.all += 1

    @property
    def share(self) -> float | None:
        """The share of 1; None of nothing."""
        return self.known / self.all if self.all else None


class Recognised(msgspec.Struct):
    """The tallies of some time; `sampled` is whether they are of a sample."""

    events: Tally = msgspec.field(default_factory=Tally)
    visits: Tally = msgspec.field(default_factory=Tally)
    sales: Tally = msgspec.field(default_factory=Tally)
    sampled: bool = False


async def recognised_since(connection: Connection, received: int, besides: frozenset[str] = frozenset()) -> Recognised:
    """The tallies of what was received since a moment; events of the names `besides` are about nobody."""
    last = await _number(connection, NEWEST_ID)
    first = await _first_id(connection, received, last)
    found = Recognised(sampled=last - first >= SAMPLE)
    async with connection.cursor(binary=True) as cursor:
        ids = evenly(first, last, SAMPLE)
        rows = await (await cursor.execute(LOOK, (SILENCE, ids, received))).fetchall()
    known = await persons(connection, {row[3] for row in rows if row[3] is not None})
    for kind, name, body, customer, within in rows:
        if name in besides and customer is None:
            continue
        is_known, by = customer in known, channel(kind, body)
        found.events.add(is_known)
        if by in ("web", "app") and not within:
            found.visits.add(is_known)
        if by == "store" and name == "Order Completed":
            found.sales.add(is_known)
    return found


async def persons(connection: Connection, customers: Iterable[bytes]) -> set[bytes]:
    """Those of these customers who are known by more than a cookie or a device."""
    rows = await connection.cursor(binary=True).execute(PERSONS, (list(customers),))
    return {row[0] for row in await rows.fetchall()}


def evenly(first: int, last: int, most: int) -> list[int]:
    """All numbers from first to last, or where they are more than `most`, one by chance out of each equal part."""
    count = last - first + 1
    if count <= most:
        return list(range(first, last + 1))
    chance = Random(first)
    bounds = [first + count * n // most for n in range(most + 1)]
    return [chance.randrange(begin, end) for begin, end in pairwise(bounds)]


async def _first_id(connection: Connection, received: int, last: int) -> int:
    """The id from which on events were received since a moment: ids are given in the order of the log."""
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        row = await (await connection.execute(FIRST_FROM, (middle,))).fetchone()
        if row is None or row[1] >= received:
            high = middle
        else:
            low = row[0] + 1
    return low


async def _number(connection: Connection, query: str) -> int:
    row = await (await connection.execute(query.encode())).fetchone()
    return int(row[0]) if row else 0
