"""Search: from part of a name, e-mail, phone or card, misspelt perhaps, to the customers who may be meant."""

import re
from datetime import datetime
from typing import Any, Final

import msgspec
import psycopg

from regulars.identity.blocked import Policy
from regulars.identity.graph import PERSON
from regulars.identity.lookup import clean, near_ids
from regulars.identity.normalise import MAX_VALUE, normalise
from regulars.identity.rules import Rules
from regulars.profiles import queries
from regulars.profiles.customer import customer_view
from regulars.profiles.customer_facts import CustomerFacts
from regulars.profiles.customer_view import moment
from regulars.profiles.fragment import decode
from regulars.profiles.reader import ANONYMOUS, SHARED_RECORD

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

MOST: Final = 50
LONGEST: Final = 200
CANDIDATES: Final = 300
ALIKE: Final = 0.45
"""From this similarity on (pg_trgm's word similarity, 0 to 1) a word counts as a misspelling of another."""

# A visit's cookie or device is found by its whole value only: parts of random ids would drown everything else.
HIDDEN: Final = ["anonymous_id", "device_id"]
_EXACT_TYPES: Final = ("user_id", "loyalty_id", "email", "phone", "payment_token", "wallet_serial", "social_handle")
_NOT_CARD: Final = re.compile(r"[\s\-./()]+")
_SHORTEST: Final = 3  # characters; an index of three-letter parts cannot help with less

Candidate = tuple[bytes, str]


class NamedIdentifier(msgspec.Struct, frozen=True):
    """One identifier that a customer is known by."""

    type: str
    space: str
    value: str
    claimed: bool


class CustomerSummary(msgspec.Struct, frozen=True):
    """A customer in a list: as much as tells her from others."""

    id: str
    kind: str
    name: str
    identifiers: tuple[NamedIdentifier, ...]
    last_seen: datetime | None


async def search(
    connection: AsyncConnection, text: str, limit: int, policy: Policy, rules: Rules
) -> tuple[CustomerSummary, ...]:
    """At most `limit` (≤ `MOST`) customers, likeliest first. Raises BadLookup for a text that cannot be searched.

    Whole identifiers come first, then what begins with the text, what holds it, and what is spelt like it.
    """
    text = clean(text, LONGEST).lower()
    limit = min(limit, MOST)
    ranks: dict[bytes, float] = {}
    await _exact(connection, text, policy, ranks)
    if len(text) >= _SHORTEST:
        await _parts(connection, text, ranks)
        if len(ranks) < limit:
            await _alike(connection, text, ranks)
    best = sorted(ranks, key=lambda id: (-ranks[id], id))[:limit]
    return await summaries(connection, best, rules)


async def summaries(connection: AsyncConnection, ids: list[bytes], rules: Rules) -> tuple[CustomerSummary, ...]:
    """These customers in their order, each with her strongest identifiers first."""
    if not ids:
        return ()
    told = {id: (last, bodies) for id, last, bodies in await _all(connection, queries.SUMMARIES, (ids,))}
    known: dict[bytes, list[tuple[Any, ...]]] = {id: [] for id in ids}
    for customer, *identifier in await _all(connection, queries.KNOWN_AS, (ids, [])):
        known[customer].append(tuple(identifier))
    for each in known.values():
        each.sort(key=lambda row: (rules.rule_of(row[0]).tier, row[:3]))
    return tuple(_summary(id, *told[id], known[id]) for id in ids)


def _summary(id: bytes, last: int | None, bodies: list[bytes] | None, known: list[tuple[Any, ...]]) -> CustomerSummary:
    kind = SHARED_RECORD if not known else PERSON if any(row[3] == PERSON for row in known) else ANONYMOUS
    shown = [row for row in known if row[0] not in HIDDEN] or known[:1]
    server = any(row[4] for row in known)
    view = customer_view(CustomerFacts(id.hex(), tuple(decode(body) for body in bodies or ()), server=server))
    named = tuple(NamedIdentifier(type_, space, value, not server) for type_, space, value, _, server in shown[:10])
    return CustomerSummary(
        id.hex(), kind, view.name.value if view.name else "", named, None if last is None else moment(last)
    )


async def _exact(connection: AsyncConnection, text: str, policy: Policy, ranks: dict[bytes, float]) -> None:
    found = ((type_, normalise(type_, text, policy)) for type_ in (*_EXACT_TYPES, *HIDDEN))
    wanted = [(type_, each.value) for type_, each in found if not each.blocked and len(each.value) <= MAX_VALUE]
    if wanted:
        types, values = zip(*wanted, strict=True)
        rows = await _all(connection, queries.EXACT_VALUES, (list(types), list(values), CANDIDATES))
        for customer in await _holders(connection, rows):
            ranks[customer] = 4.0


async def _parts(connection: AsyncConnection, text: str, ranks: dict[bytes, float]) -> None:
    squeezed = _NOT_CARD.sub("", text)
    spellings = {text} | ({squeezed} if len(squeezed) >= _SHORTEST else set())
    for part in sorted(spellings):
        for pattern, rank in ((f"{_escaped(part)}%", 3.0), (f"%{_escaped(part)}%", 2.0)):
            rows = await _all(connection, queries.LIKE_VALUES, (pattern, HIDDEN, CANDIDATES))
            for customer in await _holders(connection, rows):
                ranks[customer] = max(ranks.get(customer, 0.0), rank)
    words = [f"%{_escaped(word)}%" for word in text.split()]
    for customer, name in await _all(connection, queries.LIKE_NAMES, (words, CANDIDATES)):
        begins = f" {name}".startswith(f" {text}") or f" {text}" in f" {name}"
        ranks[customer] = max(ranks.get(customer, 0.0), 3.0 if begins else 2.0)


async def _alike(connection: AsyncConnection, text: str, ranks: dict[bytes, float]) -> None:
    await connection.execute(queries.SET_ALIKE, (str(ALIKE),))
    rows = await _all(connection, queries.ALIKE_VALUES, (text, text, HIDDEN, MOST))
    names = await _all(connection, queries.ALIKE_NAMES, (text, text, MOST))
    for similarity, customer in [(row[4], row[1]) for row in rows] + [(row[2], row[0]) for row in names]:
        if customer is not None:
            ranks[customer] = max(ranks.get(customer, 0.0), similarity)


async def _holders(connection: AsyncConnection, rows: list[tuple[Any, ...]]) -> set[bytes]:
    """Whose these identifiers are; for shared ones, who came together with them."""
    shared = [key for key, customer, *_ in rows if customer is None]
    return {row[1] for row in rows if row[1] is not None} | set(await near_ids(connection, shared[:MOST], MOST))


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


async def _all(connection: AsyncConnection, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor = await connection.cursor(binary=True).execute(query, values)
    return await cursor.fetchall()
