"""Orders as they were reported, and as they stand once every report is weighed."""

from decimal import Decimal

import msgspec

from regulars.model.product import Line


class Money(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The amounts one report stated, in minor units of `currency` ('' if unstated); None where not stated.

    `total` is what was paid in all, `revenue` what it was without tax and shipping.
    """

    currency: str
    total: int | None = None
    revenue: int | None = None
    tax: int | None = None
    shipping: int | None = None
    discount: int | None = None
    coupon: str = ""

    @property
    def paid(self) -> int | None:
        """The total; else revenue with the stated tax and shipping; None when neither was stated."""
        if self.total is not None or self.revenue is None:
            return self.total
        return self.revenue + (self.tax or 0) + (self.shipping or 0)


class Place(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where an order was placed; '' where not stated."""

    channel: str = ""
    store_id: str = ""
    till_id: str = ""
    associate_id: str = ""
    receipt_id: str = ""


class OrderReport(msgspec.Struct, frozen=True, array_like=True):
    """What one event said about one order: `Order Completed` (`placed`) or `Order Updated`.

    `space` is the source's group. `named` says whether the event carried an identifier that points at somebody. What
    the event did not state is None, and then erases nothing. `time` is in microseconds since 1970 UTC.
    """

    space: str
    order_id: str
    trust: int
    precedence: int
    time: int
    message_id: str
    source: str
    placed: bool
    named: bool
    simulated: bool
    money: Money | None
    place: Place | None
    lines: tuple[Line, ...] | None


class RefundReport(msgspec.Struct, frozen=True, array_like=True):
    """What one event said about one refund, keyed by (space, order_id, refund_id).

    `refund_id` is the message id where none was sent. `full` marks a refund with neither amount nor lines; `amount` is
    in minor units of `currency`, None where not stated.
    """

    space: str
    order_id: str
    refund_id: str
    trust: int
    precedence: int
    time: int
    message_id: str
    source: str
    currency: str
    amount: int | None
    full: bool
    reason: str
    lines: tuple[Line, ...]


class CancellationReport(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one event said about an order being called off."""

    space: str
    order_id: str
    trust: int
    precedence: int
    time: int
    message_id: str
    source: str
    reason: str


class Returned(msgspec.Struct, frozen=True, array_like=True):
    """A product given back: the quantity as reported, and when, in microseconds since 1970 UTC."""

    product: str
    name: str
    quantity: Decimal | None
    time: int


class Order(msgspec.Struct, frozen=True):
    """An order as it stands. Money is in minor units of `currency`; times in microseconds since 1970 UTC.

    `known` is false where only a refund or a cancellation was reported. `claimed` marks an order no server vouches for.
    `paid` is None where nobody stated an amount. `refunded` never exceeds what was paid; `spend` is paid less refunded,
    0 once cancelled. `flags`: `no_amount`, `refund_without_amount`, `refund_currency_differs`, `refund_over_paid`.
    """

    space: str
    order_id: str
    known: bool
    claimed: bool
    simulated: bool
    time: int
    source: str
    money: Money
    place: Place
    lines: tuple[Line, ...]
    returned: tuple[Returned, ...]
    cancelled: bool
    paid: int | None
    refunded: int
    spend: int
    flags: tuple[str, ...]

    @property
    def currency(self) -> str:
        """The currency of every amount in it, '' if nobody stated it."""
        return self.money.currency
