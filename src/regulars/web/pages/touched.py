"""Where the links and the picture in messages lead: public, signed, and nothing is read out here."""

import time
from base64 import b64decode
from typing import Annotated, Final

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Response

from regulars.measurement.touches import CLICKED, HEADERS, OPENED, Touch
from regulars.messaging.links import LONGEST, decision_of, is_target
from regulars.web.access import Door
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, page
from regulars.web.site import Site

DOT: Final = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""A picture of one transparent dot."""
PICTURE_PATIENCE, LINK_PATIENCE = 2.0, 0.5
"""Seconds that the database has before the picture is shown, or somebody who clicked is led on."""
FRESH: Final = {
    "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}  # fmt: skip

_Target = Annotated[str, QueryParameter(max_length=LONGEST)]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/t/o/{name:str}", "touched.open", Door.PUBLIC)
    async def opened(request: Call, name: FromPath[str]) -> Answer:
        token, dot, kind = name.partition(".")
        decision = decision_of(site.secret, OPENED, token) if dot + kind == ".gif" else None
        # A wrong address gets the same picture: a broken one in somebody's mail helps nobody.
        if decision is not None and request.method == "GET":
            await site.toucher.note(_touch(request, decision, OPENED), PICTURE_PATIENCE)
        return Response(DOT, media_type="image/gif", headers={**FRESH, "Cross-Origin-Resource-Policy": "cross-origin"})

    @page("/t/c/{token:str}", "touched.click", Door.PUBLIC)
    async def clicked(request: Call, token: FromPath[str], u: _Target = "") -> Answer:
        decision = decision_of(site.secret, CLICKED, token, u)
        if decision is None or not is_target(u):
            words = "It may have been cut off on its way. Please go to the shop's own site."
            raise PageError(404, "This link is not complete", words)
        if request.method == "GET":
            await site.toucher.note(_touch(request, decision, CLICKED, u), LINK_PATIENCE)
        return Response(b"", status_code=302, media_type="text/plain", headers={**FRESH, "Location": u})

    return [opened, clicked]


def _touch(request: Call, decision: bytes, what: str, url: str = "") -> Touch:
    headers = {name: value[:1_000] for name in HEADERS if (value := request.headers.get(name, ""))}
    return Touch(decision, what, time.time_ns() // 1000, url, headers)
