"""The list of customers: searched, filtered, sorted, page by page, and as CSV."""

import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from regulars.catalogue.reader import all_stores
from regulars.identity.lookup import BadLookup
from regulars.model.user import Role
from regulars.profiles.listing.find import Entry, Wanted, anybody, find_page, list_page
from regulars.profiles.listing.misspelt import meant
from regulars.profiles.listing.queries import COUNTED
from regulars.profiles.listing.words import terms
from regulars.profiles.search import MOST, search
from regulars.storage import audit
from regulars.web import customer_list as words
from regulars.web.access import PEOPLE
from regulars.web.csv_file import amount, csv_answer, csv_line
from regulars.web.customer_list import Asked, asked, wanted
from regulars.web.customers import CHANNELS, channel_icon, channel_words
from regulars.web.routes import Answer, Call, is_partial, page
from regulars.web.site import Connection, Site

PAGE = 50
PART = 2_000
"""So many rows of a CSV are read at once."""

TAKERS = frozenset({Role.OWNER, Role.MARKETER})
"""Those who may take a whole list with them."""


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/customers", "customers", PEOPLE)
    async def show(request: Call) -> Answer:
        ask, now = asked(dict(request.query_params)), time.time_ns() // 1000
        partial = is_partial(request)
        async with site.reading() as connection:
            rows, total, note = await _found(site, connection, ask, wanted(ask, now, site.options.currency))
            known = bool(rows) or await anybody(connection)
            stores = [] if partial else await all_stores(connection)
            shown = [row.id for row in rows[:PAGE]]
            await audit.record(connection, request.user.actor, "search" if ask.q else "list", shown)
        context = {
            "ask": ask, "rows": rows[:PAGE], "total": total, "counted": COUNTED, "note": note, "known": known,
            "next": _next(ask, rows), "stores": stores, "may_take": request.user.role in TAKERS, "words": words,
            "channels": CHANNELS, "channel_words": channel_words, "channel_icon": channel_icon,
        }  # fmt: skip
        headers = {"HX-Push-Url": ask.address(after=ask.after)} if partial else None
        return site.render(request, "_customers.html" if partial else "customers.html", 200, headers, **context)

    @page("/customers.csv", "customers.csv", TAKERS)
    async def take(request: Call) -> Stream:
        ask = asked(dict(request.query_params))
        who = wanted(ask, time.time_ns() // 1000, site.options.currency)
        async with site.reading() as connection:
            if not (await find_page(connection, who, "seen", 1)).total:
                who, _ = await _mended(site, connection, who)
            await audit.record(connection, request.user.actor, "take list", (), ask.address("customers.csv")[:500])
        return csv_answer("customers.csv", _csv(site, request, ask, who))

    return [show, take]


async def _found(site: Site, connection: Connection, ask: Asked, who: Wanted) -> tuple[list[Entry], int, str]:
    """A page and one row more, how many there are, and what is said of a misspelling."""
    found = await find_page(connection, who, ask.by, PAGE + 1, bool(ask.up), ask.place())
    if found.total:
        return found.rows, found.total, ""
    near, note = await _mended(site, connection, who)
    if note:
        found = await find_page(connection, near, ask.by, PAGE + 1, bool(ask.up), ask.place())
    return found.rows, found.total, note


async def _mended(site: Site, connection: Connection, who: Wanted) -> tuple[Wanted, str]:
    """Whom a misspelling means: names that differ by a letter, else what is alike; and what the page says of it."""
    if not who.text:
        return who, ""
    instead = {term: found for term in terms(who.text) if (found := await meant(connection, term))}
    if instead:
        near = msgspec.structs.replace(who, instead=instead)
        if (await find_page(connection, near, "seen", 1)).total:
            return near, ", ".join(name.capitalize() for found in instead.values() for name in found)
    try:
        alike = await search(connection, who.text, MOST, site.policy, site.rules)
    except BadLookup:
        return who, ""
    near = msgspec.structs.replace(who, text="", ids=[bytes.fromhex(each.id) for each in alike])
    if alike and (await find_page(connection, near, "seen", 1)).total:
        return near, "what is spelt like it"
    return who, ""


def _next(ask: Asked, rows: list[Entry]) -> str:
    if len(rows) <= PAGE:
        return ""
    place = rows[PAGE - 1].place(ask.by)
    return ask.address(after=f"{place.value}~{place.id.hex()}")


async def _csv(site: Site, request: Call, ask: Asked, who: Wanted) -> AsyncIterator[str]:
    fmt = site.formats(request.user)
    yield csv_line(_HEAD)
    after = None
    while True:
        async with site.reading() as connection:
            rows = await list_page(connection, who, ask.by, PART, bool(ask.up), after)
        yield "".join(csv_line(_cells(row, fmt)) for row in rows)
        if len(rows) < PART:
            return
        after = rows[-1].place(ask.by)


_HEAD = (
    "customer", "who", "name", "e-mail", "phone", "card", "first seen", "last seen", "channels", "stores", "orders",
    "spend", "currency", "may be written to", "said no", "in the cart", "example data",
)  # fmt: skip


def _cells(row: Entry, fmt: Any) -> list[str]:
    return [
        row.id.hex(), row.kind, row.name, *(" ".join(row.values(type)) for type in ("email", "phone", "loyalty_id")),
        fmt.iso(row.first) if row.first else "", fmt.iso(row.last) if row.last else "",
        " ".join(row.channels), " ".join(row.stores), str(row.orders), amount(row.spend, row.currency), row.currency,
        " ".join(each for each in row.consents if each[0] != "-"),
        " ".join(each[1:] for each in row.consents if each[0] == "-"), str(row.cart), "yes" if row.simulated else "no",
    ]  # fmt: skip
