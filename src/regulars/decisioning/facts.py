"""What decisions rest on, gathered for many customers at once."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from regulars.consent.standing import Standing, standings
from regulars.decisioning import queries
from regulars.decisioning.contacts import contacts_of
from regulars.decisioning.hers import ids_from
from regulars.identity.rules import Rules
from regulars.model.decision import Contact, Known, Permitted, Rulebook, permit_name
from regulars.model.secret import Secret
from regulars.storage.binary import byteas
from regulars.storage.database import Connection


class Means(msgspec.Struct, frozen=True):
    """What facts are gathered by: the identity rules and the installation's secret."""

    rules: Rules
    secret: Secret


def gather(
    connection: Connection, customers: Sequence[bytes], book: Rulebook, means: Means, now: int
) -> dict[bytes, Known]:
    """What is known of each of these current customer ids; of somebody unknown, that nothing may be sent to him.

    `now` in microseconds since 1970 UTC. Five queries, however many they are; up to some hundreds at once.
    """
    wanted = byteas(customers)
    with connection.pipeline():
        inside = connection.cursor(binary=True).execute(queries.SEGMENTS_OF, (wanted,))
        shown = connection.cursor(binary=True).execute(queries.STAGES, (wanted,))
        standing = standings(connection, customers, means.rules, book.zone)
        ids = {each: _ids(standing[each], means.secret) for each in customers}
        contacts = contacts_of(connection, ids, now)
        segments: dict[bytes, list[str]] = defaultdict(list)
        for customer, segment in inside:
            segments[customer].append(segment)
        about = {row[0]: row[1:] for row in shown}
    kinds = sorted({(channel, each.purpose, each.topic) for each in book.actions for channel in each.channels})
    return {
        each: _known(
            standing[each], ids[each], contacts[each], sorted(segments[each]), about.get(each), kinds, means.secret, now
        )
        for each in customers
    }


def unit_of(customer: bytes, secret: Secret) -> bytes:
    """What stands for her in holdouts. A customer's id is a keyed hash of her anchor, and so is this.

    Whoever's anchor survives a merge keeps her place in every comparison.
    """
    return secret.mac_bytes("holdout", customer)


def _ids(standing: Standing, secret: Secret) -> tuple[bytes, ...]:
    own = (each.identifier for each in standing.addresses if not each.shared)
    return ids_from(standing.customer, own, secret)


def _known(
    standing: Standing,
    ids: tuple[bytes, ...],
    contacts: tuple[Contact, ...],
    segments: list[str],
    shown: Any,
    kinds: Sequence[tuple[str, str, str]],
    secret: Secret,
    now: int,
) -> Known:
    permits, addresses = {}, {}
    for channel, purpose, topic in kinds:
        permit = standing.permit(channel, purpose, topic, now)
        name = permit_name(channel, purpose, topic)
        permits[name] = Permitted(permit.code, permit.why, permit.again)
        if permit.allowed and permit.address is not None:
            addresses[name] = f"{permit.address.type}:{permit.address.value}"
    stage, currency, cart, simulated = shown or ("", "", 0, False)
    # Who switched personal suggestions off is not judged by what is known of her.
    personal = standing.personal
    return Known(
        customer=standing.customer, unit=unit_of(standing.customer, secret), permits=permits,
        segments=tuple(segments) if personal else (), contacts=contacts, stage=stage if personal else "",
        currency=currency, cart=cart if personal else 0, zone=standing.preferences.zone,
        less_often=standing.preferences.less_often, simulated=simulated, ids=ids, addresses=addresses,
    )  # fmt: skip
