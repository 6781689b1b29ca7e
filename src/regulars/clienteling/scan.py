"""Whom somebody means who scans a card, a receipt or the code on it, or types a phone number or a name.

A scanner that types what it reads is all that is needed. What is whole goes before what is part: a card, phone or
e-mail address; then a receipt, whole, or by its last digits where it is of this store; then a name.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import psycopg

from regulars.clienteling.claims import told_sale
from regulars.clienteling.receipt import PATH, Receipt, receipt_in
from regulars.identity.blocked import Policy
from regulars.identity.lookup import BadLookup, look_up, wanted
from regulars.identity.rules import Rules
from regulars.model.order import Order
from regulars.model.secret import Secret
from regulars.profiles.find import find_orders
from regulars.profiles.search import search

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

MOST: Final = 8
"""So many customers are offered; of more, one has to ask for more of the name."""
LONGEST: Final = 2_200
TYPES: Final = ("loyalty_id", "phone", "email")
LOOKED_THROUGH: Final = 40


class Scanned(msgspec.Struct, frozen=True):
    """The customers that may be meant, likeliest first; and a receipt that was found but is nobody's by name."""

    customers: tuple[bytes, ...] = ()
    nameless: Order | None = None
    receipt: Receipt | None = None


async def scanned(
    connection: Connection, text: str, store: str, secret: Secret, policy: Policy, rules: Rules
) -> Scanned:
    """What was scanned or typed at a store; nothing found is no error."""
    text = text.strip()[:LONGEST]
    if not text:
        return Scanned()
    if PATH in text:
        return await _of_code(connection, text, secret)
    whole = await _whole(connection, text, policy, secret)
    if whole:
        return Scanned(whole)
    orders = await _orders(connection, text, store, policy)
    owners = tuple(dict.fromkeys(owner for owner, _ in orders if owner is not None))
    if owners:
        return Scanned(owners[:MOST])
    if orders:
        return Scanned((), orders[0][1])
    try:
        found = await search(connection, text, MOST, policy, rules)
    except BadLookup:
        return Scanned()
    return Scanned(tuple(bytes.fromhex(each.id) for each in found))


async def _of_code(connection: Connection, text: str, secret: Secret) -> Scanned:
    """What the code on a receipt leads to; a code that is none of ours leads to nothing."""
    token = text.partition(PATH)[2].partition("?")[0].strip("/ ")
    receipt = receipt_in(secret, token)
    if receipt is None:
        return Scanned()
    owner, order = await told_sale(connection, receipt)
    return Scanned((owner,)) if owner is not None else Scanned((), order, receipt)


async def _whole(connection: Connection, text: str, policy: Policy, secret: Secret) -> tuple[bytes, ...]:
    for type_ in TYPES:
        try:
            found = await look_up(connection, wanted(f"{type_}:{text}"), policy, secret)
        except BadLookup:
            continue
        # What several people share leads to its record, which is nobody: then the name has to tell.
        own = tuple(each.customer for each in found.holdings if each.customer is not None and not each.shared)
        if own:
            return tuple(dict.fromkeys(own))
    return ()


async def _orders(
    connection: Connection, text: str, store: str, policy: Policy
) -> Sequence[tuple[bytes | None, Order]]:
    if " " in text or "@" in text:
        return ()
    found = await find_orders(connection, text, policy, LOOKED_THROUGH)
    return [
        (owner, order)
        for owner, order in found
        if order.place.store_id == store or text in (order.order_id, order.place.receipt_id)
    ]
