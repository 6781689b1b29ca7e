"""Segments: the list, and one of them with its rule in words, its members and its history."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Stream

from regulars.profiles.search import CustomerSummary
from regulars.segments import store
from regulars.segments.rule import NAME, BadRule
from regulars.segments.store import Segment
from regulars.segments.words import rule_words
from regulars.storage.database import Connection
from regulars.web.access import FIGURES, SEGMENTERS
from regulars.web.correcting import aside
from regulars.web.csv_file import csv_answer, csv_line
from regulars.web.flash import Flash, Undo
from regulars.web.page_errors import PageError
from regulars.web.pages import segment_builder
from regulars.web.routes import Answer, Call, action, page
from regulars.web.segmenting import CHANNELS, explained, named
from regulars.web.site import Site

MEMBERS = 25
PART = 10_000


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file and of the builder."""

    @page("/segments", "segments", FIGURES)
    async def show(request: Call) -> Answer:
        def read(connection: Connection) -> dict[str, Any]:
            return {
                "segments": store.all_segments(connection), "counts": store.counts(connection),
                "done": store.evaluations(connection),
            }  # fmt: skip

        return site.render(request, "segments.html", **await aside(site, read), **_common(request))

    @page("/segments/{name:str}", "segment", FIGURES)
    async def one(request: Call, name: FromPath[str]) -> Answer:
        context = await aside(site, lambda connection: _read(connection, name))
        people: tuple[CustomerSummary, ...] = ()
        if request.user.role in SEGMENTERS:
            newest = [customer for customer, _ in context["newest"]]
            async with site.reading() as connection:
                people = await named(connection, site, newest)
                if people:
                    await site.audit(connection, request.user, "look at segment", name)
        return site.render(request, "segment.html", people=people, **context, **_common(request))

    @page("/segments/{name:str}/members.csv", "segment.csv", SEGMENTERS)
    async def take(request: Call, name: FromPath[str]) -> Stream:
        segment = await aside(site, lambda connection: _found(connection, name))
        async with site.writing() as connection:
            await site.audit(connection, request.user, "take segment", name)
        return csv_answer(f"{segment.name}.csv", _csv(site, segment.name))

    @page("/segments/{name:str}/why/{id:str}", "segment.why", SEGMENTERS)
    async def why(request: Call, name: FromPath[str], id: FromPath[str]) -> Answer:
        segment = await aside(site, lambda connection: _found(connection, name))
        async with site.reading() as connection:
            who = await segment_builder.looked_at(connection, site, request, id)
        found = await explained(site, segment.group(), id)
        return site.render(request, "segment_why.html", segment=segment, who=who, found=found)

    return [show, one, take, why, *_changes(site), *segment_builder.pages(site)]


def _changes(site: Site) -> list[HTTPRouteHandler]:
    @action("/segments/{name:str}/end", "segment.end", SEGMENTERS)
    async def end(request: Call, name: FromPath[str]) -> Answer:
        segment = await aside(site, lambda connection: _put(connection, request, name, True))
        undo = Undo(f"/segments/{segment.name}/again")
        return site.see_other(request, "/segments", Flash(f"{segment.title} is ended; its members leave.", undo=undo))

    @action("/segments/{name:str}/again", "segment.again", SEGMENTERS)
    async def again(request: Call, name: FromPath[str]) -> Answer:
        segment = await aside(site, lambda connection: _put(connection, request, name, False))
        return site.see_other(request, f"/segments/{segment.name}", Flash(f"{segment.title} is there again."))

    return [end, again]


def _put(connection: Connection, request: Call, name: str, ended: bool) -> Segment:
    segment = _found(connection, name)
    try:
        return store.put(
            connection, request.user.actor, segment.name, segment.title, segment.about, segment.group(), ended
        )
    except BadRule as error:
        raise PageError(422, "That cannot be done", str(error)) from None


def _read(connection: Connection, name: str) -> dict[str, Any]:
    segment = _found(connection, name)
    try:
        words = rule_words(segment.group())
    except BadRule as error:
        words = [f"This rule cannot be read by this version: {error}"]
    return {
        "segment": segment, "words": words, "count": store.counts(connection).get(segment.name, 0),
        "done": store.evaluations(connection).get(segment.name), "versions": store.versions(connection, name, 20),
        "newest": store.newest_members(connection, segment.name, MEMBERS),
    }  # fmt: skip


def _found(connection: Connection, name: str) -> Segment:
    segment = store.find(connection, name) if NAME.fullmatch(name) else None
    if segment is None:
        raise PageError(404, "There is no such segment")
    return segment


def _common(request: Call) -> dict[str, Any]:
    return {"channels": CHANNELS, "may_change": request.user.role in SEGMENTERS}


def _some(connection: Connection, name: str, after: bytes) -> list[bytes]:
    return store.some_members(connection, name, after, PART)


async def _csv(site: Site, name: str) -> AsyncIterator[str]:
    yield csv_line(["customer"])
    last = b""
    while True:
        rows = await aside(site, partial(_some, name=name, after=last))
        yield "".join(csv_line([each.hex()]) for each in rows)
        if len(rows) < PART:
            return
        last = rows[-1]
