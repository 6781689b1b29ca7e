"""Customers as a list: searched, filtered, sorted, and cut into pages."""

import re
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
import psycopg

from regulars.profiles.listing import queries
from regulars.profiles.listing.row import REFUSED
from regulars.profiles.listing.words import pattern, terms

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]
Sort = Literal["seen", "since", "spend", "orders", "name"]

NOTHING: Final = "nothing"
NO: Final = "no"
_ID: Final = re.compile("[0-9a-f]{6,32}")


class Wanted(msgspec.Struct, frozen=True):
    """Who is wanted in a list; what is '' or None asks for nothing.

    `text` must be found in her words, `instead` gives for some of its words those that were meant. Moments are in
    microseconds since 1970 UTC and are compared with when she was last seen; spend is in minor units of the shop's
    currency. `consent` is a channel by which she may be written to, `no` for who refused one, `nothing` for who said
    nothing. `ids` are all who may be in it. `stage`, `ways` and `regular` are those of insight.
    """

    text: str = ""
    instead: dict[str, list[str]] = {}
    kind: str = ""
    channel: str = ""
    store: str = ""
    seen_since: int | None = None
    seen_before: int | None = None
    spend_from: int | None = None
    spend_to: int | None = None
    orders_from: int | None = None
    orders_to: int | None = None
    consent: str = ""
    cart: bool | None = None
    simulated: bool | None = None
    ids: list[bytes] | None = None
    stage: str = ""
    ways: str = ""
    regular: bool | None = None


class Place(msgspec.Struct, frozen=True):
    """The last row of a page: its value of what the list is sorted by, and whose it is."""

    value: int | str
    id: bytes


class Entry(msgspec.Struct, frozen=True):
    """One row of a list; the fields are those of `row.ListedCustomer`."""

    id: bytes
    kind: str
    name: str
    known: list[str]
    first: int
    last: int
    channels: list[str]
    stores: list[str]
    orders: int
    spend: int
    currency: str
    consents: list[str]
    cart: int
    simulated: bool
    sorted: str

    def values(self, type: str) -> list[str]:
        """What she is known by of a type."""
        return [each.partition(":")[2] for each in self.known if each.partition(":")[0] == type]

    @property
    def refused(self) -> list[str]:
        """The channels that she said no to, each with its `-`."""
        return [each for each in self.consents if each[:1] == REFUSED]

    def place(self, sort: Sort) -> Place:
        """Her place in a list that is sorted so."""
        return Place(getattr(self, _FIELD[sort]), self.id)


class Listed(msgspec.Struct, frozen=True):
    """A page of a list, and how many are in all of it; one more than `queries.COUNTED` stands for more than that."""

    rows: list[Entry]
    total: int


_FIELD = {sort: column for sort, (column, _) in queries.SORTS.items()}


async def list_page(
    connection: AsyncConnection, wanted: Wanted, sort: Sort, limit: int, reverse: bool = False,
    after: Place | None = None,
) -> list[Entry]:  # fmt: skip
    """At most `limit` customers, those after a place; latest, newest or most first, names from A to Z."""
    conditions, values = _conditions(wanted)
    if after is not None:
        values |= {"value": after.value, "id": after.id}
    query = queries.page_query(conditions, sort, reverse, after is not None)
    cursor = await connection.cursor(binary=True).execute(query, {**values, "limit": limit})
    return [Entry(*row) for row in await cursor.fetchall()]


async def find_page(
    connection: AsyncConnection, wanted: Wanted, sort: Sort, limit: int, reverse: bool = False,
    after: Place | None = None,
) -> Listed:  # fmt: skip
    """As `list_page`, with how many they are in all; quick too where few fit, however they are sorted."""
    conditions, values = _conditions(wanted)
    if after is not None:
        values |= {"value": after.value, "id": after.id}
    query = queries.few_query(conditions, sort, reverse, after is not None)
    row = await (await connection.cursor(binary=True).execute(query, {**values, "limit": limit})).fetchone()
    total, ids = row or (0, [])
    if total > queries.COUNTED:
        return Listed(await list_page(connection, wanted, sort, limit, reverse, after), total)
    return Listed(await entries(connection, ids), total)


async def anybody(connection: AsyncConnection) -> bool:
    """Whether there is any customer at all."""
    row = await (await connection.execute(queries.ANYBODY)).fetchone()
    return bool(row and row[0])


async def entries(connection: AsyncConnection, ids: Sequence[bytes]) -> list[Entry]:
    """The rows of these customers, in this order, as far as they have any."""
    if not ids:
        return []
    cursor = await connection.cursor(binary=True).execute(queries.BY_IDS, (list(ids),))
    by_id = {row[0]: Entry(*row) for row in await cursor.fetchall()}
    return [by_id[id] for id in ids if id in by_id]


def _conditions(wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    values = {name: value for name in queries.CONDITIONS if (value := getattr(wanted, name)) not in ("", None)}
    conditions = [queries.CONDITIONS[name] for name in values]
    for number, term in enumerate(terms(wanted.text)):
        conditions.append(_term(values, number, [term, *wanted.instead.get(term, [])]))
    if wanted.simulated is not None:
        conditions.append(queries.EXAMPLE if wanted.simulated else queries.REAL)
    if wanted.cart is not None:
        conditions.append(queries.WITH_CART if wanted.cart else queries.WITHOUT_CART)
    if wanted.consent == NO:
        conditions.append(queries.REFUSED)
    elif wanted.consent == NOTHING:
        conditions.append(queries.SAID_NOTHING)
    elif wanted.consent:
        conditions.append(queries.MAY)
        values["consent"] = wanted.consent
    return conditions, values


def _term(values: dict[str, Any], number: int, alike: list[str]) -> str:
    """The condition for one word that was typed: any of these spellings of it, or the beginning of an id."""
    found = []
    for n, word in enumerate(alike):
        values[f"word_{number}_{n}"] = pattern(word)
        found.append(f"words LIKE %(word_{number}_{n})s")
    if number == 0 and _ID.fullmatch(alike[0]):
        start = alike[0]
        values |= {"id_from": bytes.fromhex(start.ljust(32, "0")), "id_to": bytes.fromhex(start.ljust(32, "f"))}
        found.append(queries.BY_ID)
    return f"({' OR '.join(found)})"
