"""Who is meant by `TYPE:VALUE` or by a customer id, old ones included."""

import re
from typing import Any

import msgspec
import psycopg

from regulars.identity import queries
from regulars.identity.blocked import Policy
from regulars.identity.extract import MAX_TYPE, type_of
from regulars.identity.graph import SHARED
from regulars.identity.normalise import MAX_VALUE, normalise
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

LONGEST = MAX_TYPE + 2 * MAX_VALUE
NEAR = 20
"""How many customers near a shared identifier are named."""

_ID = re.compile(r"[0-9a-fA-F]{32}")
# Neither a database nor an identifier holds them; U+FFFD is what a damaged spelling is decoded to.
_BAD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")


class BadLookup(ValueError):
    """What was asked for cannot name anybody; the message says how to write it."""


class Wanted(msgspec.Struct, frozen=True):
    """What was asked for: a customer `id` (16 bytes), or a `type` with `rest`, its `VALUE` or `SPACE:VALUE`."""

    id: bytes = b""
    type: str = ""
    rest: str = ""


class Holding(msgspec.Struct, frozen=True):
    """A value as it is known in one id space, and whose it is: nobody's where it is shared."""

    identifier: Identifier
    shared: bool
    customer: bytes | None


class Found(msgspec.Struct, frozen=True):
    """Whom a look-up leads to.

    `customers` are current ids: none where nobody is known so, more than one where several id spaces have the value.
    `near` names customers that came together with a shared value, most messages first. `note` says in words why there
    is nobody, where that is known.
    """

    customers: tuple[bytes, ...] = ()
    holdings: tuple[Holding, ...] = ()
    near: tuple[bytes, ...] = ()
    note: str = ""


def customer_id(text: str) -> bytes | None:
    """The customer id written in `text` as 32 hexadecimal digits; None where it is none."""
    return bytes.fromhex(text) if _ID.fullmatch(text) else None


def wanted(text: str) -> Wanted:
    """Read a customer id, `TYPE:VALUE` or `TYPE:SPACE:VALUE`. Raises BadLookup."""
    text = clean(text, LONGEST)
    if (known := customer_id(text)) is not None:
        return Wanted(known)
    name, colon, rest = text.partition(":")
    type_ = type_of(name)
    if not colon or not type_ or len(name) > MAX_TYPE:
        raise BadLookup("write TYPE:VALUE, such as email:ada@shop.example, or a customer id of 32 hexadecimal digits")
    if not rest.strip():
        raise BadLookup(f"the value is missing: write {type_}:VALUE")
    return Wanted(b"", type_, rest)


def clean(text: str, longest: int) -> str:
    """`text` trimmed. Raises BadLookup where it is empty, too long, or holds what no identifier holds."""
    if len(text) > longest:
        raise BadLookup(f"longer than {longest} characters")
    if _BAD.search(text):
        raise BadLookup("holds a control character or a damaged one")
    if not text.strip():
        raise BadLookup("is empty")
    return text.strip()


async def look_up(connection: AsyncConnection, asked: Wanted, policy: Policy, secret: Secret) -> Found:
    """Whom an id or an identifier leads to. Raises BadLookup for a value that is too long."""
    if asked.id:
        current = await current_id(connection, asked.id, secret)
        return Found(() if current is None else (current,))
    rows, note = await _rows(connection, asked, policy)
    customers: set[bytes] = set()
    holdings, shared = [], []
    for key, type_, space, value, standing, customer in rows:
        identifier = Identifier(type_, space, value)
        holdings.append(Holding(identifier, standing in SHARED, customer))
        if customer is None:
            shared.append(key)
            customer = await _record(connection, identifier, secret)
        if customer is not None:
            customers.add(customer)
    near = await near_ids(connection, shared, NEAR)
    if shared and not customers:
        note = "it is shared by several people, so it belongs to nobody"
    return Found(tuple(sorted(customers)), tuple(holdings), near, note)


async def current_id(connection: AsyncConnection, id: bytes, secret: Secret) -> bytes | None:
    """The id itself while it is in use, else that of whoever stands for it now; None where it was never issued.

    That is whoever holds its anchor; where the anchor became shared, whoever holds most of the members it was issued
    for (ties by id), else the record of the shared anchor.
    """
    if await _is_current(connection, id):
        return id
    cursor = connection.cursor(binary=True)
    row = await (await cursor.execute(queries.ISSUED, (id,))).fetchone()
    if row is None:
        return None
    members, type_, space, value, holder = row
    if holder is not None:
        return bytes(holder)
    most = await (await cursor.execute(queries.MOST_HELD, (members,))).fetchone()
    if most is not None:
        return bytes(most[0])
    return None if type_ is None else await _record(connection, Identifier(type_, space, value), secret)


async def near_ids(connection: AsyncConnection, keys: list[bytes], limit: int) -> tuple[bytes, ...]:
    """The customers that came together with any of these identifiers, most messages first."""
    if not keys:
        return ()
    cursor = await connection.cursor(binary=True).execute(queries.NEAR, (keys, limit))
    return tuple([row[0] async for row in cursor])


async def _rows(connection: AsyncConnection, asked: Wanted, policy: Policy) -> tuple[list[tuple[Any, ...]], str]:
    """The identifiers of this value in every space; else, where the rest has a colon, in the space before it."""
    found, note = await _spelt(connection, asked.type, asked.rest, policy)
    space, colon, value = asked.rest.partition(":")
    if found or not colon:
        return found, note
    # A receipt's space holds no colon; a value may hold some.
    within, _ = await _spelt(connection, asked.type, value, policy)
    return [row for row in within if row[2] == space], note


async def _spelt(connection: AsyncConnection, type_: str, raw: str, policy: Policy) -> tuple[list[Any], str]:
    if len(raw) > MAX_VALUE:
        raise BadLookup(f"a value has at most {MAX_VALUE} characters")
    normalised = normalise(type_, raw, policy)
    if normalised.blocked:
        return [], f"such a value points at nobody ({normalised.blocked})"
    cursor = await connection.cursor(binary=True).execute(queries.FIND_VALUE, (type_, normalised.value))
    return await cursor.fetchall(), ""


async def _record(connection: AsyncConnection, identifier: Identifier, secret: Secret) -> bytes | None:
    """The id of a shared identifier's record, where any bundle is in it."""
    id = secret.mac("shared", identifier.type, identifier.space, identifier.value)
    return id if await _is_current(connection, id) else None


async def _is_current(connection: AsyncConnection, id: bytes) -> bool:
    row = await (await connection.execute(queries.IS_CURRENT, (id, id))).fetchone()
    return bool(row and row[0])


async def was_erased(connection: AsyncConnection, id: bytes) -> bool:
    """Whether the customer with this id was erased."""
    row = await (await connection.execute(queries.WAS_ERASED, (id,))).fetchone()
    return bool(row and row[0])
