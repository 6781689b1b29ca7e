"""The catalogue read from the tables: products at a moment, stores, stock, articles, by id."""

from collections.abc import Collection, Iterable
from typing import Any

import psycopg

from regulars.catalogue import queries
from regulars.catalogue.product_view import Known, Seen, Valid, called, mentioned_as, product_view
from regulars.catalogue.registers import Registers, decode
from regulars.catalogue.view import article_view, instant, store_view, thing_view
from regulars.model.article import Article
from regulars.model.catalogue import AMOUNTS, ARTICLE, PRODUCT, STORE, VARIANT
from regulars.model.money import as_amount
from regulars.model.product import PricePoint, Product, ProductInfo, Stock
from regulars.model.store import Store
from regulars.model.thing import Thing

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]


async def products(
    connection: AsyncConnection, ids: Collection[str], at: int, currency: str = ""
) -> dict[str, Product]:
    """The products known by these ids, as of `at` (microseconds UTC), in the order of their ids.

    Their amounts are those of `currency`; where that is '', of the currency whose price is the newest.
    """
    wanted = sorted(set(ids))
    found: dict[str, Known] = {}
    for kind, id, part, body in await _all(connection, queries.THINGS, ([PRODUCT, VARIANT], wanted)):
        known = found.setdefault(id, Known())
        if kind == PRODUCT:
            known.product = decode(body)
        else:
            known.variants[part] = decode(body)
    for id, variant, kind, code, valid_from, minor, source, simulated in await _all(
        connection, queries.VALID_AT, (wanted, at)
    ):
        known = found.setdefault(id, Known())
        known.amounts.append(Valid(variant, kind, code, valid_from, minor, source, simulated))
    for id, *row in await _all(connection, queries.SEEN, (wanted,)):
        found.setdefault(id, Known()).seen = Seen(*row)
    return {id: product_view(id, found[id], currency) for id in wanted if id in found}


async def price_history(
    connection: AsyncConnection,
    product: str,
    kinds: Collection[str] = AMOUNTS,
    since: int = 0,
    until: int = queries.FOREVER,
    limit: int = 1000,
) -> tuple[PricePoint, ...]:
    """A product's prices and costs that hold from `since` on and before `until` (microseconds UTC), newest first."""
    rows = await _all(connection, queries.HISTORY, (product, list(kinds), since, until, limit))
    return tuple(
        PricePoint(
            variant, kind, instant(time), None if minor is None else as_amount(minor, currency), source, simulated
        )
        for variant, kind, time, currency, minor, source, simulated in rows
    )


async def stock_of(
    connection: AsyncConnection, products: Collection[str], stores: Collection[str] | None = None
) -> tuple[Stock, ...]:
    """What lies of these products, in these stores or in all, by product, variant and store."""
    among = None if stores is None else list(stores)
    rows = await _all(connection, queries.STOCK_OF, (list(products), among, among))
    return tuple(
        Stock(product, variant, store, quantity, instant(time), source, simulated)
        for product, variant, store, quantity, time, source, simulated in rows
    )


async def stores(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Store]:
    """The stores known by these ids."""
    return {id: store_view(id, said) for id, said in await _things(connection, STORE, ids)}


async def all_stores(connection: AsyncConnection, after: str = "", limit: int = 1000) -> tuple[Store, ...]:
    """The stores whose ids come after this one, by id."""
    rows = await _all(connection, queries.ALL_OF, (STORE, after, limit))
    return tuple(store_view(id, decode(body)) for id, body in rows)


async def articles(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Article]:
    """The articles known by these ids, bodies as received; `catalogue.render` makes them safe."""
    return {id: article_view(id, said) for id, said in await _things(connection, ARTICLE, ids)}


async def articles_about(
    connection: AsyncConnection, products: Collection[str] = (), topics: Collection[str] = (), limit: int = 100
) -> tuple[Article, ...]:
    """The articles about any of these products or topics, by id."""
    refs = [*(f"product:{each}" for each in products), *(f"topic:{each.casefold()}" for each in topics)]
    found = await referring(connection, [ARTICLE], refs, limit)
    return tuple((await articles(connection, [id for _, id, _ in found])).values())


async def things(connection: AsyncConnection, kind: str, ids: Collection[str]) -> dict[str, Thing]:
    """The campaigns or coupons known by these ids."""
    return {id: thing_view(kind, id, said) for id, said in await _things(connection, kind, ids)}


async def referring(
    connection: AsyncConnection, kinds: Collection[str], refs: Iterable[str], limit: int
) -> list[tuple[str, str, str]]:
    """The (kind, id, part) of things that any of these references leads to (see `catalogue.refer`)."""
    rows = await _all(connection, queries.REFERRING, (list(kinds), list(refs), limit))
    return [(kind, id, part) for kind, id, part in rows]


async def names_of(
    connection: AsyncConnection, products: Collection[str], stores: Collection[str]
) -> tuple[dict[str, ProductInfo], dict[str, str]]:
    """What a customer's page shows of the products and stores that it mentions, as far as anything is known."""
    named = {id: mentioned_as(body) for id, _, _, _, body in await _seen(connection, products)}
    sites: dict[str, str] = {}
    wanted = [*((PRODUCT, id) for id in sorted(products)), *((STORE, id) for id in sorted(stores))]
    if not wanted:
        return named, sites
    kinds, ids = zip(*wanted, strict=True)
    for kind, id, body in await _all(connection, queries.NAMES_OF, (list(kinds), list(ids))):
        if kind == STORE:
            sites[id] = store_view(id, decode(body)).name
        else:
            mention, told = named.get(id, ProductInfo()), called(body)
            named[id] = ProductInfo(
                told.name or mention.name, told.category or mention.category, told.brand or mention.brand
            )
    return named, {id: name for id, name in sites.items() if name}


async def _seen(connection: AsyncConnection, ids: Collection[str]) -> list[tuple[Any, ...]]:
    return await _all(connection, queries.SEEN, (sorted(ids),)) if ids else []


async def _things(connection: AsyncConnection, kind: str, ids: Collection[str]) -> list[tuple[str, Registers]]:
    rows = await _all(connection, queries.THINGS, ([kind], sorted(set(ids))))
    return [(id, decode(body)) for _, id, _, body in rows]


async def _all(connection: AsyncConnection, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor = await connection.cursor(binary=True).execute(query.encode(), values)
    return await cursor.fetchall()
