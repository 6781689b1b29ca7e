"""What words about who is who would change, by really resolving them in a transaction that is then taken back."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from regulars.identity import queries as identity_queries
from regulars.identity.evidence import Evidence
from regulars.identity.explain import Explanation, explain
from regulars.identity.links import LinkWord, put_links
from regulars.identity.resolve import Changes
from regulars.identity.rules import Rules
from regulars.model.money import Amount
from regulars.model.order import Order
from regulars.model.secret import Secret
from regulars.profiles.customer_orders import money_sums
from regulars.profiles.customer_view import ConsentView
from regulars.profiles.order_reader import OrderKey
from regulars.profiles.reader import read_customer
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection, DatabaseError
from regulars.storage.queries import CursorMoved, cursor_place, hold_cursor
from regulars.storage.shadow import hold_schema

T = TypeVar("T")
Owned = dict[OrderKey, tuple[str, Order]]
"""Whose each order is, by (space, order id)."""

MOST = 50
"""How many persons are shown; of the others only the number is told."""
TRIES = 100


class Person(msgspec.Struct, frozen=True):
    """A person as she is or would be. `orders` and `spend` as in her view; `consents` are the words that apply."""

    id: str
    kind: str
    name: str
    identifiers: tuple[str, ...]
    orders: int
    spend: tuple[Amount, ...]
    consents: tuple[ConsentView, ...]


class Moved(msgspec.Struct, frozen=True):
    """Orders that would go from one customer to another, and what was spent on them."""

    source: str
    target: str
    orders: int
    spend: tuple[Amount, ...]


class Preview(msgspec.Struct, frozen=True):
    """The persons concerned before and after, and what would move; `others` are so many persons more, not shown.

    `then` explains the two that the words are about, as they would stand.
    """

    before: tuple[Person, ...]
    after: tuple[Person, ...]
    moved: tuple[Moved, ...]
    others: int
    then: Explanation


class Resolving(msgspec.Struct, frozen=True):
    """What resolution goes by, and the name under which the cursor knows it."""

    rules: Rules
    secret: Secret
    rules_name: str


def preview(connection: Connection, by: Resolving, words: Sequence[LinkWord], ends: tuple[bytes, bytes]) -> Preview:
    """What these words, about the two identifiers of these keys, would change; nothing is written.

    The pipeline waits meanwhile. Raises DatabaseError where what is derived was made under other rules.
    """
    for _ in range(TRIES):
        try:
            with connection.transaction(force_rollback=True):
                hold_schema(connection)
                hold_cursor(connection, cursor_place(connection), by.rules_name)
                return _preview(connection, by, words, ends)
        except CursorMoved:
            continue
    raise DatabaseError("what is derived was made under other settings (run `regulars rebuild`), or changes too fast")


def _preview(connection: Connection, by: Resolving, words: Sequence[LinkWord], ends: tuple[bytes, bytes]) -> Preview:
    changes = _tried(connection, by, words, lambda changes: changes)
    meant = _holders(connection, ends)
    held = [*(customer for _, customer in changes.standings.values()), *changes.bundles.values()]
    new = {customer for customer in held if customer is not None}
    met = [*sorted(meant), *sorted((_holders(connection, changes.standings) | new) - meant)]
    shown = met[:MOST]
    before, owned = _persons(connection, shown)

    def look(_: Changes) -> tuple[tuple[Person, ...], Owned, Explanation]:
        graph = identity_queries.DatabaseGraph(connection, by.rules)
        return (*_persons(connection, shown), explain(graph, *ends, by.rules))

    after, owning, then = _tried(connection, by, words, look)
    return Preview(before, after, _moved(owned, owning), len(met) - len(shown), then)


def _tried(connection: Connection, by: Resolving, words: Sequence[LinkWord], look: Callable[[Changes], T]) -> T:
    """What `look` sees once the words are in force; they are taken back at once."""
    with connection.transaction(force_rollback=True):
        relinked = put_links(connection, list(words), by.secret)
        return look(Evidence(connection, by.rules, by.secret).resolve((), (), relinked))


def _holders(connection: Connection, keys: Iterable[bytes]) -> set[bytes]:
    cursor = connection.cursor(binary=True).execute(identity_queries.HOLDERS, (list(keys),))
    return {row[0] for row in cursor}


def _persons(connection: Connection, ids: list[bytes]) -> tuple[tuple[Person, ...], Owned]:
    """Those of these customers that there are, and the orders of each."""
    reading = awaited(connection)
    people: list[Person] = []
    owned: Owned = {}
    for id in ids:
        read = finish(read_customer(reading, id))
        if read is None:
            continue
        page = read.page
        known = tuple(f"{each.type}:{each.value}" for each in page.identifiers if not each.shared)
        name = str(page.name.value) if page.name else ""
        people.append(Person(page.id, page.kind, name, known, page.orders, page.spend, page.consents))
        owned.update({(each.order.space, each.order.order_id): (page.id, each.order) for each in read.orders})
    return tuple(people), owned


def _moved(before: Owned, after: Owned) -> tuple[Moved, ...]:
    ways: dict[tuple[str, str], list[Order]] = defaultdict(list)
    for key, (target, order) in after.items():
        source = before[key][0] if key in before else ""
        if source != target:
            ways[source, target].append(order)
    return tuple(
        Moved(source, target, len(orders), money_sums(orders, lambda order: order.spend))
        for (source, target), orders in sorted(ways.items())
    )
