"""The products of a message's block: chosen for her, and only what can be had when the message is sent."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
import psycopg

from regulars.catalogue.reader import products
from regulars.messaging import queries
from regulars.messaging.context import Occasion
from regulars.messaging.message import AGAIN, ALIKE, BOUGHT, CART, PRODUCT, SAVED, VIEWED, Block
from regulars.messaging.people import Known
from regulars.messaging.render.links import target
from regulars.messaging.told import Item
from regulars.messaging.wording import money
from regulars.model.product import Product
from regulars.recommendations.lists import AGAIN as LIST_AGAIN
from regulars.recommendations.lists import LIKE, Asked, lists_of
from regulars.recommendations.model import Model
from regulars.recommendations.taste import Taste

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

SPARE: Final = 12
"""So many more are looked at than are shown, since some may be sold out."""
GONE: Final = frozenset(("archived", "deleted", "discontinued", "draft", "ended", "inactive", "unavailable"))
"""What a catalogue calls products that are offered no more."""
DRAWN: Final = "/pictures/"
"""Addresses of this server's own pictures begin so; other paths are the shop's."""
RECOMMENDED: Final = {AGAIN: LIST_AGAIN, ALIKE: LIKE}
"""The kinds of blocks that recommendations fill, and by which list."""


class Site(msgspec.Struct, frozen=True):
    """Where things lie: the shop's own site, this server's address, and how amounts are written."""

    shop: str
    base: str
    locale: str
    currency: str


class Choice(msgspec.Struct, frozen=True):
    """A product that may be shown, and why, in words."""

    product: str
    why: str = ""


async def choices(
    connection: AsyncConnection, block: Block, customer: bytes, known: Known, occasion: Occasion, model: Model | None,
    as_of: str, taste: Taste | None = None,
) -> list[Choice]:  # fmt: skip
    """What a block may show of her, best first; more than it will, since some may be sold out."""
    most = block.most + SPARE
    if block.kind in RECOMMENDED:
        # What a journey found to be due comes first; what the message is about already is not also suggested.
        first = [Choice(each) for each in occasion.every_product] if block.kind == AGAIN else []
        asked = Asked(
            (RECOMMENDED[block.kind],), most, occasion.store, frozenset(occasion.every_product), as_of
        )  # fmt: skip
        found = await lists_of(connection, model, customer or None, asked, read=taste)
        return first + [
            Choice(each.product, each.reasons[0] if each.reasons else "") for each in (*found.again, *found.like)
        ]
    own = {CART: known.cart, VIEWED: known.viewed, SAVED: known.saved, BOUGHT: known.bought}.get(block.kind)
    ids: Sequence[str] = () if own is None else own()[:most]
    if block.kind == PRODUCT or (own is not None and not customer):
        ids = occasion.every_product
    return [Choice(each) for each in ids]


async def on_sale(
    connection: AsyncConnection, ids: Collection[str], stores: Collection[str], now: int, site: Site
) -> tuple[dict[str, Product], dict[str, frozenset[str]]]:
    """These products as the catalogue knows them, and by store ('' for any) which of them are sold out.

    Sold out is what a catalogue offers no more, or of which nothing lies anywhere; where no stock is told of a product
    at all, it is taken to be there.
    """
    known = await products(connection, ids, now, site.currency) if ids else {}
    gone = {id for id, product in known.items() if product.status.casefold() in GONE}
    out: dict[str, frozenset[str]] = {}
    for store in {"", *stores} if ids else {""}:
        rows = await _all(connection, queries.LYING, (store, sorted(ids))) if ids else []
        out[store] = frozenset(gone | {id for id, anywhere, here in rows if not (here if store else anywhere)})
    return known, out


def items(
    chosen: Sequence[Choice], known: dict[str, Product], out: frozenset[str], most: int, site: Site
) -> tuple[Item, ...]:  # fmt: skip
    """The first of these that can be had, as a message shows them; what nobody can name is left out.

    So is what only public keys named: whoever holds one could else put words into the shop's letters.
    """
    found = []
    for each in chosen:
        product = known.get(each.product)
        if product is not None and product.name and each.product not in out and not product.claimed:
            found.append(item(product, site, each.why))
        if len(found) == most:
            break
    return tuple(found)


def item(product: Product, site: Site, why: str = "") -> Item:
    """A product as a message shows it."""
    price, before = product.price, product.list_price
    less = price is not None and before is not None and before.currency == price.currency and before.minor > price.minor
    base = site.base if product.image_url.startswith(DRAWN) else site.shop
    return Item(
        product.id,
        product.name[:200],
        product.brand[:100],
        target(product.url, site.shop),
        target(product.image_url, base),
        money(price.minor, price.currency, site.locale) if price is not None else "",
        money(before.minor, before.currency, site.locale) if before is not None and less else "",
        why,
    )


async def _all(connection: AsyncConnection, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor = await connection.cursor(binary=True).execute(query.encode(), values)
    return await cursor.fetchall()
