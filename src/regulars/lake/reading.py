"""PostgreSQL read for the lake: one snapshot at a time, rows in a stream, memory bounded."""

import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import msgspec
import psycopg

from regulars.lake import queries
from regulars.storage.awaited import awaited, finish
from regulars.storage.binary import byteas, texts
from regulars.storage.database import Connection
from regulars.storage.shadow import unswapped

T = TypeVar("T")

FETCH: Final = 2_000
"""Rows held at a time."""

GROUPS: Final = {
    "facts": ("events", "bundles", "fragments", "identifiers", "members", "orders", "refunds", "consents"),
    "things": ("catalogue", "amounts", "stock", "seen_products"),
}
"""The tables that each part of the lake is made from."""


class Now(msgspec.Struct, frozen=True):
    """Where PostgreSQL is in this snapshot.

    `place` in the log, the newest event and the newest note about the past, the oldest transaction that may yet
    commit, the clock in microseconds since 1970 UTC, where its own journal is, and which tables each group has.
    """

    place: int
    event: int
    retold: int
    transaction: int
    clock: int
    journal: str
    tables: dict[str, int]


class Reader:
    """Reads within one snapshot of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._number = 0
        place, event, retold, transaction, clock, journal = self.one(queries.NOW)
        self.now = Now(place, event, retold, transaction, clock, journal, which_tables(connection))

    def one(self, query: str, *values: object) -> tuple[Any, ...]:
        """The only row of a query."""
        row = self._connection.cursor(binary=True).execute(query.encode(), values).fetchone()
        assert row is not None
        return row

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query that gives few."""
        return self._connection.cursor(binary=True).execute(query.encode(), values).fetchall()

    def parts(self, query: str, *values: object) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a query that may give many, some at a time."""
        self._number += 1
        with self._connection.cursor(f"lake_{self._number}", binary=True) as cursor:
            cursor.execute(query.encode(), values)
            while rows := cursor.fetchmany(FETCH):
                yield rows

    def run(self, read: Callable[..., Coroutine[Any, Any, T]], *values: object) -> T:
        """What a reader of another room gives, such as `catalogue.reader.products`."""
        return finish(read(awaited(self._connection), *values))

    def of(self, query: str, keys: Iterable[bytes]) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a query about some keys, for some keys at a time."""
        for part in chunks(keys):
            yield self.all(query, byteas(part))

    def of_both(self, query: str, keys: Iterable[bytes]) -> Iterator[list[tuple[Any, ...]]]:
        """As `of`, of a query that asks for the keys in two places."""
        for part in chunks(keys):
            yield self.all(query, byteas(part), byteas(part))

    def orders(self, keys: Iterable[tuple[str, str]]) -> Iterator[tuple[list[Any], list[Any]]]:
        """All reports and all refunds of some orders, by (space, order id), for some at a time."""
        for part in chunks(keys):
            named = texts(space for space, _ in part), texts(id for _, id in part)
            yield self.all(queries.REPORTS_OF, *named), self.all(queries.REFUNDS_OF, *named)


def which_tables(connection: Connection) -> dict[str, int]:
    """For each group a number that changes when a rebuild puts other tables in the places of any of its own."""
    names = sorted({name for tables in GROUPS.values() for name in tables})
    found: dict[str, int] = dict(connection.execute(queries.TABLES, (names,)).fetchall())
    return {group: sum(found[name] * (n + 1) for n, name in enumerate(tables)) for group, tables in GROUPS.items()}


def which_database(connection: Connection) -> int:
    """A number that tells this database of this server from any other, as far as the server says which it is."""
    try:
        row = connection.execute(queries.SERVER).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        row = connection.execute(queries.DATABASE).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def snapshot(connection: Connection) -> Iterator[Reader]:
    """All of PostgreSQL as of one moment, between two swaps of a rebuild."""
    with unswapped(connection), connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield Reader(connection)


def wait_until_durable(connection: Connection, now: Now) -> None:
    """Return once PostgreSQL, if it crashed, would come back with all that a snapshot showed.

    The pipeline's commits do not wait for the disk; what is lost of them it does again, and differently.
    """
    while connection.execute(queries.IS_DURABLE, (now.journal,)).fetchone() != (True,):
        time.sleep(0.02)


def chunks(values: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """Values, some at a time."""
    part = []
    for value in values:
        part.append(value)
        if len(part) == FETCH:
            yield part
            part = []
    if part:
        yield part
