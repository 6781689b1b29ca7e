"""`regulars catalogue`: look up what the shop says of its products and stores."""

import argparse
import time

from regulars.catalogue.page import ProductPage, product_page
from regulars.catalogue.reader import stores
from regulars.catalogue.search import MOST, search_products
from regulars.cli.catalogue_page import product_lines, product_text, store_text
from regulars.cli.command import CliError, Subparsers, command, group, open_app, show
from regulars.cli.whom import AsyncConnection, read
from regulars.collection.clock import parse_time
from regulars.identity.lookup import clean
from regulars.model.fields import ID_LENGTH
from regulars.model.product import Product
from regulars.model.rejection import Refused
from regulars.model.store import Store


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    commands = group(subparsers, "catalogue", "Products and stores, as the shop describes them")
    found = command(commands, "search", "Products by words of a name or brand, a sku, a GTIN or an id", _search)
    found.add_argument("text", metavar="TEXT")
    found.add_argument("-n", type=int, default=20, metavar="N", help=f"how many at most (default: 20, up to {MOST})")
    shown = command(commands, "show", "One product or store", _show)
    shown.add_argument("kind", choices=("product", "store"), metavar="KIND", help="product or store")
    shown.add_argument("id", metavar="ID")
    shown.add_argument("--at", metavar="TIME", help="a product's prices as of then, in ISO 8601 (default: now)")


def _search(options: argparse.Namespace) -> None:
    if not 1 <= options.n <= MOST:
        raise CliError(f"-n: must be 1 to {MOST}")
    app = open_app(options)

    async def run(connection: AsyncConnection) -> tuple[Product, ...]:
        text, now = clean(options.text, ID_LENGTH), time.time_ns() // 1000
        return await search_products(connection, text, options.n, now, app.settings.currency)

    found = read(app, run)
    show(options, found, "\n".join(product_lines(found)) or "nothing found")


def _show(options: argparse.Namespace) -> None:
    app = open_app(options)
    at = _moment(options.at)

    async def product(connection: AsyncConnection) -> ProductPage:
        id = clean(options.id, ID_LENGTH)
        page = await product_page(connection, id, at, app.settings.currency)
        if page is None:
            raise CliError("no product is known by this id")
        return page

    async def store(connection: AsyncConnection) -> Store:
        id = clean(options.id, ID_LENGTH)
        found = (await stores(connection, [id])).get(id)
        if found is None:
            raise CliError("no store is known by this id")
        return found

    if options.kind == "product":
        page = read(app, product)
        show(options, page, product_text(page))
    else:
        one = read(app, store)
        show(options, one, store_text(one))


def _moment(text: str | None) -> int:
    if text is None:
        return time.time_ns() // 1000
    try:
        return parse_time(text, "--at")
    except Refused as refused:
        raise CliError(f"--at: {refused.message}") from None
