"""Whose page a signed link opens, and how much of it."""

import time
from typing import NamedTuple

from regulars.consent import queries
from regulars.consent.change import Means
from regulars.consent.links import DAY, Link, read_token
from regulars.consent.spoken import SAYABLE
from regulars.consent.standing import Address, Standing, standings_async
from regulars.decisioning import outbox
from regulars.identity.graph import SHARED
from regulars.identity.lookup import current_id, was_erased
from regulars.model.identifier import Identifier
from regulars.storage.failed_sign_ins import Limit, begin_try
from regulars.web.limiter import Limiter
from regulars.web.page_errors import PageError
from regulars.web.site import Asked, Connection, Site

EXPIRED, MANY = "expired", "shared"
WRONG_LINKS = 20
"""So many links that are none, from one place, are free."""
CALLS, SECONDS = 120, 300.0
"""So often one link may be opened or used in so many seconds."""


class Visit(NamedTuple):
    """Who a link is for now: the `address` at which she speaks, and how she stands.

    `limited` says why she may only stop messages here: the link is too old, or several people share the address; ''
    where everything is open. Of a shared address `customer` is b"".
    """

    token: str
    link: Link
    customer: bytes
    address: Address
    standing: Standing
    limited: str


def means_of(site: Site) -> Means:
    """What changes of consent are made with here."""
    return Means(site.secret, site.rules, outbox.stop, site.composed.consent, site.options.timezone)


async def link_of(site: Site, request: Asked, token: str, limiter: Limiter) -> Link:
    """What a token says. Raises PageError: 404 for one that is none, 429 for who tries many or asks too often."""
    link = read_token(site.secret, token)
    if link is None:
        host = request.client.host if request.client else ""
        async with site.writing() as connection:
            wait = await begin_try(connection, (Limit(site.secret.mac("preference link", host), WRONG_LINKS),))
        if wait:
            raise PageError(429)
        words = "It was cut off or changed. Open it again from one of our messages."
        raise PageError(404, "This link does not work", words)
    if not limiter.lets(link.id):
        raise PageError(429)
    return link


async def visit_of(connection: Connection, site: Site, token: str, link: Link) -> Visit:
    """Whom a link leads to. Raises PageError: 410 where nothing is kept of her any more, 404 where it never was."""
    identifier, customer = await _meant(connection, site, link)
    if customer is None:
        assert identifier is not None
        address = Address(identifier, link.id, shared=True)
        return Visit(token, link, b"", address, Standing(b"", site.options.timezone, (address,)), MANY)
    found = await standings_async(connection, [customer], site.rules, site.options.timezone)
    standing = found[customer]
    own = [each for each in standing.addresses if not each.shared and each.identifier.type in SAYABLE]
    mine = [each for each in own if each.key == link.id]
    ranked = [*mine, *(each for each in own if each.identifier.type == "email"), *own]
    if not ranked:
        raise PageError(404, "There is nothing here", "We know of no address or account that belongs to this link.")
    address = ranked[0]
    old = time.time_ns() // 1000 - link.made > (site.composed.consent.link_days + 1) * DAY
    return Visit(token, link, customer, address, standing, EXPIRED if old else "")


def address_for(visit: Visit, channel: str) -> Address | None:
    """The address at which she decides about a channel: the link's own, else her best that a server knows."""
    found = [each for each in visit.standing.addresses_for(channel) if not each.shared]
    mine = [each for each in found if each.key == visit.address.key]
    return next(iter([*mine, *(each for each in found if not each.claimed)]), None)


async def _meant(connection: Connection, site: Site, link: Link) -> tuple[Identifier | None, bytes | None]:
    """The address of a link, if it names one, and the customer; none of an address that several people share."""
    gone = PageError(410, "Nothing is kept", "We hold no data that belongs to this link any more.")
    if link.kind == "customer":
        current = await current_id(connection, link.id, site.secret)
        if current is None:
            raise gone if await was_erased(connection, link.id) else PageError(404)
        return None, current
    row = await (await connection.cursor(binary=True).execute(queries.OF_KEY, (link.id,))).fetchone()
    if row is None:
        raise gone
    type_, space, value, standing, customer = row
    if customer is None or standing in SHARED:
        return Identifier(type_, space, value), None
    return Identifier(type_, space, value), customer
