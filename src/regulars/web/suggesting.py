"""What the pages of one customer show of recommendations: both lists, what is hidden, and which lines were gifts."""

from typing import Any, NamedTuple

from regulars.catalogue.reader import all_stores, names_of
from regulars.model.order import Order
from regulars.recommendations.lists import Asked
from regulars.recommendations.reader import said_of
from regulars.recommendations.shown import Shelf, Shown, shelf
from regulars.recommendations.words import ANY, GIFT, HIDDEN, NOT_GIFT, SHOWN, Spoken
from regulars.web.site import Connection, Site

MOST = 5
"""So many products of each list."""
MOST_HIDDEN = 20
MOST_STORES = 300
DRAWN = "/pictures/"
"""Addresses of our own pictures begin so; any other lies on another site, where a page may not look."""

WORD_OF = {"gift": GIFT, "not_gift": NOT_GIFT, "hide": HIDDEN, "show": SHOWN}
"""The names of the buttons, and the event that each of them says."""


class Gifts(NamedTuple):
    """What of one order was bought for somebody else: all of it, and which products."""

    whole: bool
    products: frozenset[str]


class List(NamedTuple):
    """One list as the panel shows it: a short name for ids, its title, its products, and words where it is empty."""

    name: str
    title: str
    products: tuple[Shown, ...]
    nothing: str


def gifts_in(said: Spoken, order: Order) -> Gifts:
    """Which products of an order were gifts by the words that count."""
    named = {line.product for line in order.lines} - {""}
    found = frozenset(each for each in named if said.is_gift(order, each))
    return Gifts(found == named if named else said.is_gift(order, ANY), found)


async def suggested(connection: Connection, site: Site, customer: bytes, store: str) -> dict[str, Any]:
    """The context of `_customer_suggestions.html`: the lists, the stores to choose from, what is hidden.

    `store` masks by what lies there; '' for any.
    """
    model, as_of = site.composed.latest.model(), site.composed.as_of
    asked = Asked(limit=MOST, store=store, as_of=as_of)
    found = await shelf(connection, model, customer, asked, site.options.currency)
    hidden = sorted((await said_of(connection, customer)).hidden)
    sites = {each.id: each.name or f"Store {each.id}" for each in await all_stores(connection, limit=MOST_STORES)}
    known, stores = await names_of(connection, hidden[:MOST_HIDDEN], {found.store} - {""})
    names = {id: known[id].name if id in known and known[id].name else id for id in hidden[:MOST_HIDDEN]}
    return {
        "lists": _lists(found),
        "learnt": model is not None,
        "store": store,
        "stores": sites,
        "store_name": stores.get(found.store, f"Store {found.store}" if found.store else ""),
        "stock": found.stock,
        "drawn": {each.product for each in (*found.again, *found.like) if each.image_url.startswith(DRAWN)},
        "hidden": names,
        "more_hidden": len(hidden) - len(names),
    }


def _lists(found: Shelf) -> tuple[List, List]:
    none_like = "Nothing: what sells is known already, hidden, or does not lie in the store."
    if found.model is None:
        none_like = (
            "Nothing is learnt yet. That happens by itself within minutes of the first orders, and then once a day."
        )
    none_again = "Nothing is due: nothing was bought yet that is not hidden, given back or a gift."
    if found.stock:
        none_again = "Nothing that is due lies in the store."
    return (
        List("again", "Time to buy again", found.again, none_again),
        List("like", "You might like", found.like, none_like),
    )
