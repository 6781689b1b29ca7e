"""The part of a customer's view that comes from her orders."""

from collections.abc import Callable, Iterable
from typing import Final, Literal

from regulars.model.money import Amount, as_amount
from regulars.model.order import Order
from regulars.profiles.customer_facts import CustomerFacts
from regulars.profiles.customer_view import Favourite, OrderSummary, moment

LAST_ORDERS: Final = 20
FAVOURITES: Final = 10


def money_sums(orders: Iterable[Order], of: Callable[[Order], int]) -> tuple[Amount, ...]:
    """The sum over orders, a currency each, sorted by its code; a sum of nothing is left out."""
    sums: dict[str, int] = {}
    for order in orders:
        if amount := of(order):
            sums[order.currency] = sums.get(order.currency, 0) + amount
    return tuple(as_amount(minor, currency) for currency, minor in sorted(sums.items()))


def last_orders(facts: CustomerFacts) -> tuple[OrderSummary, ...]:
    """Her latest orders, newest first, cancelled and claimed ones included and marked."""
    ranked = sorted(facts.orders, key=lambda order: (-order.time, order.space, order.order_id))
    return tuple(_summary(order) for order in ranked[:LAST_ORDERS])


def favourites(facts: CustomerFacts, what: Literal["category", "store"]) -> tuple[Favourite, ...]:
    """Categories or stores by the number of her orders that name them; not counting claimed and cancelled ones."""
    counts: dict[str, int] = {}
    for order in facts.orders:
        if not (order.claimed or order.cancelled):
            keys = {order.place.store_id} if what == "store" else _categories(order, facts)
            for key in keys - {""}:
                counts[key] = counts.get(key, 0) + 1
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:FAVOURITES]
    names = facts.stores if what == "store" else {}
    return tuple(Favourite(key, names.get(key, key), n) for key, n in ranked)


def _categories(order: Order, facts: CustomerFacts) -> set[str]:
    found = set()
    for line in order.lines:
        known = facts.products.get(line.product)
        found.add(line.category or (known.category if known else ""))
    return found


def _summary(order: Order) -> OrderSummary:
    return OrderSummary(
        order.space,
        order.order_id,
        moment(order.time),
        order.place.channel,
        order.place.store_id,
        len(order.lines),
        None if order.paid is None else as_amount(order.paid, order.currency),
        as_amount(order.refunded, order.currency) if order.refunded else None,
        order.cancelled,
        order.claimed,
        order.source,
    )
