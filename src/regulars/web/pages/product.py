"""One product of the catalogue, to look at: what it is called, what it costs, and where it lies."""

import time
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import unquote

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.catalogue.page import product_page
from regulars.catalogue.reader import stores
from regulars.identity.lookup import BadLookup, clean
from regulars.model.fields import ID_LENGTH
from regulars.model.product import Product, Stock
from regulars.web.access import EVERYONE
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, page
from regulars.web.site import Connection, Site

DRAWN = "/pictures/"
"""Addresses of our own pictures begin so; any other lies on another site, where a page may not look."""


class Shelf(NamedTuple):
    """One store ('' is the web shop's own stock): its name, and how many pieces of all variants lie there."""

    store: str
    name: str
    pieces: Decimal


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/products/{id:path}", "product", EVERYONE)
    async def show(request: Call, id: FromPath[str]) -> Answer:
        try:
            named = clean(_id(request.scope["raw_path"]), ID_LENGTH)
        except BadLookup:
            raise PageError(404, "There is no such product") from None
        async with site.reading() as connection:
            found = await product_page(connection, named, time.time_ns() // 1000, site.options.currency)
            if found is None:
                raise PageError(404, "There is no such product", "Neither the catalogue nor any event names it.")
            shelves = await _shelves(connection, found.stock)
        context: dict[str, Any] = {
            "p": found.product, "called": called(found.product), "shelves": shelves, "pieces": _pieces(found.stock),
            "articles": found.articles,
            "drawn": found.product.image_url if found.product.image_url.startswith(DRAWN) else "",
            "earlier": [each for each in found.history if each.kind == "price" and not each.variant][1:6],
        }  # fmt: skip
        return site.render(request, "product.html", 200, None, **context)

    return [show]


def _id(path: bytes) -> str:
    """The id that an address ends in, letter for letter: the router merges slashes and takes the last one away."""
    return unquote(path.decode("ascii", "replace").partition("/products/")[2])


def called(product: Product) -> str:
    """What a page calls it."""
    return product.name or product.sku or product.id


async def _shelves(connection: Connection, stock: tuple[Stock, ...]) -> list[Shelf]:
    """Where it lies, most pieces first."""
    found: dict[str, Decimal] = {}
    for each in stock:
        found[each.store] = found.get(each.store, Decimal(0)) + each.quantity
    named = await stores(connection, found)
    shelves = [Shelf(id, named[id].name if id in named else "", pieces) for id, pieces in found.items()]
    return sorted(shelves, key=lambda each: (-each.pieces, each.store))


def _pieces(stock: tuple[Stock, ...]) -> dict[str, Decimal]:
    """How many lie of each variant."""
    found: dict[str, Decimal] = {}
    for each in stock:
        found[each.variant] = found.get(each.variant, Decimal(0)) + each.quantity
    return found
