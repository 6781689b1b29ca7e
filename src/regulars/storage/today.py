"""What Home asks: what came in since midnight, by channel, and whether there is anything here at all."""

from collections import defaultdict
from typing import Any

import msgspec
import psycopg

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

MOST = 20_000
"""So many of the newest events are looked at, however many there are."""

# Bodies are read here, not by PostgreSQL: its JSON knows neither \u0000 nor half a surrogate, which senders do send.
NEWEST = """
SELECT e.kind, e.name, e.body, b.customer
FROM (SELECT time, kind, name, body, bundle FROM events ORDER BY id DESC LIMIT %s) AS e
LEFT JOIN bundles b ON b.key = e.bundle WHERE e.time >= %s
"""
MORE = "SELECT EXISTS (SELECT FROM events ORDER BY id DESC OFFSET %s)"

BEGUN = """
SELECT EXISTS (SELECT 1 FROM keys WHERE revoked IS NULL), EXISTS (SELECT 1 FROM log), EXISTS (SELECT 1 FROM issued_ids),
    (SELECT count(*) > 1 FROM users WHERE ended IS NULL)
"""

REJECTED = (
    "SELECT count(*) FROM (SELECT received FROM rejected ORDER BY id DESC LIMIT %s) AS newest WHERE received >= %s"
)


class ChannelToday(msgspec.Struct, frozen=True):
    """What came in by one channel ('' where none was told): events, different customers, orders."""

    channel: str
    events: int
    customers: int
    orders: int


class Begun(msgspec.Struct, frozen=True):
    """How far an installation is set up: is there a key, anything received, a customer, a colleague?"""

    key: bool
    received: bool
    customer: bool
    colleagues: bool


class _Properties(msgspec.Struct):
    channel: Any = None
    store_id: Any = None


class _Context(msgspec.Struct):
    app: Any = None
    device: Any = None
    page: Any = None


class _Body(msgspec.Struct):
    properties: _Properties = msgspec.field(default_factory=_Properties)
    context: _Context = msgspec.field(default_factory=_Context)


_decode = msgspec.json.Decoder(_Body).decode


def channel(kind: str, body: bytes) -> str:
    """The channel of an accepted event, as `profiles.activity.channel_of` tells it."""
    said = _decode(body)
    if kind != "group":
        if isinstance(said.properties.channel, str) and said.properties.channel:
            return said.properties.channel.lower()[:50]
        if said.properties.store_id is not None:
            return "store"
    if kind == "screen" or _told(said.context.app) or _told(said.context.device):
        return "app"
    return "web" if kind == "page" or _told(said.context.page) else ""


def _told(value: Any) -> bool:
    return isinstance(value, dict) and bool(value)


async def today(connection: Connection, since: int) -> tuple[list[ChannelToday], bool]:
    """What happened since a moment, by channel; and whether only the newest `MOST` events were looked at."""
    events: dict[str, int] = defaultdict(int)
    orders: dict[str, int] = defaultdict(int)
    customers: dict[str, set[bytes]] = defaultdict(set)
    row = await (await connection.execute(MORE, (MOST,))).fetchone()
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(NEWEST, (MOST, since))
        async for kind, name, body, customer in cursor:
            by = channel(kind, body)
            events[by] += 1
            orders[by] += name == "Order Completed"
            if customer is not None:
                customers[by].add(customer)
    found = [ChannelToday(by, n, len(customers[by]), orders[by]) for by, n in events.items()]
    return sorted(found, key=lambda each: (-each.events, each.channel)), bool(row and row[0])


async def begun(connection: Connection) -> Begun:
    """How far the installation is set up."""
    row = await (await connection.execute(BEGUN)).fetchone()
    assert row is not None
    return Begun(*row)


async def rejected_since(connection: Connection, since: int) -> int:
    """How many items could not be read since a moment, among the newest `MOST` of them."""
    row = await (await connection.execute(REJECTED, (MOST, since))).fetchone()
    return int(row[0]) if row else 0
