"""What couldn't be read: why, its bytes, and sending it in again once the cause is mended."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from regulars.collection.replay import Replay
from regulars.model.rejection import Reason
from regulars.storage import database, reading
from regulars.storage.live import source_names
from regulars.storage.rejected_list import SHOWN, Refusal, reasons, refusals
from regulars.web.access import READERS
from regulars.web.csv_file import csv_answer, csv_line
from regulars.web.flash import Flash
from regulars.web.formats import Formats
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, action, fields, is_partial, page
from regulars.web.site import Site

PAGE = 25
PART = 500
"""So many rows of a CSV are read at once."""
MOST = 2_000
"""So many are sent in again at once."""

WORDS = {
    Reason.MALFORMED: "No readable JSON", Reason.TOO_LARGE: "Too large", Reason.TOO_DEEP: "Nested too deep",
    Reason.WRONG_TYPE: "The wrong kind of value", Reason.UNKNOWN_TYPE: "Not a known call",
    Reason.MISSING_FIELD: "Something is missing", Reason.NOT_A_NUMBER: "Not a number",
    Reason.BAD_CHARACTER: "A broken character", Reason.ID_TOO_LONG: "An id is too long",
    Reason.TOO_MANY_IDENTIFIERS: "Several people at once", Reason.TIME_OUT_OF_RANGE: "Before the year 2000",
    Reason.BAD_TIME: "Not a time", Reason.NOT_ALLOWED_FOR_CLIENT: "Not for a public key",
    Reason.CONFLICTING_DUPLICATE: "Sent before with other content", Reason.BAD_AMOUNT: "Not an amount of money",
}  # fmt: skip
"""The reasons as people say them."""

_Before = Annotated[int, QueryParameter(ge=0, le=2**62)]
_Text = Annotated[str, QueryParameter(max_length=100)]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/rejected", "rejected", READERS)
    async def show(request: Call, reason: _Text = "", source: _Text = "", before: _Before = 0) -> Answer:
        reason, source = reason if reason in WORDS else "", source.replace("\0", "")
        async with site.reading() as connection:
            found = await refusals(connection, reason, source, before, PAGE + 1)
            counts, names = await reasons(connection), await source_names(connection)
            if found:
                await site.audit(connection, request.user, "look at what couldn't be read")
        template = "_rejected_rows.html" if is_partial(request) else "rejected.html"
        return site.render(
            request, template, rows=[(each, text_of(each)) for each in found[:PAGE]], words=WORDS, counts=counts,
            names=names, reason=reason, source=source, before=before, shown=SHOWN,
            next=found[PAGE - 1].id if len(found) > PAGE else 0,
        )  # fmt: skip

    @action("/rejected/{id:int}/replay", "rejected.replay", READERS)
    async def replay(request: Call, id: FromPath[int]) -> Answer:
        sent, left = await _send(site, [id] if 0 < id < 2**63 else [], "")
        if not sent and not left:
            raise PageError(404, "This is not here any more", "It was read meanwhile, or removed.")
        async with site.writing() as connection:
            await site.audit(connection, request.user, "send in again", f"rejected item {id}")
        said = Flash(f"It cannot be sent in again: {left[0]}.", "warning") if left else _sent(1, [])
        return site.see_other(request, "/rejected", said)

    @action("/rejected/replay", "rejected.replay.reason", READERS)
    async def replay_all(request: Call) -> Answer:
        reason = (await fields(request)).get("reason", "")
        if reason not in WORDS:
            raise PageError(400, words="Choose a reason first.")
        sent, left = await _send(site, [], reason)
        async with site.writing() as connection:
            await site.audit(connection, request.user, "send in again", f"{sent} rejected for {reason}")
        return site.see_other(request, f"/rejected?reason={reason}", _sent(sent, left))

    @page("/rejected.csv", "rejected.csv", READERS)
    async def take(request: Call, reason: _Text = "", source: _Text = "") -> Stream:
        reason, source = reason if reason in WORDS else "", source.replace("\0", "")
        async with site.reading() as connection:
            await site.audit(connection, request.user, "take what couldn't be read", f"{reason} {source}".strip())
        return csv_answer("rejected.csv", _csv(site, request, reason, source))

    return [show, replay, replay_all, take]


_HEAD = ("number", "received", "source", "key", "reason", "field", "message", "bytes", "what came")


async def _csv(site: Site, request: Call, reason: str, source: str) -> AsyncIterator[str]:
    fmt, before = site.formats(request.user), 0
    yield csv_line(_HEAD)
    while True:
        async with site.reading() as connection:
            rows = await refusals(connection, reason, source, before, PART)
        yield "".join(csv_line(_cells(each, fmt)) for each in rows)
        if len(rows) < PART:
            return
        before = rows[-1].id


def _cells(each: Refusal, fmt: Formats) -> list[str]:
    return [
        str(each.id), fmt.iso(each.received), each.source, "secret" if each.trust else "public", each.reason,
        each.path, each.message, str(each.size), each.body.decode("utf-8", "replace"),
    ]  # fmt: skip


def text_of(refusal: Refusal) -> str:
    """The beginning of the bytes as text: laid out where it is JSON, else as it came."""
    if refusal.size <= SHOWN:
        try:
            return msgspec.json.format(refusal.body, indent=2).decode("utf-8", "replace")
        except (msgspec.DecodeError, ValueError, RecursionError):
            pass
    return refusal.body.decode("utf-8", "replace")


def _sent(sent: int, left: list[str]) -> Flash:
    words = f"Sent in again: {sent}. What can be read now is gone from here in a moment."
    if left:
        return Flash(f"{words} Left, as they cannot be sent in again: {len(left)}; such as: {left[0]}.", "warning")
    return Flash(words)


async def _send(site: Site, ids: list[int], reason: str) -> tuple[int, list[str]]:
    """Send these in again, or the newest of a reason; how many were sent, and why others could not be."""

    def send() -> tuple[int, list[str]]:
        with database.connect(str(site.pool.conninfo), autocommit=True) as connection:
            found = reading.rejected(connection, reason, MOST) if reason else reading.rejected_of(connection, ids)
            return Replay(connection).send(found)

    return await sync_to_thread(send)
