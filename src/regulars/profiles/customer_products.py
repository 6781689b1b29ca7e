"""The part of a customer's view that is about products: viewed, carted, bought, returned, still wanted."""

from collections.abc import Iterable
from typing import Final

from regulars.profiles.customer_facts import CustomerFacts
from regulars.profiles.customer_view import CartItem, ProductSummary, moment
from regulars.profiles.fragment import SERVER_BIT, Fragment
from regulars.profiles.interactions import viewed_not_bought

LISTED: Final = 50


def by_kind(facts: CustomerFacts, kind: str) -> tuple[ProductSummary, ...]:
    """The products of one kind of interaction, latest first."""
    rows = ((row.product, "", row.n, row.last) for row in facts.interactions if row.kind == kind)
    return _summaries(rows, facts, kind)


def bought(facts: CustomerFacts) -> tuple[ProductSummary, ...]:
    """The products of her orders, counted by order, latest first; claimed and cancelled orders do not count."""
    rows = [
        (product, name, 1, order.time)
        for order in facts.orders
        if not (order.claimed or order.cancelled)
        for product, name in {line.product: line.name for line in order.lines if line.product}.items()
    ]
    return _summaries(rows, facts)


def returned(facts: CustomerFacts) -> tuple[ProductSummary, ...]:
    """The products given back, counted by return, latest first; only servers report these."""
    rows = [(back.product, back.name, 1, back.time) for order in facts.orders for back in order.returned]
    return _summaries(rows, facts)


def viewed_only(facts: CustomerFacts) -> tuple[ProductSummary, ...]:
    """The products she viewed and has not bought since, latest first; what she merely claims to have bought counts."""
    waiting = dict(viewed_not_bought(facts.interactions, facts.orders))
    rows = ((r.product, "", r.n, r.last) for r in facts.interactions if r.kind == "viewed" and r.product in waiting)
    return _summaries(rows, facts, "viewed")


def shown_products(facts: CustomerFacts) -> set[str]:
    """The products that a view of these facts can name or that give an order's line its category: seldom all of them.

    `products` of the facts need not be told yet.
    """
    found = {row.product for row in facts.interactions}
    found |= {product for fragment in facts.fragments for product in fragment.cart}
    latest: set[str] = set()
    oldest = 0
    for order in sorted(facts.orders, key=lambda order: -order.time):
        found |= {line.product for line in order.lines if not line.category}
        found |= {back.product for back in order.returned}
        if order.claimed or order.cancelled or (len(latest) >= LISTED and order.time < oldest):
            continue
        latest |= {line.product for line in order.lines}
        oldest = order.time
    return (found | latest) - {""}


def open_cart(facts: CustomerFacts, whole: Fragment) -> tuple[CartItem, ...]:
    """What lies in her cart: added, neither removed nor cleared, and in no order since; latest first."""
    bought_at: dict[str, int] = {}
    for order in facts.orders:
        if not order.cancelled:
            for line in order.lines:
                bought_at[line.product] = max(bought_at.get(line.product, order.time), order.time)
    lying = [
        (product, entry)
        for product, entry in whole.cart.items()
        if entry.added and bought_at.get(product, entry.time - 1) < entry.time
    ]
    lying.sort(key=lambda each: (-each[1].time, each[0]))
    return tuple(
        CartItem(
            product,
            entry.name or _name(product, facts),
            entry.quantity,
            moment(entry.time),
            not any(each.trust & SERVER_BIT and each.cart.get(product) == entry for each in facts.fragments),
        )
        for product, entry in lying
    )


def _summaries(
    rows: Iterable[tuple[str, str, int, int]], facts: CustomerFacts, kind: str = ""
) -> tuple[ProductSummary, ...]:
    """Rows of (product, name, n, time in microseconds) as one a product, latest first, the first `LISTED`.

    Of a `kind` of interaction that no server told of they are claimed.
    """
    sums: dict[str, tuple[int, int, str]] = {}
    for product, name, n, time in rows:
        count, last, known = sums.get(product, (0, time, ""))
        # The smaller of two names, so that the order of the rows does not show.
        said = min(known, name) if known and name else known or name
        sums[product] = (count + n, max(last, time), said)
    ranked = sorted(sums.items(), key=lambda each: (-each[1][1], each[0]))[:LISTED]
    return tuple(
        ProductSummary(
            product, _name(product, facts) or name, n, moment(last), bool(kind) and (product, kind) not in facts.proven
        )
        for product, (n, last, name) in ranked
    )


def _name(product: str, facts: CustomerFacts) -> str:
    known = facts.products.get(product)
    return known.name if known else ""
