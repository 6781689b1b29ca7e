"""One customer's taste read from PostgreSQL as it is now, so that what she bought a minute ago counts already."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import psycopg

from regulars.model.interaction import Interaction
from regulars.model.order import Order
from regulars.profiles.order_reader import weigh
from regulars.profiles.queries import REFUNDS_OF, REPORTS_OF
from regulars.recommendations import queries
from regulars.recommendations.taste import Taste, taste
from regulars.recommendations.words import Spoken, spoken, word_of

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]


class _Body(msgspec.Struct):
    properties: dict[str, Any] = {}


_body = msgspec.json.Decoder(_Body).decode


async def taste_of(
    connection: AsyncConnection, customer: bytes, beside: Callable[[], Awaitable[None]] | None = None
) -> Taste:  # fmt: skip
    """A customer's taste; of somebody unknown an empty one.

    `beside` executes what is sent together with the reading, such as its audit; where each statement is committed at
    once, they are one transaction, which is on disk when this returns.
    """
    bundles, reports, refunds, counted, said = await _read(
        connection,
        (queries.BUNDLES, (customer,)),
        (queries.REPORTS_OF_HERS, (customer, customer)),
        (queries.REFUNDS_OF_HERS, (customer, customer)),
        (queries.INTERACTIONS_OF_HERS, (customer,)),
        (queries.WORDS_OF_HERS, (customer,)),
        beside=beside,
    )
    hers = frozenset(row[0] for row in bundles)
    orders = (each.order for each in weigh(reports, refunds) if each.owner in hers)
    return taste(orders, (Interaction(*row[:-1]) for row in counted), _spoken(said))


async def tastes_of(connection: AsyncConnection, customers: Sequence[bytes]) -> dict[bytes, Taste]:
    """As `taste_of`, of many customers in as few queries as of one."""
    wanted = (sorted(set(customers)),)
    bundles, counted, said = await _read(
        connection, (queries.BUNDLES_OF_MANY, wanted), (queries.INTERACTIONS_OF_MANY, wanted),
        (queries.WORDS_OF_MANY, wanted),
    )  # fmt: skip
    holders: dict[bytes, bytes] = dict(bundles)
    keys = list(holders)
    reports, refunds = await _read(connection, (REPORTS_OF, (keys, keys)), (REFUNDS_OF, (keys, keys)))
    orders: dict[bytes, list[Order]] = {}
    for each in weigh(reports, refunds):
        if each.owner in holders:
            orders.setdefault(holders[each.owner], []).append(each.order)
    rows, words = _by_first(counted), _by_first(said)
    return {
        who: taste(orders.get(who, ()), (Interaction(*row) for row in rows.get(who, ())), _spoken(words.get(who, ())))
        for who in wanted[0]
    }


async def said_of(connection: AsyncConnection, customer: bytes) -> Spoken:
    """What was said about gifts and recommendations of a customer."""
    [said] = await _read(connection, (queries.WORDS_OF_HERS, (customer,)))
    return _spoken(said)


async def lying_in(connection: AsyncConnection, store: str, products: Sequence[str]) -> frozenset[str] | None:
    """Which of these products lie in a store; None where nothing is known of what lies there."""
    [[(told, found)]] = await _read(connection, (queries.IN_STOCK, (store, store, list(products))))
    return frozenset(found) if told else None


def _spoken(said: Sequence[tuple[Any, ...]]) -> Spoken:
    words = (word_of(name, _body(body).properties, trust, time, id) for name, trust, time, id, body in said)
    return spoken(word for word in words if word is not None)


def _by_first(rows: Sequence[tuple[Any, ...]]) -> dict[bytes, list[tuple[Any, ...]]]:
    """Rows by their first column, which is left out."""
    found: dict[bytes, list[tuple[Any, ...]]] = {}
    for who, *row in rows:
        found.setdefault(who, []).append(tuple(row))
    return found


async def _read(
    connection: AsyncConnection,
    *asked: tuple[str, tuple[Any, ...]],
    beside: Callable[[], Awaitable[None]] | None = None,
) -> list[list[tuple[Any, ...]]]:
    """The rows of several queries, which are sent together: each way to the database and back costs.

    They are fetched when all is there: a fetch amid them, or a pipeline within another, would wait once more.
    """
    async with connection.pipeline():
        if beside is not None:
            await beside()
        cursors = [await connection.cursor(binary=True).execute(query.encode(), values) for query, values in asked]
    return [await cursor.fetchall() for cursor in cursors]
