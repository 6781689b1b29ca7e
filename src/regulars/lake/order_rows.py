"""From orders as they stand to the rows that the lake holds of them, their lines and their refunds."""

from collections.abc import Iterator
from typing import Final

from regulars.lake.discreet import NOTHING, word
from regulars.lake.event_rows import Row, origin_of
from regulars.model.order import RefundReport
from regulars.model.product import Line
from regulars.profiles.activity import DAY
from regulars.profiles.order_reader import NOBODY, WeighedOrder
from regulars.profiles.orders import rank
from regulars.profiles.refunds import refunded

TABLES: Final = ("orders", "order_lines", "refunds", "refund_lines")
_MOST: Final = 2**62


def order_rows(weighed: WeighedOrder) -> Iterator[tuple[str, Row]]:
    """The rows of one order, each with its table; of one that was called off there are no lines."""
    order = weighed.order
    common: Row = {
        "bundle": None if weighed.owner == NOBODY else weighed.owner.hex(),
        "space": order.space,
        "order_id": word(order.order_id, NOTHING, True),
        "origin": origin_of(order.simulated),
    }
    if common["order_id"] is None:
        return
    if order.known:
        yield "orders", {**common, **_order(weighed)}
        if not order.cancelled:
            place: Row = {"channel": word(order.place.channel), "store": word(order.place.store_id, NOTHING, True)}
            for number, line in enumerate(order.lines, 1):
                more = {"line": number, "claimed": order.claimed, **_moment(order.time), **place, **_line(line)}
                yield "order_lines", {**common, **more, "currency": order.currency or None}
    for refund, amount in _amounts(weighed):
        own = {**common, "refund": word(refund.refund_id, NOTHING, True), **_moment(refund.time)}
        code = refund.currency or order.currency or None
        yield "refunds", {**own, "currency": code, "amount": _money(amount)}
        given = refund.lines or (order.lines if refund.full else ())
        for number, line in enumerate(given, 1):
            yield "refund_lines", {**own, "line": number, "currency": code, **_returned(line)}


def _order(weighed: WeighedOrder) -> Row:
    order, money, place = weighed.order, weighed.order.money, weighed.order.place
    others = sorted(bundle.hex() for bundle in weighed.bundles - {weighed.owner, NOBODY})
    return {
        **_moment(order.time),
        "channel": word(place.channel),
        "store": word(place.store_id, NOTHING, True),
        "source": order.source,
        "currency": order.currency or None,
        "total": _money(order.paid),
        "revenue": _money(money.revenue),
        "discount": _money(money.discount),
        "shipping": _money(money.shipping),
        "tax": _money(money.tax),
        "refunded": _money(order.refunded),
        "spend": _money(order.spend),
        "coupon": word(money.coupon),
        "lines": len(order.lines),
        "cancelled": order.cancelled,
        "claimed": order.claimed,
        "told": others or None,
    }


def _line(line: Line) -> Row:
    return {
        "product": word(line.product, NOTHING, True),
        "variant": word(line.variant, NOTHING, True),
        "name": word(line.name),
        "category": word(line.category),
        "brand": word(line.brand),
        "quantity": None if line.quantity is None else float(line.quantity),
        "unit": word(line.unit),
        "pieces": _pieces(line),
        "amount": _money(line.value),
        "discount": _money(line.discount),
    }


def _returned(line: Line) -> Row:
    return {
        "product": word(line.product, NOTHING, True),
        "variant": word(line.variant, NOTHING, True),
        "quantity": None if line.quantity is None else float(line.quantity),
        "pieces": _pieces(line),
        "amount": _money(line.value),
    }


def _pieces(line: Line) -> int | None:
    """How many pieces; None where the quantity counts something else. One where nobody said how many."""
    if line.quantity is None:
        return 1
    if line.unit or "large_quantity" in line.flags or line.quantity != int(line.quantity):
        return None
    return int(line.quantity)


def _amounts(weighed: WeighedOrder) -> Iterator[tuple[RefundReport, int | None]]:
    """Each refund once, by its largest report, with what it gave back: together never more than was paid."""
    order = weighed.order
    best = {each.refund_id: each for each in sorted(weighed.refunds, key=rank)}
    left = _MOST if order.paid is None else max(order.paid, 0)
    for id in sorted(best, key=lambda key: (best[key].time, key)):
        found = refunded([best[id]], order.currency, order.paid, order.lines)
        if {"refund_without_amount", "refund_currency_differs"} & set(found.flags):
            yield best[id], None
            continue
        amount = min(found.amount, left)
        left -= amount
        yield best[id], amount


def _moment(time: int) -> Row:
    return {"time": time, "day": time // DAY}


def _money(minor: int | None) -> int | None:
    return minor if minor is None or -_MOST < minor < _MOST else None
