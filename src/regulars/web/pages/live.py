"""Live: events as they come, taken in or not, and each one's way through the pipeline."""

from typing import Annotated, Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter
from litestar.response import Stream

from regulars.profiles.history import TimelineEvent, timeline_event
from regulars.profiles.moments import what_of
from regulars.profiles.timeline import summary
from regulars.storage import audit, live
from regulars.storage.live import Place, Refused
from regulars.storage.today import channel
from regulars.storage.totals import Totals
from regulars.web.access import PEOPLE
from regulars.web.customers import channel_words
from regulars.web.routes import Answer, Call, is_partial, page
from regulars.web.site import Connection, Site, visible
from regulars.web.streams import flow, stream
from regulars.web.way import Step, between, reason_words, stop_of, untimed

FIRST = 50
AT_ONCE = 40
"""How many are shown of what came in between two looks; of the rest only the number is told."""
BODY = 2_000

_Source = Annotated[str, QueryParameter(max_length=200)]
_Only = Annotated[str, QueryParameter(max_length=10)]
_Id = Annotated[int, QueryParameter(ge=0, le=2**62)]


class Seen:
    """One event that was taken in."""

    refused = None

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.id: int = row[0]
        self.received: int = row[2]
        self.event: TimelineEvent = timeline_event(row[1:11])
        self.customer: str = row[11].hex() if row[11] else ""
        self.channel = channel(row[3], row[10])
        self.what = what_of(row[3], row[4])
        self.words = summary(row[3], row[4], self.event.properties)


class Dropped:
    """One item that could not be read."""

    def __init__(self, item: Refused) -> None:
        self.refused = item
        self.received = item.received
        self.words = reason_words(item.reason)
        self.stop = stop_of(item.reason)
        self.body = visible(item.body[:BODY].decode("utf-8", "replace"))
        self.is_cut = len(item.body) > BODY


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/live", "live", PEOPLE)
    async def show(request: Call, source: _Source = "", only: _Only = "") -> Answer:
        source = source.replace("\0", "")
        async with site.reading() as connection:
            await audit.record(connection, request.user.actor, "live")
            now = await live.place(connection)
            feed = await _feed(connection, 0, 0, source, only, FIRST)
            sources = await live.source_names(connection)
        context: dict[str, Any] = {
            "feed": feed[:FIRST], "way": untimed(now.totals), "source": source, "only": only, "sources": sources,
            "place": now, "totals": now.totals, "steps": between(None, now.totals), "channel_words": channel_words,
            "more": 0,
        }  # fmt: skip
        return site.render(request, "_live_feed.html" if is_partial(request) else "live.html", **context)

    @flow("/live/stream", "live.stream", PEOPLE)
    async def grow(request: Call, event: _Id, rejected: _Id, source: _Source = "", only: _Only = "") -> Stream:
        async with site.reading() as connection:
            await audit.record(connection, request.user.actor, "watch live")
        return stream(site, request, Flowing(site, request, event, rejected, source.replace("\0", ""), only).news)

    return [show, grow]


class Flowing:
    """One open page of Live: what came in since it was last told."""

    def __init__(self, site: Site, request: Call, event: int, rejected: int, source: str, only: str) -> None:
        self._site, self._request = site, request
        self._event, self._rejected = event, rejected
        self._source, self._only = source, only
        self._totals: Totals | None = None

    async def news(self, now: Place) -> str:
        """The new events, newest first; '' where there are none."""
        before, self._totals = self._totals, now.totals
        # A rebuild numbers everything anew.
        since = min(self._event, now.event), min(self._rejected, now.rejected)
        came = now.event - since[0] + now.rejected - since[1]
        self._event, self._rejected = now.event, now.rejected
        if came <= 0:
            return ""
        async with self._site.reading() as connection:
            feed = await _feed(connection, *since, self._source, self._only, AT_ONCE)
        if not feed:
            return ""
        way: tuple[Step, ...] = between(before, now.totals) if before is not None else untimed(now.totals)
        return self._site.part(
            self._request, "_live_feed.html", feed=feed[:AT_ONCE], way=way, channel_words=channel_words, fresh=True,
            totals=now.totals, steps=between(None, now.totals),
            more=came - AT_ONCE if came > AT_ONCE and not self._source and not self._only else 0,
        )  # fmt: skip


async def _feed(
    connection: Connection, event: int, rejected: int, source: str, only: str, most: int
) -> list[Seen | Dropped]:
    seen: list[Seen | Dropped] = []
    if only != "rejected":
        seen += [Seen(row) for row in await live.newest(connection, event, source, most)]
    if only != "accepted":
        seen += [Dropped(item) for item in await live.refused(connection, rejected, source, most)]
    # What came in one call keeps the order in which it was taken in.
    return sorted(seen, key=lambda each: -each.received)
