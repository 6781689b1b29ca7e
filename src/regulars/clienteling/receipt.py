"""A sale at a till as a claim names it, and the signed token that stands in the code on its receipt."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from regulars.model.fields import identity
from regulars.model.order import Order
from regulars.model.secret import Secret
from regulars.profiles.order_reports import receipt_key

DAY: Final = 86_400 * 1_000_000
MAC: Final = 16
LONGEST: Final = 2_000
"""Characters of a token: far more than any that we make."""
PATH: Final = "/claim/"

_WHERE: Final = "$"


class Receipt(msgspec.Struct, frozen=True, array_like=True):
    """One sale: the id space of its order, what it is known by, and when it was.

    `order` is '' where the order is known by its receipt `number` with `store`, `till` and day. `at` is in seconds
    since 1970 UTC, as the sale's event says it.
    """

    space: str
    order: str
    store: str
    till: str
    number: str
    at: int

    @property
    def key(self) -> str:
        """The order's key in its space."""
        return self.order or receipt_key(self.store, self.till, self.time, self.number)

    @property
    def time(self) -> int:
        """When it was, in microseconds since 1970 UTC."""
        return self.at * 1_000_000

    def until(self, days: int) -> int:
        """Until when it may be claimed, in microseconds since 1970 UTC."""
        return self.time + days * DAY


class BadReceipt(ValueError):
    """What was said names no receipt; the message says why."""


def receipt_of(space: str, said: Mapping[str, Any], at: int) -> Receipt:
    """The receipt that `order_id`, `store_id`, `till_id` and `receipt_id` name; `at` in microseconds since 1970 UTC.

    `space` is the group of the till's source. Raises BadReceipt where neither an order nor a receipt is named, and
    Refused for an id of a wrong type or length.
    """
    names = ("order_id", "store_id", "till_id", "receipt_id")
    order, store, till, number = (identity(dict(said), name, _WHERE) for name in names)
    if not order and not number:
        raise BadReceipt("name the sale by receipt_id (with store_id and till_id) or by order_id")
    return Receipt(space, order, store, till, number, at // 1_000_000)


def receipt_named(order: Order) -> Receipt:
    """The receipt of an order that the shop knows."""
    place, at = order.place, order.time // 1_000_000
    by_receipt = Receipt(order.space, "", place.store_id, place.till_id, place.receipt_id, at)
    if place.receipt_id and by_receipt.key == order.order_id:
        return by_receipt
    return Receipt(order.space, order.order_id, place.store_id, place.till_id, place.receipt_id, at)


def claim_token(secret: Secret, receipt: Receipt) -> str:
    """The token of a receipt: the same whenever it is asked for. Who has not the receipt cannot make it."""
    body = _encode(receipt)
    return base64.urlsafe_b64encode(_mac(secret, body) + body).decode().rstrip("=")


def receipt_in(secret: Secret, token: str) -> Receipt | None:
    """The receipt of a token; None where it is none of ours."""
    if len(token) > LONGEST or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        body = raw[MAC:]
        return _decode(body) if hmac.compare_digest(raw[:MAC], _mac(secret, body)) else None
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None


def receipt_mac(secret: Secret, receipt: Receipt) -> bytes:
    """The keyed name of a receipt, 16 bytes."""
    return secret.mac("claimed receipt", receipt.space, receipt.key)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Receipt).decode


def _mac(secret: Secret, body: bytes) -> bytes:
    return secret.mac_bytes("receipt claim", body, MAC)
