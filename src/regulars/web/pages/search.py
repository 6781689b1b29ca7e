"""The search everywhere: customers, orders, receipts and products, as a page and as what opens below the top bar."""

import time
from typing import Any

from litestar.handlers import HTTPRouteHandler

from regulars.catalogue.search import search_products
from regulars.identity.lookup import BadLookup
from regulars.model.order import Order
from regulars.profiles.find import find_orders
from regulars.profiles.listing.find import Entry, entries
from regulars.profiles.search import search
from regulars.storage import audit
from regulars.web.access import EVERYONE, PEOPLE
from regulars.web.customers import channel_words
from regulars.web.routes import Answer, Call, is_partial, page
from regulars.web.site import Connection, Site

LONGEST = 200
FEW, MORE = 6, 30
"""How many of each kind are shown: below the top bar, and on the page."""

Orders = list[tuple[Entry | None, Order]]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/search", "search", EVERYONE)
    async def show(request: Call) -> Answer:
        text = " ".join(request.query_params.get("q", "").replace("\0", "").split())[:LONGEST]
        partial = is_partial(request)
        limit = FEW if partial else MORE
        context: dict[str, Any] = {"q": text, "customers": [], "orders": [], "products": []}
        if text:
            async with site.reading() as connection:
                if request.user.role in PEOPLE:
                    context["customers"], context["orders"] = await _people(site, connection, request, text, limit)
                now = time.time_ns() // 1000
                context["products"] = await search_products(connection, text, limit, now, site.options.currency)
        context |= {"sees_people": request.user.role in PEOPLE, "limit": limit, "channel_words": channel_words}
        return site.render(request, "_search.html" if partial else "search.html", **context)

    return [show]


async def _people(
    site: Site, connection: Connection, request: Call, text: str, limit: int
) -> tuple[list[Entry], Orders]:
    """Customers and orders; the look at each of these customers is written down."""
    try:
        found = await search(connection, text, limit, site.policy, site.rules)
    except BadLookup:
        return [], []
    ids = [bytes.fromhex(each.id) for each in found]
    told = await find_orders(connection, text, site.policy, limit)
    owners = {owner for owner, _ in told if owner is not None}
    rows = {row.id: row for row in await entries(connection, list(dict.fromkeys([*ids, *owners])))}
    if rows:
        await audit.record(connection, request.user.actor, "search", list(rows))
    orders: Orders = [(rows.get(owner) if owner else None, order) for owner, order in told]
    return [rows[id] for id in ids if id in rows], orders
