"""What the shop floor shows of one customer: what an associate needs while she stands there, and nothing more."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from regulars.catalogue.reader import names_of, products, stock_of
from regulars.clienteling.questions import open_questions
from regulars.clienteling.sizes import TRAIT, bought_sizes, stated_sizes
from regulars.consent.standing import standings_async
from regulars.model.order import Order
from regulars.model.product import Product
from regulars.model.store import Store
from regulars.profiles.order_reader import ToldOrder
from regulars.profiles.reader import CustomerPage, read_customer
from regulars.recommendations.lists import Asked
from regulars.recommendations.reader import said_of
from regulars.recommendations.shown import Shelf, shelf
from regulars.recommendations.words import Spoken
from regulars.web.overview import called
from regulars.web.page_errors import PageError
from regulars.web.site import Connection, Site
from regulars.web.suggesting import DRAWN, Gifts, gifts_in

IN_CART, LOOKED, SUGGESTED, ORDERS, LINES = 12, 8, 5, 3, 12
SIZED_ORDERS, SIZED_PRODUCTS = 60, 400
"""Sizes are told from so many of her latest orders, and so many products of them."""
STATED = (("brands", "Brands"), ("occasions", "Occasions"))


class Thing(NamedTuple):
    """One product in a list: its name, words beside it, and how many lie in the store (None where nobody told)."""

    product: str
    name: str
    beside: str
    here: int | None


class Bought(NamedTuple):
    """One purchase, the lines that are shown of it, and what of it was a gift."""

    order: Order
    lines: tuple[tuple[str, str], ...]
    more: int
    gifts: Gifts


async def on_the_floor(connection: Connection, site: Site, customer: bytes, store: Store, now: int) -> dict[str, Any]:
    """The context of the page. Raises PageError where she is nobody."""
    read = await read_customer(connection, customer)
    if read is None:
        raise PageError(404)
    page, said = read.page, await said_of(connection, customer)
    standing = (await standings_async(connection, [customer], site.rules, site.options.timezone))[customer]
    in_cart = frozenset(each.product for each in page.open_cart)
    asked = Asked(limit=SUGGESTED, store=store.id, without=in_cart, as_of=site.composed.as_of)
    found = Shelf((), (), store.id, True, None)
    if standing.personal:
        found = await shelf(connection, site.composed.latest.model(), customer, asked, site.options.currency)
    shown = [each.product for each in page.open_cart[:IN_CART]]
    shown += [each.product for each in page.viewed_not_bought[: LOOKED + IN_CART]]
    here = await _here(connection, [*shown, *(each.product for each in (*found.again, *found.like))], store)
    bought = [each.order for each in read.orders[:SIZED_ORDERS] if each.order.known]
    sized = await _products(connection, bought, now, site.options.currency)
    return {
        "c": page,
        "id": page.id,
        "called": called(page),
        "store": store,
        "cart": [
            Thing(each.product, each.name, _times(each.quantity), here.get(each.product))
            for each in page.open_cart[:IN_CART]
        ],
        "looked": _looked(page, here),
        "stated": stated_sizes(_stated(page, TRAIT)),
        "sizes": bought_sizes(bought, sized, said.is_gift, now),
        "likes": [(words, _words(_stated(page, name))) for name, words in STATED if _words(_stated(page, name))],
        "shelf": found,
        "lying": here,
        "personal": standing.personal,
        "questions": await open_questions(connection, customer, page.identifiers),
        "bought": await _bought(connection, read.orders, said),
        "drawn": {each.product for each in (*found.again, *found.like) if each.image_url.startswith(DRAWN)},
    }


def _looked(page: CustomerPage, here: dict[str, int]) -> list[Thing]:
    in_cart = {each.product for each in page.open_cart}
    found = [each for each in page.viewed_not_bought if each.product not in in_cart][:LOOKED]
    return [Thing(each.product, each.name, _times(str(each.n)), here.get(each.product)) for each in found]


def _times(quantity: str) -> str:
    return "" if quantity in ("", "1") else f"{quantity}×"


def _stated(page: CustomerPage, trait: str) -> Any:
    found = page.traits.get(trait)
    return None if found is None else found.value


def _words(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    said = [_occasion(each) if isinstance(each, dict) else each for each in values[:8]]
    return ", ".join(each.strip()[:60] for each in said if isinstance(each, str) and each.strip())


def _occasion(said: dict[str, Any]) -> str:
    return " ".join(str(said[name]) for name in ("what", "on") if said.get(name))


async def _here(connection: Connection, ids: Iterable[str], store: Store) -> dict[str, int]:
    """How many of each of these products lie in the store, all variants together, as far as anybody told."""
    lying: dict[str, int] = {}
    for each in await stock_of(connection, list(dict.fromkeys(ids)), [store.id]):
        lying[each.product] = lying.get(each.product, 0) + max(0, int(each.quantity))
    return lying


async def _products(connection: Connection, orders: list[Order], now: int, currency: str) -> dict[str, Product]:
    ids = dict.fromkeys(line.product for order in orders for line in order.lines if line.product)
    wanted = list(ids)[:SIZED_PRODUCTS]
    return await products(connection, wanted, now, currency) if wanted else {}


async def _bought(connection: Connection, orders: tuple[ToldOrder, ...], said: Spoken) -> list[Bought]:
    latest = [each.order for each in orders if each.order.known and not each.order.cancelled][:ORDERS]
    wanted = {line.product for order in latest for line in order.lines[:LINES]} - {""}
    named, _ = await names_of(connection, wanted, ())

    def name(product: str, told: str) -> str:
        return told or (named[product].name if product in named else "") or product or "Something without a name"

    return [
        Bought(
            order,
            tuple((line.product, name(line.product, line.name)) for line in order.lines[:LINES]),
            max(0, len(order.lines) - LINES),
            gifts_in(said, order),
        )
        for order in latest
    ]
