"""Whom a look-up leads to, by customer id, by identifier, or by an order or receipt of hers."""

from typing import Final

from regulars.identity.blocked import Policy
from regulars.identity.lookup import AsyncConnection, Found, Wanted, look_up
from regulars.identity.normalise import normalise
from regulars.model.order import Order
from regulars.model.secret import Secret
from regulars.profiles.listing.orders import orders_ending
from regulars.profiles.order_reader import OrderKey, order_owners, orders_named

ENDING: Final = 4
"""From so many characters on the end of a number is enough; many orders end alike in fewer."""
LOOKED_THROUGH: Final = 200
"""So many orders that end alike are read, to show the newest of them."""


async def find(connection: AsyncConnection, asked: Wanted, policy: Policy, secret: Secret) -> Found:
    """As `identity.lookup.look_up`; an order (`order_id:ID`) or receipt leads to who owns it. Raises BadLookup.

    A receipt without an order id is written `receipt_id:STORE/TILL/YYYY-MM-DD:NUMBER`, since tills begin to count anew.
    """
    if asked.type not in ("order_id", "receipt_id"):
        return await look_up(connection, asked, policy, secret)
    owners: dict[OrderKey, bytes | None] = {}
    for space, order_id in _spellings(asked, policy):
        found = await order_owners(connection, order_id)
        owners = {key: owner for key, owner in found.items() if space is None or key[0] == space}
        if owners:
            break
    customers = {owner for owner in owners.values() if owner is not None}
    note = "it is nobody's yet: no identifier came with it" if owners and not customers else ""
    return Found(tuple(sorted(customers)), note=note)


async def find_orders(
    connection: AsyncConnection, text: str, policy: Policy, most: int
) -> list[tuple[bytes | None, Order]]:
    """Orders and receipts by their whole number, as `find` reads it, else by how it ends, with whose each is.

    At most so many, newest first; None is nobody's.
    """
    for type_ in ("order_id", "receipt_id"):
        for space, order_id in _spellings(Wanted(b"", type_, text), policy):
            named = await orders_named(connection, order_id)
            found = [(owner, order) for owner, order in named if space is None or order.space == space]
            if found:
                return found[:most]
    if len(text) < ENDING:
        return []
    ending = await orders_ending(connection, text, LOOKED_THROUGH)
    return sorted(ending, key=lambda each: (-each[1].time, each[1].space, each[1].order_id))[:most]


def _spellings(asked: Wanted, policy: Policy) -> list[tuple[str | None, str]]:
    """The (space, order id) that may be meant, likeliest first; space None is any."""
    value = normalise(asked.type, asked.rest, policy).value
    before, colon, after = asked.rest.partition(":")
    if asked.type == "receipt_id":
        whole = f"receipt:{before}/{after}" if colon else f"receipt:{value}"
        return [(None, whole), (None, value)]
    return [(None, value), *([(before, after)] if colon else [])]
