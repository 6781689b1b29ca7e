"""Pages that grow by themselves: parts of them sent as server-sent events, for as long as the session lasts."""

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress

import psycopg
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from psycopg_pool import PoolTimeout

from regulars.storage.live import Place
from regulars.web.access import Access, declared
from regulars.web.routes import Call, Handler
from regulars.web.security import HEADERS
from regulars.web.site import Site
from regulars.web.watch import TooMany

LONGEST = 15 * 60.0
"""Seconds; the browser then connects anew, so that no stream outlives what it was allowed by."""

_LINES = re.compile("\r\n|\r|\n")

News = Callable[[Place], Awaitable[str]]
"""The part to send now that the pipeline is at a place; '' where nothing changed for this page."""


def flow(path: str, name: str, access: Access) -> Callable[[Handler], HTTPRouteHandler]:
    """Declare the stream of a page, as `routes.page` declares a page."""
    return get(path, name=name, opt=declared(access), include_in_schema=False, media_type="text/event-stream")


def stream(site: Site, request: Call, news: News) -> Stream:
    """The answer that a page's `hx-sse:connect` asks for."""
    headers = {**HEADERS, "X-Accel-Buffering": "no"}
    return Stream(_sent(site, request, news), media_type="text/event-stream", headers=headers)


async def _sent(site: Site, request: Call, news: News) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    end = time.monotonic() + LONGEST
    with suppress(TooMany, PoolTimeout, psycopg.OperationalError):
        async with aclosing(site.watch.places()) as places:
            async for place, is_new in places:
                if time.monotonic() > end or await site.user_of(request.auth) is None:
                    return
                part = await news(place) if is_new else ""
                yield _event(part) if part else b": still here\n\n"


def _event(text: str) -> bytes:
    lines = _LINES.split(text.strip())
    return "".join(f"data: {line}\n" for line in lines).encode("utf-8", "replace") + b"\n"
