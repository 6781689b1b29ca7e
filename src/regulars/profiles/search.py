"""Search: from part of a name, e-mail, phone or card, misspelt perhaps, to the customers who may be meant."""

import re
from datetime import datetime
from itertools import islice, product
from typing import Any, Final

import msgspec
import psycopg

from regulars.identity.blocked import Policy
from regulars.identity.graph import PERSON
from regulars.identity.lookup import clean, near_ids
from regulars.identity.normalise import MAX_VALUE, normalise
from regulars.identity.rules import Rules
from regulars.profiles import queries
from regulars.profiles.customer import customer_name
from regulars.profiles.customer_view import moment
from regulars.profiles.fragment import decode_said
from regulars.profiles.listing.misspelt import meant
from regulars.profiles.reader import ANONYMOUS, SHARED_RECORD

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

MOST: Final = 50
LONGEST: Final = 200
CANDIDATES: Final = 300
ALIKE: Final = 0.45
DAMAGED: Final = 4.5
"""From this similarity on (pg_trgm's word similarity, 0 to 1) a word counts as a misspelling of another: `ALIKE`, and
for a long word what is left when so many of its three-letter parts are other ones; a wrong letter changes three,
a swap four.
"""

# A visit's cookie or device is found by its whole value only: parts of random ids would drown everything else.
HIDDEN: Final = ["anonymous_id", "device_id"]
_identifiers = msgspec.json.Decoder(list[tuple[str, str, str, str, bool]]).decode
_EXACT_TYPES: Final = ("user_id", "loyalty_id", "email", "phone", "payment_token", "wallet_serial", "social_handle")
_NOT_CARD: Final = re.compile(r"[\s\-./()]+")
_NO_NAME: Final = re.compile(r"[@\d]")
_SHORTEST: Final = 3  # characters; an index of three-letter parts cannot help with less

SPELLINGS: Final = 8
"""So many ways to spell a whole name are tried where several of its words are misspelt."""

ONE_OFF: Final = 0.9
WHOLE, NAMED, BEGINS, HOLDS = 5.0, 4.0, 3.0, 2.0
"""Ranks: a whole identifier, a whole name, what begins so, what holds it; below 1 is how alike a misspelling is."""


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
    ranks = dict.fromkeys(await _exact(connection, text, policy), WHOLE)
    if len(text) >= _SHORTEST:
        await _named(connection, text, ranks)
        # Each step is for what the ones before did not find: a whole identifier asks for no parts of others, and a
        # list that is full of names that begin so would show nobody else.
        if WHOLE not in ranks.values() and sum(rank >= BEGINS for rank in ranks.values()) < limit:
            await _parts(connection, text, ranks)
        if not ranks:
            await _one_off(connection, text, ranks)
        if not ranks:
            await _alike(connection, text, ranks)
    best = sorted(ranks, key=lambda id: (-ranks[id], id))[:limit]
    return await summaries(connection, best, rules)


async def summaries(connection: AsyncConnection, ids: list[bytes], rules: Rules) -> tuple[CustomerSummary, ...]:
    """These customers in their order, each with her strongest identifiers first."""
    if not ids:
        return ()
    told = {row[0]: row for row in await _all(connection, queries.SUMMARIES, (ids,))}
    return tuple(_summary(rules, *told[id]) for id in ids)


def _summary(rules: Rules, id: bytes, last: int | None, bodies: list[bytes] | None, said: str) -> CustomerSummary:
    known = sorted(_identifiers(said or "[]"), key=lambda row: (rules.rule_of(row[0]).tier, row))
    kind = SHARED_RECORD if not known else PERSON if any(row[3] == PERSON for row in known) else ANONYMOUS
    shown = [row for row in known if row[0] not in HIDDEN] or known[:1]
    server = any(row[4] for row in known)
    name = customer_name(tuple(decode_said(body) for body in bodies or ()), server)
    named = tuple(NamedIdentifier(type_, space, value, not server) for type_, space, value, _, server in shown[:10])
    return CustomerSummary(id.hex(), kind, name, named, None if last is None else moment(last))


async def _exact(connection: AsyncConnection, text: str, policy: Policy) -> set[bytes]:
    found = ((type_, normalise(type_, text, policy)) for type_ in (*_EXACT_TYPES, *HIDDEN))
    wanted = [(type_, each.value) for type_, each in found if not each.blocked and len(each.value) <= MAX_VALUE]
    if not wanted:
        return set()
    types, values = zip(*wanted, strict=True)
    return await _holders(connection, await _all(connection, queries.EXACT_VALUES, (list(types), list(values), MOST)))


async def _named(connection: AsyncConnection, text: str, ranks: dict[bytes, float]) -> None:
    words = text.split()
    # Of many words the longest tell most; those left out are looked for in what these find.
    told = sorted(set(words), key=lambda word: (-len(word), word))[: max(queries.LIKE_NAMES)]
    holding = tuple(f"%{_escaped(word)}%" for word in told)
    rows = await _all(connection, queries.LIKE_NAMES[len(holding)], (*holding, CANDIDATES))
    if len(rows) == CANDIDATES:
        # Too many to be sure that those which begin so are among them.
        begins = f"{_escaped(text)}%"
        rows += await _all(connection, queries.LIKE_NAMES[1], (begins, CANDIDATES))
    rows = [row for row in rows if all(word in row[1] for word in words)]
    for customer, name in rows:
        rank = NAMED if name == text else BEGINS if f" {text}" in f" {name}" else HOLDS
        ranks[customer] = max(ranks.get(customer, 0.0), rank)


async def _parts(connection: AsyncConnection, text: str, ranks: dict[bytes, float]) -> None:
    squeezed = _NOT_CARD.sub("", text)
    for part in sorted({text} | ({squeezed} if len(squeezed) >= _SHORTEST else set())):
        rows = await _all(connection, queries.LIKE_VALUES, (f"%{_escaped(part)}%", CANDIDATES))
        begins = [row for row in rows if row[3].lower().lstrip("+").startswith(part.lstrip("+"))]
        for rank, found in ((BEGINS, begins), (HOLDS, rows)):
            for customer in await _holders(connection, found):
                ranks[customer] = max(ranks.get(customer, 0.0), rank)


async def _one_off(connection: AsyncConnection, text: str, ranks: dict[bytes, float]) -> None:
    """Names of which some words differ by a letter; short ones share too few parts of three letters to be alike."""
    words = text.split()[: max(queries.LIKE_NAMES)]
    spelt = [await meant(connection, word) or [word] for word in words]
    for each in islice(product(*spelt), SPELLINGS) if spelt != [[word] for word in words] else ():
        near: dict[bytes, float] = {}
        await _named(connection, " ".join(each), near)
        ranks.update(dict.fromkeys(near, ONE_OFF))


async def _alike(connection: AsyncConnection, text: str, ranks: dict[bytes, float]) -> None:
    steps = [_alike_names, _alike_values]
    # What looks like an address or a number is no misspelt name; the other way is tried only where that finds nothing.
    for step in reversed(steps) if _NO_NAME.search(text) else steps:
        for similarity, customer in await step(connection, text):
            ranks[customer] = max(ranks.get(customer, 0.0), similarity)
        if ranks:
            return


async def _alike_names(connection: AsyncConnection, text: str) -> list[tuple[float, bytes]]:
    """By words, each of them like something in the name, in any order; of many words the longest count."""
    said = {word for word in text.split() if any(map(str.isalnum, word))}
    words = sorted(said, key=lambda word: (-len(word), word))[: max(queries.ALIKE_NAMES)]
    if not words:
        return []
    await _set_alike(connection, len(words[-1]))
    rows = await _all(connection, queries.ALIKE_NAMES[len(words)], (*words, *words, MOST))
    return [(alike / len(words), customer) for customer, alike in rows]


async def _alike_values(connection: AsyncConnection, text: str) -> list[tuple[float, bytes]]:
    # Thousands of addresses have the same domain, so it tells nothing; and a misspelling in it does no harm then.
    local = text.partition("@")[0] or text
    await _set_alike(connection, len(local))
    rows = await _all(connection, queries.ALIKE_VALUES, (local, local, MOST))
    return [(row[4], row[1]) for row in rows if row[1] is not None]


async def _set_alike(connection: AsyncConnection, letters: int) -> None:
    parts = letters + 1
    alike = max(ALIKE, (parts - DAMAGED) / (parts + DAMAGED))
    await connection.execute(queries.SET_ALIKE, (str(alike),))


async def _holders(connection: AsyncConnection, rows: list[tuple[Any, ...]]) -> set[bytes]:
    """Whose these identifiers are; for shared ones, who came together with them."""
    shared = [key for key, customer, *_ in rows if customer is None]
    return {row[1] for row in rows if row[1] is not None} | set(await near_ids(connection, shared[:MOST], MOST))


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


async def _all(connection: AsyncConnection, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor = await connection.cursor(binary=True).execute(query, values)
    return await cursor.fetchall()
