"""Rows of the table of customers made anew where something of theirs changed: some at a time, when there is time."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import psycopg

from regulars.identity.rules import Rules
from regulars.model.consent import GIVEN, WITHDRAWN, ConsentWord
from regulars.model.parts import Erasure
from regulars.model.source import Trust
from regulars.profiles.listing import queries
from regulars.profiles.listing.glance import glance
from regulars.profiles.listing.row import ListedCustomer, Told, listed
from regulars.profiles.listing.words import name_words
from regulars.profiles.order_reader import orders_by_bundle
from regulars.profiles.queries import HOLDERS_OF
from regulars.storage import stale
from regulars.storage.awaited import awaited, finish
from regulars.storage.binary import byteas, texts
from regulars.storage.database import Connection
from regulars.storage.queries import copy_rows

ROWS = 200
"""So many rows of what batches noted are taken up at once."""
CUSTOMERS = 500
"""So many customers' rows are made anew in one transaction."""
UNFIT = (psycopg.DataError, psycopg.errors.ProgramLimitExceeded, UnicodeError, OverflowError)
"""What a value raises that PostgreSQL cannot hold or index."""

MANY = 5_000
"""After so many the planner is told of them."""


class Refresher:
    """Makes rows anew; whoever uses it leads, or alone has these tables."""

    def __init__(self, connection: Connection, rules: Rules, currency: str) -> None:
        self._connection = connection
        self._rules = rules
        self._currency = currency
        self._made = 0

    def step(self) -> int:
        """Take up some of what was noted, and make some customers' rows anew; returns how much was done, 0 for nothing.

        To be called within a transaction.
        """
        bundles, customers, orders = stale.take(self._connection, ROWS)
        if bundles or customers or orders:
            spread(self._connection, bundles, customers, orders)
        cursor = self._connection.cursor(binary=True)
        ids = [row[0] for row in cursor.execute(queries.TAKE, (CUSTOMERS,)).fetchall()]
        if ids:
            self._renew(ids)
        self._made += len(ids)
        if self._made >= MANY and not ids:
            self._connection.execute(queries.ANALYZE)
            self._made = 0
        return len(bundles) + len(customers) + len(orders) + len(ids)

    def run(self) -> None:
        """Do all there is, in transactions of its own."""
        done = 1
        while done:
            with self._connection.transaction():
                done = self.step()

    def _renew(self, ids: list[bytes]) -> None:
        """Make these rows anew; one that cannot be stored, which is found by halving, is left out."""
        try:
            with self._connection.transaction():
                told = gather(self._connection, ids)
                rows = [listed(id, each, self._rules, self._currency) for id, each in sorted(told.items())]
                _replace(self._connection, ids, rows)
        except UNFIT:
            if len(ids) == 1:
                _replace(self._connection, ids, [])
                return
            middle = len(ids) // 2
            self._renew(ids[:middle])
            self._renew(ids[middle:])


def spread(
    connection: Connection,
    bundles: Iterable[bytes],
    customers: Iterable[bytes] = (),
    orders: Iterable[tuple[str, str]] = (),
) -> None:
    """Note by name everybody whose row depends on these."""
    named = sorted(orders)
    values = (
        byteas(sorted(bundles)),
        texts(space for space, _ in named),
        texts(id for _, id in named),
        byteas(sorted(customers)),
    )
    connection.execute(queries.SPREAD, values)


def erase_rows(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove the rows that hold anything of the erased bundles, to be made anew of what is left; a part of an erasure.

    It comes before the parts that remove the bundles.
    """
    cursor = connection.cursor(binary=True)
    spread(connection, erasure.bundles, erasure.customers)
    holders = [row[1] for row in cursor.execute(HOLDERS_OF, (erasure.bundles,)) if row[1] is not None]
    ids = sorted({*holders, *erasure.customers})
    return {"customers": _replace(connection, ids, [])}


def gather(connection: Connection, ids: Sequence[bytes]) -> dict[bytes, Told]:
    """What is stored of these customers, as far as they exist."""
    cursor = connection.cursor(binary=True)
    told: dict[bytes, Told] = {}
    holder: dict[bytes, bytes] = {}
    for customer, bundle, body in cursor.execute(queries.BUNDLES_OF, (byteas(ids),)):
        each = told.setdefault(customer, Told())
        holder[bundle] = customer
        if body is not None:
            each.fragments.append(glance(body))
    for customer, *identifier in cursor.execute(queries.HELD_BY, (byteas(ids),)):
        type_, space, value, standing, server = identifier
        # Of an identifier alone, of which every event is somebody else's, there is nothing to list.
        if customer in told:
            told[customer].identifiers.append((type_, space, value, standing, server))
    for bundle, order in finish(orders_by_bundle(awaited(connection), list(holder))):
        told[holder[bundle]].orders.append(order)
    _add_consents(connection, told, holder)
    return told


def _add_consents(connection: Connection, told: dict[bytes, Told], holder: dict[bytes, bytes]) -> None:
    """Words spoken at their bundles, and those about their own addresses wherever they were spoken.

    Of the latter a consent *given* for all addresses is left out: it stands for its speaker's addresses.
    """
    row = connection.execute(queries.ANY_CONSENTS).fetchone()
    if not row or not row[0]:
        return
    cursor = connection.cursor(binary=True)
    for bundle, *word in cursor.execute(queries.CONSENTS_AT, (byteas(holder),)):
        told[holder[bundle]].consents.append(_word(word))
    owner = {(f"{i[0]}:{i[2]}", i[1]): id for id, each in told.items() for i in each.identifiers}
    named = list(owner)
    for bundle, *word in cursor.execute(
        queries.CONSENTS_ABOUT, (texts(a for a, _ in named), texts(s for _, s in named))
    ):
        spoken, id = _word(word), owner[word[2], word[3]]
        if holder.get(bundle) != id and (spoken.word == WITHDRAWN or not spoken.covers_all):
            told[id].consents.append(spoken)


def _word(row: Sequence[object]) -> ConsentWord:
    purpose, channel, address, space, covers_all, trust, time, withdrawn, message_id, source = row
    assert isinstance(trust, int) and isinstance(time, int)
    word = WITHDRAWN if withdrawn else GIVEN
    texts = (str(purpose), str(channel), str(address), str(space))
    return ConsentWord(*texts, bool(covers_all), word, Trust(trust), time, str(message_id), str(source))


def _replace(connection: Connection, ids: Sequence[bytes], rows: Sequence[ListedCustomer]) -> int:
    """Put these rows in the places of those of these customers; returns how many there were."""
    cursor = connection.cursor(binary=True)
    counts: Counter[str] = Counter()
    old = cursor.execute(queries.DELETE, (byteas(ids),)).fetchall()
    for (name,) in old:
        counts.subtract(name_words(name))
    for row in rows:
        counts.update(name_words(row.name))
    copy_rows(connection, queries.COPY, queries.COPY_TYPES, map(_columns, rows))
    changed = sorted((word, n) for word, n in counts.items() if n)
    if changed:
        cursor.execute(queries.ADD_WORDS, ([word for word, _ in changed], [n for _, n in changed]))
        cursor.execute(queries.DELETE_WORDS, ([word for word, n in changed if n < 0],))
    return len(old)


def _columns(row: ListedCustomer) -> list[object]:
    return [list(value) if isinstance(value, tuple) else value for value in msgspec.structs.astuple(row)]
