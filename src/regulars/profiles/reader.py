"""One customer read from the tables: everything of all her bundles, gathered in a few queries, as a page."""

from typing import Any

import msgspec
import psycopg

from regulars.catalogue.reader import names_of
from regulars.identity.graph import PERSON, SHARED
from regulars.model.consent import GIVEN, WITHDRAWN, ConsentWord
from regulars.model.interaction import Interaction
from regulars.model.source import Trust
from regulars.profiles import queries
from regulars.profiles.consents import latest_words
from regulars.profiles.customer import customer_view
from regulars.profiles.customer_facts import CustomerFacts, KnownIdentifier
from regulars.profiles.customer_products import shown_products
from regulars.profiles.customer_view import CustomerView
from regulars.profiles.fragment import decode
from regulars.profiles.order_reader import ToldOrder, told_of

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

ANONYMOUS = "anonymous"
SHARED_RECORD = "shared"


class Beside(msgspec.Struct, frozen=True):
    """An identifier that came together with hers but is not hers: another customer's (hex id), or shared ('')."""

    type: str
    space: str
    value: str
    customer: str
    claimed: bool


class CustomerPage(CustomerView, frozen=True, kw_only=True):
    """A customer's view with what stands around it.

    `kind` is `person`, `anonymous` (known by weak identifiers only) or `shared` (the record of identifiers that belong
    to nobody: visible, never addressed). `beside` are identifiers that came together with hers but are not hers.
    """

    kind: str
    beside: tuple[Beside, ...]


class _Known(msgspec.Struct, frozen=True):
    kind: str
    identifiers: tuple[KnownIdentifier, ...]
    beside: tuple[Beside, ...]
    addresses: frozenset[tuple[str, str]]


class ReadCustomer(msgspec.Struct, frozen=True):
    """A customer's page, and her orders with what reported each, newest first."""

    page: CustomerPage
    orders: tuple[ToldOrder, ...]


async def customer_page(connection: AsyncConnection, id: bytes) -> CustomerPage | None:
    """The page of a current customer id (see `identity.lookup.current_id`); None where nobody has it.

    To be read in one snapshot: run it in a transaction of isolation REPEATABLE READ.
    """
    found = await read_customer(connection, id)
    return None if found is None else found.page


async def read_customer(connection: AsyncConnection, id: bytes) -> ReadCustomer | None:
    """As `customer_page`, with her orders one by one."""
    rows = await _all(connection, queries.BUNDLES_OF, (id,))
    bundles = [row[0] for row in rows]
    fragments = tuple(decode(body) for _, body in rows if body is not None)
    known = await _known(connection, id, bool(bundles))
    if known is None:
        return None
    told = await told_of(connection, bundles)
    orders = tuple(sorted((each.order for each in told), key=lambda order: (order.space, order.order_id)))
    counted = await _all(connection, queries.INTERACTIONS_OF, (bundles,))
    interactions = tuple(Interaction(*row[:-1]) for row in counted)
    facts = CustomerFacts(
        id.hex(),
        fragments,
        known.identifiers,
        orders,
        tuple(sorted(interactions)),
        await _consents(connection, bundles, known.addresses),
        proven=frozenset((row[0], row[1]) for row in counted if row[-1]),
    )
    return ReadCustomer(_page(await _named(connection, facts), known), told)


async def customer_head(connection: AsyncConnection, id: bytes) -> CustomerPage | None:
    """As `customer_page`, without orders, products and consents: who she is, read in a fraction of the time."""
    rows = await _all(connection, queries.BUNDLES_OF, (id,))
    known = await _known(connection, id, bool(rows))
    if known is None:
        return None
    fragments = tuple(msgspec.structs.replace(decode(body), cart={}) for _, body in rows if body is not None)
    return _page(await _named(connection, CustomerFacts(id.hex(), fragments, known.identifiers)), known)


def _page(facts: CustomerFacts, known: _Known) -> CustomerPage:
    view = customer_view(facts)
    said = {name: getattr(view, name) for name in CustomerView.__struct_fields__}
    return CustomerPage(**said, kind=known.kind, beside=known.beside)


async def _known(connection: AsyncConnection, id: bytes, has_bundles: bool) -> _Known | None:
    held = await _all(connection, queries.HELD_BY, (id,))
    if not held and not has_bundles:
        return None
    around = await _all(connection, queries.BESIDE, (id,))
    kind = SHARED_RECORD if not held else PERSON if any(row[3] == PERSON for row in held) else ANONYMOUS
    identifiers = [_identifier(row, not row[4]) for row in held]
    # Somebody else's identifier is shown as hers only as what it is: a client's claim.
    identifiers += [_identifier(row, not row[4]) for row in around if row[3] in SHARED or not row[4]]
    beside = [Beside(row[0], row[1], row[2], row[8].hex() if row[8] else "", not row[4]) for row in around]
    # A client's claim must not bring another's words of consent upon her.
    addressed = [*held, *(row for row in around if row[3] in SHARED and row[4])]
    addresses = frozenset((f"{row[0]}:{row[2]}", row[1]) for row in addressed)
    beside.sort(key=lambda each: (each.type, each.space, each.value))
    return _Known(kind, tuple(identifiers), tuple(beside), addresses)


def _identifier(row: tuple[Any, ...], claimed: bool) -> KnownIdentifier:
    type_, space, value, standing, _, first, last, sources = row[:8]
    return KnownIdentifier(type_, space, value, claimed, standing in SHARED, first, last, tuple(sources or ()))


async def _consents(
    connection: AsyncConnection, bundles: list[bytes], addresses: frozenset[tuple[str, str]]
) -> tuple[ConsentWord, ...]:
    """The words spoken at her bundles, and those about her addresses and the shared ones, wherever they were spoken.

    Of the latter a consent *given* for all addresses is left out: it stands for its speaker's addresses, not for hers.
    """
    named = sorted(addresses)
    wanted = (bundles, [address for address, _ in named], [space for _, space in named])
    own = set(bundles)
    spoken: dict[tuple[str, str, bool, int], bytes] = {}
    words = []
    for row in await _all(connection, queries.CONSENTS_OF, wanted):
        purpose, channel, address, space, covers_all, trust, time, withdrawn, message_id, source, *said, bundle = row
        word = WITHDRAWN if withdrawn else GIVEN
        words.append(
            ConsentWord(
                purpose, channel, address, space, covers_all, word, Trust(trust), time, message_id, source, *said
            )
        )
        spoken[message_id, source, withdrawn, trust] = bundle
    return tuple(
        word
        for word in latest_words(words)
        if word.word == WITHDRAWN
        or not word.covers_all
        or spoken[word.message_id, word.source, False, int(word.trust)] in own
    )


async def _named(connection: AsyncConnection, facts: CustomerFacts) -> CustomerFacts:
    """These facts with what the catalogue says of the products and stores that a view of them shows."""
    stores = {order.place.store_id for order in facts.orders}
    for fragment in facts.fragments:
        stores |= fragment.store_first.keys() | fragment.store_last.keys()
    products, sites = await names_of(connection, shown_products(facts), stores - {""})
    return msgspec.structs.replace(facts, products=products, stores=sites)


async def _all(connection: AsyncConnection, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor = await connection.cursor(binary=True).execute(query, values)
    return await cursor.fetchall()
