"""The fold of the catalogue: what a batch's events say of the shop's own things, merged into the tables."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from regulars.catalogue import queries
from regulars.catalogue.refer import refs_of, search_words
from regulars.catalogue.registers import Registers, decode, encode, merged, registers_of
from regulars.catalogue.seen import NOTHING_KNOWN, Mention, Sightings
from regulars.model.catalogue import CatalogueWords, Rank
from regulars.storage.database import Connection

ThingKey = tuple[str, str, str]
Row = tuple[Any, ...]


class Shelf:
    """What one batch adds; gather with `add` and `see`, then `write`."""

    def __init__(self, known: Mapping[str, Mention] = NOTHING_KNOWN) -> None:
        """`known` as for `seen.Sightings`."""
        self._things: dict[ThingKey, Registers] = {}
        self._amounts: dict[Row, tuple[Rank, bool, int]] = {}
        self._stock: dict[Row, tuple[Rank, bool, Any]] = {}
        self._sightings = Sightings(known)
        self.see = self._sightings.see

    def add(self, words: CatalogueWords) -> None:
        """Take what one accepted event says of the shop's own things."""
        rank = words.rank
        for thing in words.things:
            key = (thing.kind, thing.id, thing.part)
            said = registers_of(thing.fields, rank)
            known = self._things.get(key)
            self._things[key] = said if known is None else merged(known, said)
        for amount in words.amounts:
            place = (amount.product, amount.variant, amount.kind, amount.currency, amount.valid_from)
            _keep_larger(self._amounts, place, (rank, amount.minor is not None, amount.minor or 0))
        for each in words.stock:
            row = (each.product, each.variant, each.store)
            _keep_larger(self._stock, row, (rank, each.quantity is not None, each.quantity or Decimal(0)))

    @property
    def mentions(self) -> dict[str, Mention]:
        """The mentions gathered."""
        return self._sightings.mentions

    def write(self, connection: Connection) -> None:
        """Merge everything gathered into the tables, each table in one statement."""
        self._write_things(connection)
        put(connection, queries.PUT_AMOUNTS, _ranked(self._amounts), 11)
        put(connection, queries.PUT_STOCK, _ranked(self._stock), 9)
        self._sightings.write(connection)

    def _write_things(self, connection: Connection) -> None:
        if not self._things:
            return
        cursor = connection.cursor(binary=True)
        cursor.execute(queries.GET_THINGS, columns(list(self._things), 3))
        for kind, id, part, body in cursor:
            self._things[kind, id, part] = merged(decode(body), self._things[kind, id, part])
        rows = [
            (*key, search_words(key, registers), "\x1f".join(refs_of(key, registers)), encode(registers))
            for key, registers in sorted(self._things.items())
        ]
        put(connection, queries.PUT_THINGS, rows, 6)


def put(connection: Connection, query: str, rows: Sequence[Row], width: int) -> None:
    """Run a statement over rows, given to it column by column, if there are any."""
    if rows:
        connection.execute(query, columns(rows, width))


def columns(rows: Iterable[Row], width: int) -> list[list[object]]:
    """Rows as columns, for `unnest`."""
    found = list(rows)
    return [[row[i] for row in found] for i in range(width)]


def _keep_larger(rows: dict[Row, tuple[Rank, bool, Any]], key: Row, said: tuple[Rank, bool, Any]) -> None:
    known = rows.get(key)
    if known is None or said > known:
        rows[key] = said


def _ranked(rows: dict[Row, tuple[Rank, bool, Any]]) -> list[Row]:
    return [
        (*key, value if stated else None, rank.precedence, rank.time, rank.message_id, rank.source, rank.simulated)
        for key, (rank, stated, value) in sorted(rows.items(), key=lambda each: each[0])
    ]
