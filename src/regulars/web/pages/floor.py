"""The shop floor: scan a card or a receipt, type a phone number or a name, and see what helps her here and now."""

import time
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.catalogue.reader import all_stores
from regulars.clienteling.hint import hint
from regulars.clienteling.qr import data_uri
from regulars.clienteling.receipt import PATH, claim_token, receipt_named
from regulars.clienteling.scan import LONGEST, Scanned, scanned
from regulars.clienteling.workplace import choose, workplace
from regulars.identity.lookup import BadLookup, clean
from regulars.model.fields import ID_LENGTH
from regulars.model.order import Order
from regulars.model.store import Store
from regulars.profiles.reader import SHARED_RECORD
from regulars.profiles.search import CustomerSummary, summaries
from regulars.storage import audit
from regulars.web.access import FLOOR
from regulars.web.customers import Moved, meant
from regulars.web.flash import Flash
from regulars.web.flooring import on_the_floor
from regulars.web.page_errors import PageError
from regulars.web.pages.customer import WORDS
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Connection, Site

STORES = 1_000
NO_STORE = "There is no such store"


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/floor", "floor", FLOOR)
    async def show(request: Call) -> Answer:
        async with site.reading() as connection:
            store = await workplace(connection, request.user.id)
            stores = await all_stores(connection, limit=STORES)
        return site.render(request, "floor.html", **_context(store, stores=stores))

    @action("/floor", "floor.scan", FLOOR)
    async def scan(request: Call) -> Answer:
        text = (await fields(request)).get("q", "")[:LONGEST]
        async with site.reading() as connection:
            store = await workplace(connection, request.user.id)
            if store is None:
                return site.see_other(request, "/floor")
            found = await scanned(connection, text, store.id, site.secret, site.policy, site.rules)
            people = await summaries(connection, list(found.customers), site.rules)
            shown = [each for each in people if each.kind != SHARED_RECORD]
            ids = [bytes.fromhex(each.id) for each in shown]
            if len(ids) != 1 and text:
                await audit.record(connection, request.user.actor, "floor search", ids, f"store {store.id}")
            stores = await all_stores(connection, limit=STORES)
        if len(ids) == 1:
            return site.see_other(request, f"/floor/{ids[0].hex()}")
        return site.render(request, "floor.html", **_found(site, request, store, stores, found, shown, text))

    @action("/floor/store", "floor.store", FLOOR)
    async def place(request: Call) -> Answer:
        try:
            wanted = clean((await fields(request)).get("store", ""), ID_LENGTH)
        except BadLookup:
            raise PageError(404, NO_STORE) from None
        async with site.writing() as connection:
            store = await choose(connection, request.user.id, wanted, time.time_ns() // 1000)
            if store is None:
                raise PageError(404, NO_STORE)
            await site.audit(connection, request.user, "floor store", wanted)
        return site.see_other(request, "/floor", Flash(f"You work at {_called(store)} now."))

    return [show, scan, place, _customer(site)]


def _customer(site: Site) -> HTTPRouteHandler:
    @page("/floor/{id:str}", "floor.customer", FLOOR)
    async def customer(request: Call, id: FromPath[str]) -> Answer:
        async with site.reading() as connection:
            store = await workplace(connection, request.user.id)
            if store is None:
                return site.see_other(request, "/floor")
            try:
                current = await _opened(connection, site, request, id, store)
            except Moved as to:
                return site.see_other(request, f"/floor/{to.id.hex()}")
            context = await on_the_floor(connection, site, current, store, time.time_ns() // 1000)
        return site.render(request, "floor_customer.html", **WORDS, **context, store_name=_called(store))

    return customer


async def _opened(connection: Connection, site: Site, request: Call, id: str, store: Store) -> bytes:
    """The customer whom an address means, and the look written down. Raises PageError, and Moved for an old id."""
    current = await meant(connection, site, id)
    if current.hex() != id:
        raise Moved(current)
    await audit.record(connection, request.user.actor, "floor", [current], f"store {store.id}")
    return current


def _context(store: Store | None, **more: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"stores": (), "people": None, "q": "", "nameless": None, "code": ""}
    return nothing | {"store": store, "store_name": "" if store is None else _called(store), "called": _called} | more


def _found(
    site: Site, request: Call, store: Store, stores: Any, found: Scanned, people: list[CustomerSummary], text: str
) -> dict[str, Any]:
    shown = [(each, hint([f"{one.type}:{one.value}" for one in each.identifiers])) for each in people]
    code = _code(site, request, found.nameless) if found.nameless is not None else ""
    return _context(store, stores=stores, people=shown, q=text, nameless=found.nameless, code=code)


def _code(site: Site, request: Call, order: Order) -> str:
    """The code by which the customer claims a nameless receipt with her own phone; '' where that is over."""
    receipt = receipt_named(order)
    if time.time_ns() // 1000 > receipt.until(site.options.claim_days):
        return ""
    return data_uri(f"{site.base(request)}{PATH}{claim_token(site.secret, receipt)}")


def _called(store: Store) -> str:
    return store.name or f"Store {store.id}"
