"""A town laid over the Complete Journey data set: its receipts stay as they are, each card has one holder.

A household of the data set is not a person, and nobody knows who in it bought. Here, and only here, its card belongs
to the first person of a simulated household; all that she does besides the receipts is simulated and says so.
"""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from regulars.collection.completejourney import CONFIG
from regulars.collection.completejourney_calls import CURRENCY, category_path, loyalty_id
from regulars.collection.completejourney_check import first_line
from regulars.collection.completejourney_files import MEND, find_files, installed
from regulars.collection.report import ImportFailed
from regulars.simulation.everyday import campaigns, queries
from regulars.simulation.everyday.calendar import Calendar
from regulars.simulation.everyday.goods import Goods, Product, seen
from regulars.simulation.everyday.people import Card, People
from regulars.simulation.everyday.pictures import COLOURS, SHAPES
from regulars.simulation.everyday.rates import Rates
from regulars.simulation.everyday.world import Receipt, World

CARDS = 2_469
"""How many cards the data set has."""

Basket = tuple[int, int, int, int, list[int]]
"""Card, time in seconds, basket, store, products."""


def laid_over(cards: int, days: int, seed: int, rates: Rates | None = None, folder: Path | None = None) -> World:
    """A town around the first so many cards, from the data set's first day on.

    Raises ImportFailed where the data set is missing or cannot be read, ValueError where there is no card or no day.
    """
    if cards < 1 or days < 1:
        raise ValueError("a town needs at least one card and one day")
    rates, root = rates or Rates(), f"{seed}/completejourney/{cards}/{days}"
    files = find_files(folder or installed())
    with duckdb.connect(":memory:", config=CONFIG) as connection:
        [(first,)] = _rows(connection, queries.DAYS, [str(files["transactions"])])
        shelves = _rows(connection, queries.ASSORTMENT, [str(files["transactions"]), str(files["products"])])
        baskets = _rows(connection, queries.BASKETS, {"file": str(files["transactions"]), "cards": cards})
    goods = Goods([_product(number, row) for number, row in enumerate(shelves)], CURRENCY)
    start = int(datetime.fromisoformat(first).replace(tzinfo=UTC).timestamp()) * 1000
    calendar = Calendar(start, days)
    stores = tuple(str(store) for store in sorted({basket[3] for basket in baskets}))
    receipts = _receipts(baskets, goods, calendar)
    holders = _cards(baskets, stores)
    people = People(0, root, (start, calendar.end), len(goods.groups), len(stores), rates, holders)
    mailings = campaigns.planned(calendar, root, [group[0].category for group in goods.groups])
    return World(seed, root, people, goods, stores, calendar, rates, days / 365, mailings, receipts, over=True)


def _rows(connection: duckdb.DuckDBPyConnection, query: str, values: Any) -> list[Any]:
    try:
        return connection.execute(query, values).fetchall()
    except duckdb.Error as error:
        raise ImportFailed(f"The data set cannot be read: {first_line(error)}", MEND) from error


def _product(number: int, row: tuple[Any, ...]) -> Product:
    group, product, department, category, kind, brand, size, price = row
    id, path = str(product), category_path(department, category, kind)
    name = ", ".join(part for part in (kind or category, size) if part)
    return Product(
        number=number,
        id=id,
        sku=id,
        name=name,
        category=path,
        group=group,
        brand=brand or "",
        price=price,
        cost=price * 7 // 10,
        colour=tuple(COLOURS)[number % len(COLOURS)],
        shape=tuple(SHAPES)[3 + group % (len(SHAPES) - 3)],
        sizes=(),
        again=0,
        seen=seen(id, id, name, path, brand or "", price, CURRENCY),
    )


def _receipts(baskets: list[Basket], goods: Goods, calendar: Calendar) -> dict[str, tuple[Receipt, ...]]:
    """Receipts by card, those of the days that are simulated, with what of them the web shop has too."""
    found: dict[str, list[Receipt]] = {}
    for card, time, _, store, products in baskets:
        if calendar.start <= time * 1000 < calendar.end:
            known = tuple(goods.by_id[str(each)] for each in products if str(each) in goods.by_id)
            found.setdefault(loyalty_id(card), []).append(Receipt(time * 1000, str(store), known))
    return {card: tuple(receipts) for card, receipts in found.items()}


def _cards(baskets: list[Basket], stores: tuple[str, ...]) -> tuple[Card, ...]:
    """Each card with its first receipt and the store that it was shown in most; ties go to the smaller number."""
    visits: dict[int, Counter[int]] = {}
    first: dict[int, int] = {}
    for card, time, _, store, _ in baskets:
        visits.setdefault(card, Counter())[store] += 1
        first.setdefault(card, time * 1000)
    places = {store: place for place, store in enumerate(stores)}
    return tuple(
        Card(loyalty_id(card), first[card], places[str(min(counts, key=lambda each: (-counts[each], each)))])
        for card, counts in sorted(visits.items())
    )
