"""Where a customer comes who scans the code on her receipt: she ties the purchase to herself, once."""

import time
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.catalogue.reader import names_of
from regulars.clienteling import claims
from regulars.clienteling.address import TYPES, BadAddress, address_of
from regulars.clienteling.agreed import CHANNELS, agree
from regulars.clienteling.claims import CannotClaim, Sale, claim, proof_of, sale_of
from regulars.clienteling.receipt import Receipt, receipt_in, receipt_mac
from regulars.consent.standing import MARKETING
from regulars.model.identifier import Identifier
from regulars.storage.database import Connection
from regulars.storage.failed_sign_ins import Limit, begin_try, succeeded
from regulars.web.access import Door
from regulars.web.correcting import aside
from regulars.web.flash import Flash
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Asked, Site
from regulars.web.visiting import means_of

STATUS = {claims.EXPIRED: 410}
WRONG_LINKS, WRONG_FORMS = 20, 10
"""So many links that are none, from one place, and so many forms that do not fit, for one receipt, are free."""
CONFIRM = "We are writing to your address: news come once you have followed the link in that e-mail."
NO_ADDRESS = "To be written to, please give an e-mail address or a phone number, not a card."


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/claim/{token:str}", "claim", Door.PUBLIC)
    async def show(request: Call, token: FromPath[str]) -> Answer:
        return await _shown(site, request, await _receipt(site, request, token))

    @action("/claim/{token:str}", "claim.do", Door.PUBLIC)
    async def take(request: Call, token: FromPath[str]) -> Answer:
        receipt, form = await _receipt(site, request, token), await fields(request)
        limit = Limit(site.secret.mac("claim of", receipt_mac(site.secret, receipt).hex()), WRONG_FORMS)
        await _begin(site, limit)
        wants = "news" in form
        try:
            address = address_of(form, site.policy, site.rules)
            if wants and address.type not in CHANNELS:
                raise BadAddress(NO_ADDRESS)
        except BadAddress as error:
            return await _shown(site, request, receipt, form, str(error))
        now = time.time_ns() // 1000
        try:
            waits = await aside(site, lambda connection: _claim(site, connection, receipt, address, wants, now))
        except CannotClaim:
            return await _shown(site, request, receipt, form)
        async with site.writing() as connection:
            await succeeded(connection, (limit,), ())
        words = "Thank you. This purchase is yours now; it may take a moment until the shop sees it."
        words += f" {CONFIRM}" if waits else ""
        return site.see_other(request, request.url.path, Flash(words))

    return [show, take]


def _claim(site: Site, connection: Connection, receipt: Receipt, address: Identifier, wants: bool, now: int) -> bool:
    """Take the claim with what she agrees to; returns whether her address is to be confirmed."""
    with connection.transaction():
        claim(connection, site.secret, receipt, address, now, site.options.claim_days)
        purposes = (MARKETING,) if wants else ()
        return bool(agree(connection, means_of(site), address, purposes, proof_of(site.secret, receipt), now))


async def _shown(
    site: Site, request: Asked, receipt: Receipt, form: dict[str, str] | None = None, fault: str = ""
) -> Answer:
    async with site.reading() as connection:
        sale = await sale_of(connection, site.secret, receipt, time.time_ns() // 1000, site.options.claim_days)
        _, stores = await names_of(connection, (), {receipt.store} - {""})
    status = 422 if fault and sale.standing == claims.OPEN else STATUS.get(sale.standing, 200)
    typed = {name: (form or {}).get(name, "") for name in TYPES}
    context = _context(receipt, sale, stores.get(receipt.store, "")) | {"typed": typed, "fault": fault}
    context |= {"until": receipt.until(site.options.claim_days), "shop": site.options.shop.name}
    return site.render(request, "claim.html", status, wants="news" in (form or {}), **context)


def _context(receipt: Receipt, sale: Sale, store: str) -> dict[str, Any]:
    return {
        "receipt": receipt,
        "standing": sale.standing,
        "order": sale.order,
        "store": store or (f"Store {receipt.store}" if receipt.store else ""),
    }


async def _receipt(site: Site, request: Asked, token: str) -> Receipt:
    """The receipt of a link. Raises PageError: 404 for a link that is none, 429 for who tries many."""
    receipt = receipt_in(site.secret, token)
    if receipt is None:
        host = request.client.host if request.client else ""
        await _begin(site, Limit(site.secret.mac("claim link", host), WRONG_LINKS))
        raise PageError(404, "This link does not work", "It was cut off or changed. Please scan the receipt again.")
    return receipt


async def _begin(site: Site, limit: Limit) -> None:
    async with site.writing() as connection:
        wait = await begin_try(connection, (limit,))
    if wait:
        raise PageError(429, "Too many tries", f"Please wait {site.formats(None).number(wait)} seconds.")
