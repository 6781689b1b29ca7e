"""What decisions rest on, gathered for many customers at once."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg

from regulars.consent.standing import Standing, standing_of
from regulars.decisioning import queries
from regulars.decisioning.contacts import contacts_of
from regulars.decisioning.hers import ids_from
from regulars.decisioning.plan import plan_of
from regulars.decisioning.who import Nobody, Who, resolve, told
from regulars.identity.blocked import Policy
from regulars.identity.rules import Rules
from regulars.model.decision import Known, Permitted, Rulebook, permit_name
from regulars.model.secret import Secret
from regulars.storage.awaited import awaited, finish
from regulars.storage.binary import byteas
from regulars.storage.database import Connection

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]


class Means(msgspec.Struct, frozen=True):
    """What facts are gathered by: the identity rules and the installation's secret."""

    rules: Rules
    secret: Secret


async def facts_async(
    connection: AsyncConnection, customers: Sequence[bytes], book: Rulebook, means: Means, now: int
) -> dict[bytes, Known]:
    """What is known of each of these current customer ids but for her contacts, which are read when it is decided.

    Of somebody unknown it is known that nothing may be sent to him. `now` in microseconds since 1970 UTC. One query,
    however many they are, each named once; up to some hundreds.
    """
    values = {"customers": byteas(customers)}
    rows = await connection.cursor(binary=True).execute(queries.FACTS, values)
    return {row[0]: _known(row, book, means, now) for row in await rows.fetchall()}


async def facts_of_asked(
    connection: AsyncConnection, asked: Sequence[Who], policy: Policy, book: Rulebook, means: Means, now: int
) -> tuple[list[bytes | Nobody], dict[bytes, Known]]:
    """Who is meant by each, and as `facts_async` what is known of them; one query where an id or an identifier is
    current and one customer's, as almost always.
    """
    rows = await connection.cursor(binary=True).execute(queries.FACTS_OF_ASKED, told(asked, policy))
    held: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in await rows.fetchall():
        held[row[0]].append(row[1:])
    whom: list[bytes | Nobody] = []
    known: dict[bytes, Known] = {}
    for n, each in enumerate(asked):
        if len(held[n]) == 1 and held[n][0][0] is not None:
            customer = held[n][0][0]
            if customer not in known:
                known[customer] = _known(held[n][0], book, means, now)
            whom.append(customer)
        else:
            whom.append(await resolve(connection, each, policy, means.secret))
    missing = sorted({each for each in whom if isinstance(each, bytes)} - known.keys())
    if missing:
        known |= await facts_async(connection, missing, book, means, now)
    return whom, known


def facts_of(
    connection: Connection, customers: Sequence[bytes], book: Rulebook, means: Means, now: int
) -> dict[bytes, Known]:
    """As `facts_async`."""
    return finish(facts_async(awaited(connection), customers, book, means, now))


def gather(
    connection: Connection, customers: Sequence[bytes], book: Rulebook, means: Means, now: int
) -> dict[bytes, Known]:
    """As `facts_of`, with their contacts as they are now: enough to decide without writing."""
    known = facts_of(connection, customers, book, means, now)
    contacts = contacts_of(connection, {each: known[each].ids for each in customers}, now)
    return {each: msgspec.structs.replace(known[each], contacts=contacts[each]) for each in customers}


def unit_of(customer: bytes, secret: Secret) -> bytes:
    """What stands for her in holdouts. A customer's id is a keyed hash of her anchor, and so is this.

    Whoever's anchor survives a merge keeps her place in every comparison.
    """
    return secret.mac_bytes("holdout", customer)


def _ids(standing: Standing, secret: Secret) -> tuple[bytes, ...]:
    own = (each.identifier for each in standing.addresses if not each.shared)
    return ids_from(standing.customer, own, secret)


def _known(row: tuple[Any, ...], book: Rulebook, means: Means, now: int) -> Known:
    """What a row of `queries.FACTS` says."""
    customer, held, words, segments, stage, currency, cart, simulated = row
    standing = standing_of(customer, held, words, means.rules, book.zone)
    permits, addresses = {}, {}
    for channel, purpose, topic in plan_of(book).kinds:
        permit = standing.permit(channel, purpose, topic, now)
        name = permit_name(channel, purpose, topic)
        permits[name] = Permitted(permit.code, permit.why, permit.again)
        if permit.allowed and permit.address is not None:
            addresses[name] = f"{permit.address.type}:{permit.address.value}"
    # Who switched personal suggestions off is not judged by what is known of her.
    personal = standing.personal
    return Known(
        customer=customer, unit=unit_of(customer, means.secret), permits=permits,
        segments=tuple(sorted(segments)) if personal else (), stage=stage if personal else "", currency=currency,
        cart=cart if personal else 0, zone=standing.preferences.zone, less_often=standing.preferences.less_often,
        simulated=simulated, ids=_ids(standing, means.secret), addresses=addresses,
    )  # fmt: skip
