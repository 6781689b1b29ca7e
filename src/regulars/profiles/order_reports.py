"""From order events to reports: what one event said about one order, refund or cancellation."""

from typing import Any, Final

from regulars.model.event import Event
from regulars.model.fields import identity, text
from regulars.model.money import currency_code, minor_units
from regulars.model.order import CancellationReport, Money, OrderReport, Place, RefundReport
from regulars.model.rejection import Reason, Refused
from regulars.model.source import Trust
from regulars.profiles.activity import DAY, channel_of, day_key
from regulars.profiles.orders import GIVES_WAY
from regulars.profiles.products import order_lines

CLAIMED: Final = "Receipt Claimed"
REPORTS: Final = frozenset(("Order Completed", "Order Updated", CLAIMED))
REFUNDED: Final = "Order Refunded"
CANCELLED: Final = frozenset(("Order Cancelled", "Order Canceled"))

_WHERE = "$.properties"


def order_report(event: Event, named: bool, currency: str = "") -> OrderReport | None:
    """The report of an `Order Completed`, `Order Updated` or `Receipt Claimed`, None for any other event.

    `named` says whether the event points at somebody; `currency` is taken where the event states none. Raises Refused.
    """
    if event.name not in REPORTS:
        return None
    if event.name == CLAIMED:
        return _claim(event, named)
    properties, source = event.properties, event.source
    code = _currency(properties, currency)
    return OrderReport(
        source.group,
        order_key(event),
        int(source.trust),
        source.precedence,
        event.time,
        event.message_id,
        source.name,
        event.name == "Order Completed",
        named,
        event.origin == "simulated",
        _money(properties, code),
        _place(event),
        order_lines(properties, code),
    )


def _claim(event: Event, named: bool) -> OrderReport:
    """What a claim says: whose the order is, and nothing else. Raises Refused for a public key's."""
    source = event.source
    if source.trust is Trust.CLIENT:
        raise Refused(Reason.NOT_ALLOWED_FOR_CLIENT, "$.event", f"a public key may not send '{CLAIMED}'")
    return OrderReport(
        source.group,
        order_key(event),
        int(source.trust),
        GIVES_WAY,
        event.time,
        event.message_id,
        source.name,
        False,
        named,
        event.origin == "simulated",
        None,
        None,
        None,
    )


def refund_report(event: Event, currency: str = "") -> RefundReport | None:
    """The report of an `Order Refunded`, None for any other event. Raises Refused, also for a public key's."""
    if event.name != REFUNDED:
        return None
    properties, source = event.properties, event.source
    if source.trust is Trust.CLIENT:
        raise Refused(Reason.NOT_ALLOWED_FOR_CLIENT, "$.event", f"a public key may not send '{REFUNDED}'")
    code = _currency(properties, currency)
    amount = _first_amount(properties, ("amount", "total", "value", "revenue"), code)
    lines = order_lines(properties, code) or ()
    return RefundReport(
        source.group,
        order_key(event),
        identity(properties, "refund_id", _WHERE) or event.message_id,
        int(source.trust),
        source.precedence,
        event.time,
        event.message_id,
        source.name,
        code,
        None if amount is None else abs(amount),
        amount is None and not lines,
        text(properties, "reason", _WHERE),
        lines,
    )


def cancellation_report(event: Event) -> CancellationReport | None:
    """The report of an `Order Cancelled`, None for any other event. Raises Refused."""
    if event.name not in CANCELLED:
        return None
    source = event.source
    return CancellationReport(
        source.group,
        order_key(event),
        int(source.trust),
        source.precedence,
        event.time,
        event.message_id,
        source.name,
        text(event.properties, "reason", _WHERE),
    )


def order_key(event: Event) -> str:
    """The order's id; without one its receipt with store, till and UTC day; without that the message id."""
    properties = event.properties
    order_id = identity(properties, "order_id", _WHERE)
    if order_id:
        return order_id
    receipt = identity(properties, "receipt_id", _WHERE)
    if not receipt:
        return f"message:{event.message_id}"
    store, till = identity(properties, "store_id", _WHERE), identity(properties, "till_id", _WHERE)
    return receipt_key(store, till, event.time, receipt)


def receipt_key(store: str, till: str, time: int, receipt: str) -> str:
    """The key of an order that is known by its receipt; `time` is that of the sale, in microseconds since 1970 UTC."""
    return f"receipt:{store}/{till}/{day_key(time // DAY)}/{receipt}"


def _currency(properties: dict[str, Any], default: str) -> str:
    return currency_code(properties.get("currency"), f"{_WHERE}.currency") or default


def _money(properties: dict[str, Any], code: str) -> Money | None:
    total = _first_amount(properties, ("total", "value"), code)
    revenue = _first_amount(properties, ("revenue",), code)
    if total is None and revenue is None:
        return None
    return Money(
        code,
        total,
        revenue,
        _first_amount(properties, ("tax",), code),
        _first_amount(properties, ("shipping",), code),
        _first_amount(properties, ("discount",), code),
        text(properties, "coupon", _WHERE),
    )


def _first_amount(properties: dict[str, Any], names: tuple[str, ...], code: str) -> int | None:
    for name in names:
        value = properties.get(name)
        if value is not None:
            return minor_units(value, code, f"{_WHERE}.{name}")
    return None


def _place(event: Event) -> Place | None:
    properties = event.properties
    place = Place(
        channel_of(event),
        identity(properties, "store_id", _WHERE),
        identity(properties, "till_id", _WHERE),
        identity(properties, "associate_id", _WHERE),
        identity(properties, "receipt_id", _WHERE),
    )
    return place if place != Place() else None
