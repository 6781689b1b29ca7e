"""One event as it was received, with whom it is filed under."""

from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.profiles.history import timeline_event
from regulars.profiles.timeline import summary
from regulars.storage import live
from regulars.storage.today import channel
from regulars.web.access import PEOPLE
from regulars.web.customers import Moved, moved, opened
from regulars.web.page_errors import PageError
from regulars.web.pages.customer import WORDS
from regulars.web.routes import Answer, Call, page
from regulars.web.site import Site, visible


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/customers/{id:str}/events/{event:int}", "customer.event", PEOPLE)
    async def show(request: Call, id: FromPath[str], event: FromPath[int]) -> Answer:
        async with site.reading() as connection:
            try:
                current = await opened(connection, site, request, id, "event")
            except Moved as to:
                return moved(site, request, id, to)
            row = await live.raw_event(connection, event) if 0 < event < 2**62 else None
            if row is None or row[11] != current:
                raise PageError(404, "There is no such event", "It may have been taken back, or belong to another.")
            known = await live.known(connection, list(row[12] or ()))
        found = timeline_event(row[1:11])
        said = {"properties": found.properties, "traits": found.traits, "context": found.context}
        context: dict[str, Any] = {
            "id": current.hex(), "event": found, "known": known, "number": event,
            "words": summary(found.kind, found.name, found.properties), "channel": channel(found.kind, row[10]),
            "parts": {name: _text(value) for name, value in said.items() if value},
        }  # fmt: skip
        return site.render(request, "customer_event.html", **WORDS, **context)

    return [show]


def _text(value: Any) -> str:
    return visible(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
