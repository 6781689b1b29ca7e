"""Where the link leads by which an address is confirmed: she says yes there, for scanners follow links as well."""

import time

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.clienteling.confirm import Wish, confirm, wish_of
from regulars.storage.failed_sign_ins import Limit, begin_try
from regulars.web.access import Door
from regulars.web.correcting import aside
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, action, page
from regulars.web.site import Asked, Site
from regulars.web.visiting import means_of

WRONG_LINKS = 20
"""So many links that are none, from one place, are free."""


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/confirm/{token:str}", "confirm", Door.PUBLIC)
    async def show(request: Call, token: FromPath[str]) -> Answer:
        now = time.time_ns() // 1000
        found = await aside(site, lambda connection: wish_of(connection, site.secret, token, now))
        return _shown(site, request, await _there(site, request, found))

    @action("/confirm/{token:str}", "confirm.do", Door.PUBLIC)
    async def say(request: Call, token: FromPath[str]) -> Answer:
        now = time.time_ns() // 1000
        found = await aside(site, lambda connection: confirm(connection, means_of(site), token, now))
        return _shown(site, request, await _there(site, request, found))

    return [show, say]


def _shown(site: Site, request: Asked, found: Wish) -> Answer:
    shop = site.options.shop.name
    return site.render(request, "confirm.html", 200, None, shop=shop, confirmed=bool(found.confirmed))


async def _there(site: Site, request: Asked, found: Wish | None) -> Wish:
    """What was found. Raises PageError: 404 where there is nothing, 429 for who tries many."""
    if found is not None:
        return found
    host = request.client.host if request.client else ""
    async with site.writing() as connection:
        wait = await begin_try(connection, (Limit(site.secret.mac("confirm link", host), WRONG_LINKS),))
    if wait:
        raise PageError(429, "Too many tries", f"Please wait {site.formats(None).number(wait)} seconds.")
    raise PageError(404, "This link does not work", "It is too old, or was cut off. Nothing was changed.")
