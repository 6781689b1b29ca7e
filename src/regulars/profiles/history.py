"""A customer's timeline, page by page, newest first."""

import re
from datetime import datetime
from typing import Any, Final

import msgspec
import psycopg

from regulars.profiles import queries
from regulars.profiles.customer_view import moment
from regulars.profiles.timeline import summary

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

MOST: Final = 500
_END: Final = (2**63 - 1, 2**63 - 1)
PLACE: Final = r"^([0-9]{1,18})\.([0-9]{1,18})$"
"""How a place between two pages is written."""

_place_form = re.compile(PLACE)


class TimelineEvent(msgspec.Struct, frozen=True):
    """One accepted event; `summary` says in one line what happened, `flags` names what is odd (bot, clock).

    `claimed`: it rests on a client's word alone.
    """

    time: datetime
    received: datetime
    summary: str
    kind: str
    name: str
    source: str
    trust: str
    claimed: bool
    message_id: str
    origin: str
    flags: tuple[str, ...]
    properties: dict[str, Any]
    traits: dict[str, Any]
    context: dict[str, Any]


class TimelinePage(msgspec.Struct, frozen=True):
    """Events newest first; `before` asks for the next page, '' on the last."""

    events: tuple[TimelineEvent, ...]
    before: str


class _Body(msgspec.Struct):
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}


_body = msgspec.json.Decoder(_Body)


async def events_of(connection: AsyncConnection, customer: bytes, before: str, limit: int) -> TimelinePage:
    """A page of at most `limit` (≤ `MOST`) events before a place, '' for the newest. Raises ValueError."""
    time, id = _END if not before else place_of(before)
    values = {"customer": customer, "time": time, "id": id, "limit": min(limit, MOST) + 1}
    cursor = await connection.cursor(binary=True).execute(queries.EVENTS_OF, values)
    rows = await cursor.fetchall()
    more = len(rows) > min(limit, MOST)
    rows = rows[: min(limit, MOST)]
    return TimelinePage(tuple(timeline_event(row[1:]) for row in rows), f"{rows[-1][1]}.{rows[-1][0]}" if more else "")


def timeline_event(row: tuple[Any, ...]) -> TimelineEvent:
    """An event from its row: time, received, kind, name, source, trust, message id, origin, flags, body."""
    time, received, kind, name, source, trust, message_id, origin, flags, body = row
    said = _body.decode(body)
    return TimelineEvent(
        moment(time),
        moment(received),
        summary(kind, name, said.properties, source),
        kind,
        name,
        source,
        "server" if trust else "client",
        not trust,
        message_id,
        origin,
        tuple(flags.split()),
        said.properties,
        said.traits,
        said.context,
    )


def place_of(text: str) -> tuple[int, int]:
    """A place between two pages, as (time, row's id). Raises ValueError."""
    found = _place_form.fullmatch(text)
    if found is None:
        raise ValueError("before: give the `before` of the page that came before this one")
    return int(found.group(1)), int(found.group(2))
