"""One customer as recommendations see her: what she bought for herself, what else she likes, what she has enough of."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from regulars.model.interaction import Interaction
from regulars.model.order import Order
from regulars.recommendations.words import Spoken

DAY: Final = 86_400_000_000
STORE_HALF_LIFE: Final = 90.0
"""Days after which an order counts half for which store is hers."""

WEIGHTS: Final = {
    "wishlisted": 1.0, "saved": 1.0, "added": 0.5, "compared": 0.5, "tried_on": 0.5, "fitting_requested": 0.5,
    "viewed": 0.1, "clicked": 0.1,
}  # fmt: skip
"""What a day with such an interaction counts, beside an order with the product, which counts 1."""
TAKEN_BACK: Final = {"unwishlisted": "wishlisted", "unsaved": "saved", "removed": "added"}
"""What takes back what, when it is the later of the two."""


class Purchase(msgspec.Struct, frozen=True):
    """A product in one order of hers; `day` in days since 1970 UTC."""

    product: str
    day: float


class Liking(msgspec.Struct, frozen=True):
    """A product that she showed an interest in: how (`kind` of interaction), how much, and when last."""

    product: str
    kind: str
    weight: float
    day: float


class Taste(msgspec.Struct, frozen=True):
    """What is known of one customer.

    `own` she bought for herself and kept. `had` is everything that was ever in an order of hers. `barred` is in neither
    list: hidden by her, or given back and not bought since. `store` is where she buys most of late, '' if in none.
    """

    own: tuple[Purchase, ...] = ()
    had: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    likings: tuple[Liking, ...] = ()
    store: str = ""


NOTHING_KNOWN: Final = Taste()


def taste(orders: Iterable[Order], interactions: Iterable[Interaction], spoken: Spoken) -> Taste:
    """Put together from her orders, interactions and words; gifts count neither as bought for herself nor as liked."""
    standing = [order for order in orders if order.known and not order.cancelled]
    back: dict[str, int] = {}
    for order in standing:
        for each in order.returned:
            back[each.product] = max(each.time, back.get(each.product, 0))
    own: set[tuple[str, int]] = set()
    had: set[str] = set()
    latest: dict[str, int] = {}
    gifts: set[str] = set()
    for order in standing:
        for line in order.lines:
            product = line.product
            if not product:
                continue
            had.add(product)
            latest[product] = max(order.time, latest.get(product, 0))
            if spoken.is_gift(order, product):
                gifts.add(product)
            elif order.time > back.get(product, -1):
                own.add((product, order.time))
    given_back = {product for product, time in back.items() if time >= latest.get(product, time)}
    gifts -= {product for product, _ in own}
    return Taste(
        tuple(Purchase(product, time / DAY) for product, time in sorted(own)),
        frozenset(had),
        frozenset(spoken.hidden | given_back),
        _likings(interactions, gifts),
        _store(standing),
    )


def _likings(interactions: Iterable[Interaction], without: set[str]) -> tuple[Liking, ...]:
    """Of each product and kind the days counted, as far as nothing later took it back."""
    last: dict[tuple[str, str], int] = {}
    days: dict[tuple[str, str], int] = {}
    for row in interactions:
        key = (row.product, row.kind)
        last[key] = max(row.last, last.get(key, 0))
        days[key] = days.get(key, 0) + 1
    for (product, kind), time in list(last.items()):
        undone = (product, TAKEN_BACK.get(kind, ""))
        if undone in days and last[undone] <= time:
            del days[undone]
    return tuple(
        Liking(product, kind, WEIGHTS[kind] * min(n, 3), last[product, kind] / DAY)
        for (product, kind), n in sorted(days.items())
        if kind in WEIGHTS and product not in without
    )


def _store(orders: Sequence[Order]) -> str:
    newest = max((order.time for order in orders), default=0)
    weight: dict[str, float] = {}
    for order in orders:
        if order.place.store_id:
            age = (newest - order.time) / DAY
            weight[order.place.store_id] = weight.get(order.place.store_id, 0.0) + 0.5 ** (age / STORE_HALF_LIFE)
    return max(sorted(weight), key=lambda store: weight[store], default="")
