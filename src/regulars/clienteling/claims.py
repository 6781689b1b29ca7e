"""Claims: a nameless sale becomes a customer's, once, within a window, by who holds its receipt.

A claim is an event in the log, `Receipt Claimed`, of the time of the sale. It reports of the order only whose it is,
and gives way to every report that names somebody (`profiles.orders`), so it holds in whatever order things arrive.
"""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from regulars.clienteling import queries
from regulars.clienteling.receipt import Receipt, receipt_mac
from regulars.collection.receive import receive
from regulars.model.identifier import Identifier
from regulars.model.money import money_text
from regulars.model.order import Order
from regulars.model.secret import Secret
from regulars.model.source import Source, Trust
from regulars.profiles.order_reader import AsyncConnection, orders_named
from regulars.profiles.order_reports import CLAIMED
from regulars.storage import log, sources
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

OPEN: Final = ""
EXPIRED: Final = "expired"
USED: Final = "used"
NAMED: Final = "named"
"""What keeps a receipt from being claimed: its window is over, it was claimed, somebody has it by name."""

SOURCE: Final = "receipts"


class Sale(msgspec.Struct, frozen=True):
    """A receipt's sale: whether it may be claimed (`OPEN`, else why not), and its order; None before the till told."""

    standing: str
    order: Order | None = None


class CannotClaim(Exception):
    """The receipt is not to be claimed; `why` is the standing of its sale."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


async def sale_of(connection: AsyncConnection, secret: Secret, receipt: Receipt, now: int, days: int) -> Sale:
    """How a receipt stands at `now`, in microseconds since 1970 UTC."""
    if now > receipt.until(days):
        return Sale(EXPIRED)
    row = await (await connection.execute(queries.IS_CLAIMED, (receipt_mac(secret, receipt),))).fetchone()
    if row and row[0]:
        return Sale(USED)
    owner, order = await told_sale(connection, receipt)
    return Sale(OPEN if owner is None else NAMED, order)


async def told_sale(connection: AsyncConnection, receipt: Receipt) -> tuple[bytes | None, Order | None]:
    """Whose the order of a receipt is (None for nobody's), and the order as it stands, None before the till told it."""
    found = [each for each in await orders_named(connection, receipt.key) if each[1].space == receipt.space]
    owner, order = found[0] if found else (None, None)
    return owner, order if order is not None and order.known else None


def claim(
    connection: Connection,
    secret: Secret,
    receipt: Receipt,
    address: Identifier,
    now: int,
    days: int,
) -> None:
    """Tie a sale to whoever has this address, in the caller's transaction. Raises CannotClaim."""
    if now > receipt.until(days):
        raise CannotClaim(EXPIRED)
    name = receipt_mac(secret, receipt)
    if connection.execute(queries.TAKE_CLAIM, (name, now)).rowcount != 1:
        raise CannotClaim(USED)
    owner, order = finish(told_sale(awaited(connection), receipt))
    if owner is not None:
        raise CannotClaim(NAMED)
    group = receipt.space
    source = Source(SOURCE if group == "main" else f"{SOURCE} ({group})", Trust.SERVER, group)
    sources.register(connection, source)
    her = {"context": {"traits": {address.type: address.value}}}
    call = {**_claimed(receipt, order, now, proof_of(secret, receipt)), **her}
    log.append(connection, [[receive(source, "batch", msgspec.json.encode({"batch": [call]}), "", now)]])


def proof_of(secret: Secret, receipt: Receipt) -> str:
    """The message id of a receipt's claim, by which words said with it name it."""
    return f"claim-{receipt_mac(secret, receipt).hex()}"


def _claimed(receipt: Receipt, order: Order | None, now: int, name: str) -> dict[str, Any]:
    said = {
        "order_id": receipt.order, "store_id": receipt.store, "till_id": receipt.till, "receipt_id": receipt.number,
    }  # fmt: skip
    properties = {"channel": "store", "claimed_at": _moment(now), **{name: said[name] for name in said if said[name]}}
    if order is not None and order.paid is not None and order.currency:
        total = money_text(order.paid, order.currency).partition(" ")[0]
        properties |= {"total": total, "currency": order.currency}
    call = {
        "type": "track", "event": CLAIMED, "messageId": name, "timestamp": _moment(receipt.time),
        "properties": properties,
    }  # fmt: skip
    return {**call, "origin": "simulated"} if order is not None and order.simulated else call


def _moment(time: int) -> str:
    return datetime.fromtimestamp(time / 1_000_000, UTC).isoformat(timespec="milliseconds")
