"""The two lists as a page shows them: with name, picture and price of each product as the catalogue knows it now."""

import time

import msgspec

from regulars.catalogue.reader import products
from regulars.model.money import Amount
from regulars.model.product import Product
from regulars.recommendations.lists import Asked, Recommended, lists_of
from regulars.recommendations.model import Model
from regulars.recommendations.reader import AsyncConnection


class Shown(msgspec.Struct, frozen=True):
    """One product of a list; '' and None where nobody said. `reasons` in words, the strongest first, one or two."""

    product: str
    name: str
    image_url: str
    url: str
    price: Amount | None
    simulated: bool
    reasons: tuple[str, ...]


class Shelf(msgspec.Struct, frozen=True):
    """Both lists of one customer; `store`, `stock` and `model` as in `lists.Lists`."""

    again: tuple[Shown, ...]
    like: tuple[Shown, ...]
    store: str
    stock: bool
    model: float | None


async def shelf(
    connection: AsyncConnection, model: Model | None, customer: bytes, asked: Asked, currency: str = ""
) -> Shelf:  # fmt: skip
    """What to show to, or beside, a customer. Prices are in `currency`, else in that of each product's newest price."""
    found = await lists_of(connection, model, customer, asked)
    ids = [each.product for each in (*found.again, *found.like)]
    known = await products(connection, ids, time.time_ns() // 1000, currency) if ids else {}
    return Shelf(
        tuple(_shown(each, known.get(each.product)) for each in found.again),
        tuple(_shown(each, known.get(each.product)) for each in found.like),
        found.store,
        found.stock,
        found.model,
    )


def _shown(each: Recommended, product: Product | None) -> Shown:
    if product is None:
        return Shown(each.product, each.name or each.product, "", "", None, False, each.reasons)
    name = product.name or each.name or each.product
    return Shown(each.product, name, product.image_url, product.url, product.price, product.simulated, each.reasons)
