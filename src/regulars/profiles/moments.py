"""What a customer's timeline shows, by channel and by kind of thing, page by page, newest first."""

from typing import Any, Final

import msgspec
import psycopg

from regulars.profiles import queries
from regulars.profiles.history import TimelineEvent, place_of, timeline_event
from regulars.profiles.timeline import summary
from regulars.storage.today import channel

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

KINDS: Final = {
    "looked": "Looked", "cart": "Cart", "order": "Orders", "message": "Messages", "care": "Care",
    "consent": "Consent", "who": "Who it is", "other": "All else",
}  # fmt: skip
"""The kinds of thing that a timeline can be narrowed to, and their words."""

CHUNK: Final = 200
MOST_READ: Final = 4_000
"""So many events are looked through for one page at most; the page after it goes on from there."""

_LOOKS: Final = ("Product Viewed", "Product Clicked", "Product List", "Products Searched", "Content", "Promotion")
_KINDS: Final = (
    ("consent", ("Consent ",)),
    ("cart", ("Product Added", "Product Removed", "Cart ", "Wishlist", "Checkout", "Payment Info", "Coupon")),
    ("order", ("Order ", "Receipt ", "Points ")),
    ("message", ("Message ", "Email ", "Push ")),
    ("care", ("Case ", "Survey ", "Product Reviewed", "Fitting", "Appointment")),
    ("looked", (*_LOOKS, "Product Tried On", "Product Shared", "Store ", "Zone ")),
)


class Moment(msgspec.Struct, frozen=True):
    """One event of a timeline: its row's `id`, its time in microseconds, its channel ('' if untold) and kind.

    `words` say in one line what happened.
    """

    id: int
    at: int
    channel: str
    what: str
    words: str
    event: TimelineEvent

    @property
    def place(self) -> str:
        """Where it stands in the timeline: the `before` of what comes after it."""
        return f"{self.at}.{self.id}"


class Moments(msgspec.Struct, frozen=True):
    """A page of a timeline; `before` asks for the next, '' where there is none."""

    found: tuple[Moment, ...]
    before: str


def what_of(kind: str, name: str) -> str:
    """The kind of thing (a key of `KINDS`) that an event is, by its kind and name."""
    if kind in ("page", "screen"):
        return "looked"
    if kind in ("identify", "alias", "group"):
        return "who"
    return next((what for what, starts in _KINDS if name.startswith(starts)), "other")


async def moments_of(
    connection: AsyncConnection,
    customer: bytes,
    limit: int,
    before: str = "",
    until: str = "",
    by: str = "",
    what: str = "",
) -> Moments:
    """At most `limit` events before one place and after another, of one channel and one kind. Raises ValueError."""
    found: list[Moment] = []
    end = place_of(until) if until else (0, 0)
    place, read = before, 0
    # Where nothing is passed over, no more is read than is shown, and one to know whether there is more.
    many = CHUNK if by or what else min(limit + 1, CHUNK)
    while read < MOST_READ:
        page, more = await _chunk(connection, customer, place, many)
        read += len(page)
        for moment in page:
            if (moment.at, moment.id) <= end:
                return Moments(tuple(found), "")
            if by in ("", moment.channel) and what in ("", moment.what):
                if len(found) == limit:
                    return Moments(tuple(found), found[-1].place)
                found.append(moment)
        if not more:
            return Moments(tuple(found), "")
        place = page[-1].place
    return Moments(tuple(found), place)


async def _chunk(connection: AsyncConnection, customer: bytes, before: str, many: int) -> tuple[list[Moment], bool]:
    time, id = place_of(before) if before else (2**63 - 1, 2**63 - 1)
    values = {"customer": customer, "time": time, "id": id, "limit": many + 1}
    cursor = await connection.cursor(binary=True).execute(queries.EVENTS_OF, values)
    rows = await cursor.fetchall()
    return [_moment(row) for row in rows[:many]], len(rows) > many


def _moment(row: tuple[Any, ...]) -> Moment:
    id, at, _, kind, name = row[:5]
    event = timeline_event(row[1:])
    return Moment(id, at, channel(kind, row[-1]), what_of(kind, name), summary(kind, name, event.properties), event)
