"""One customer: who that is at a glance, and the timeline, growing as things happen."""

import time
from typing import Annotated, Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from regulars.profiles.moments import moments_of
from regulars.storage import audit, live
from regulars.storage.live import Place
from regulars.web.access import PEOPLE
from regulars.web.customers import Moved, channel_icon, channel_words, meant, moved, opened, tabs, type_icon, type_words
from regulars.web.overview import FIRST, Narrowed, Shown, narrowed, overview, place, timeline
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, page
from regulars.web.site import Connection, Site
from regulars.web.streams import flow, stream

_Text = Annotated[str, QueryParameter(max_length=60)]
_After = Annotated[int, QueryParameter(ge=0, le=2**62)]

WORDS: dict[str, Any] = {
    "channel_words": channel_words, "channel_icon": channel_icon, "type_words": type_words, "type_icon": type_icon,
}  # fmt: skip
"""What the templates of customers call things by."""


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/customers/{id:str}", "customer", PEOPLE)
    async def show(
        request: Call, id: FromPath[str], channel: _Text = "", what: _Text = "", before: _Text = ""
    ) -> Answer:
        by, at = narrowed(channel, what), Shown(place(before))
        fmt, now = site.formats(request.user), time.time_ns() // 1000
        async with site.reading() as connection:
            try:
                current = await opened(connection, site, request, id, "show")
            except Moved as to:
                return moved(site, request, id, to)
            newest = (await live.place(connection)).event
            context = await overview(connection, current, fmt, by, now, at)
        context |= {"newest": newest, "is_live": not before, "tabs": tabs(request), "tab": ""}
        return site.render(request, "customer.html", **WORDS, **context)

    @page("/customers/{id:str}/timeline", "customer.timeline", PEOPLE)
    async def older(
        request: Call, id: FromPath[str], before: _Text, channel: _Text = "", what: _Text = "", day: _Text = ""
    ) -> Answer:
        by, begins = narrowed(channel, what), place(before)
        fmt = site.formats(request.user)
        async with site.reading() as connection:
            current = await meant(connection, site, id)
            await audit.record(connection, request.user.actor, "events", [current])
            found = await moments_of(connection, current, FIRST, begins, "", by.channel, by.what)
        context = {**timeline(found, fmt), "id": current.hex(), "narrow": by, "went_on": day, "after": 1 << 62}
        return site.render(request, "_timeline_older.html", **WORDS, **context)

    return [show, older, _live(site)]


def _live(site: Site) -> HTTPRouteHandler:
    @flow("/customers/{id:str}/live", "customer.live", PEOPLE)
    async def grow(
        request: Call, id: FromPath[str], until: _Text, after: _After, channel: _Text = "", what: _Text = ""
    ) -> Stream:
        by, at = narrowed(channel, what), Shown("", place(until), after)
        async with site.reading() as connection:
            current = await meant(connection, site, id)
            await audit.record(connection, request.user.actor, "watch", [current])
        return stream(site, request, Growing(site, request, id, by, at).news)

    return grow


class Growing:
    """One open page of one customer: makes it anew when something of hers was taken in, or she is another one now."""

    def __init__(self, site: Site, request: Call, id: str, by: Narrowed, at: Shown) -> None:
        self._site, self._request, self._id = site, request, id
        self._by, self._at = by, at
        self._seen = at.after
        self._shown: bytes | None = None
        self._seq: int | None = None

    async def news(self, now: Place) -> str:
        """The page's part as it stands now; '' where nothing has changed."""
        async with self._site.reading() as connection:
            try:
                current = await meant(connection, self._site, self._id)
            except PageError:
                return self._site.part(self._request, "_customer_gone.html")
            if not await self._has_changed(connection, current, now):
                return ""
            moment = time.time_ns() // 1000
            fmt = self._site.formats(self._request.user)
            context = await overview(connection, current, fmt, self._by, moment, self._at)
        context |= {"newest": now.event, "is_live": True, "tabs": tabs(self._request), "tab": ""}
        return self._site.part(self._request, "_customer_now.html", **WORDS, **context)

    async def _has_changed(self, connection: Connection, current: bytes, now: Place) -> bool:
        before, self._shown = self._shown or bytes.fromhex(self._id), current
        seen, self._seen = self._seen, now.event
        seq, self._seq = self._seq, now.seq
        if now.event < seen:
            # What is derived was made anew: events have other numbers now.
            self._at = self._at._replace(after=now.event)
            return True
        # A word said by hand, or an import taken back, moves the place without an event.
        without_event = now.event == seen and seq not in (None, now.seq)
        return current != before or without_event or await live.is_touched(connection, current, seen, now.event)
