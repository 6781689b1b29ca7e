"""What people do with products: additive rows, and what follows from them beside the orders."""

from collections.abc import Iterable
from typing import Any, Final

from regulars.model.event import Event
from regulars.model.fields import objects
from regulars.model.interaction import Interaction
from regulars.model.order import Order
from regulars.profiles.activity import DAY
from regulars.profiles.products import product_key

KIND_OF: Final = {
    "Product Viewed": "viewed",
    "Product Clicked": "clicked",
    "Product Added": "added",
    "Wishlist Product Added to Cart": "added",
    "Product Removed": "removed",
    "Product Added to Wishlist": "wishlisted",
    "Product Removed from Wishlist": "unwishlisted",
    "Product Saved for Later": "saved",
    "Product Removed from Saved": "unsaved",
    "Product Compared": "compared",
    "Product Tried On": "tried_on",
    "Fitting Requested": "fitting_requested",
    "Product Reviewed": "reviewed",
    "Product Shared": "shared",
    "Cart Shared": "shared",
}


def interactions_of(event: Event) -> tuple[Interaction, ...]:
    """The rows an event adds, one a product; none where no product has an id. Raises Refused."""
    kind = KIND_OF.get(event.name)
    if kind is None:
        return ()
    items = objects(event.properties, "products", "$.properties")
    day, time = event.time // DAY, event.time
    product = product_key(event.properties, "$.properties")
    if items is None:
        return (Interaction(product, kind, day, 1, time),) if product else ()
    return tuple(Interaction(each, kind, day, 1, time) for each in sorted(_keys(items, product)))


def add_up(rows: Iterable[Interaction]) -> tuple[Interaction, ...]:
    """Rows of many bundles or events as one per (product, kind, day), sorted: counts added, the latest time kept."""
    total: dict[tuple[str, str, int], tuple[int, int]] = {}
    for row in rows:
        key = (row.product, row.kind, row.day)
        n, last = total.get(key, (0, row.last))
        total[key] = (n + row.n, max(last, row.last))
    return tuple(Interaction(*key, n, last) for key, (n, last) in sorted(total.items()))


def viewed_not_bought(rows: Iterable[Interaction], orders: Iterable[Order]) -> tuple[tuple[str, int], ...]:
    """Products viewed with no order line since, as (product, last view), latest first; windows are the caller's to cut.

    A cancelled order counts as none.
    """
    bought: dict[str, int] = {}
    for order in orders:
        if not order.cancelled:
            for line in order.lines:
                bought[line.product] = max(bought.get(line.product, order.time), order.time)
    viewed: dict[str, int] = {}
    for row in rows:
        if row.kind == "viewed":
            viewed[row.product] = max(viewed.get(row.product, row.last), row.last)
    waiting = [each for each in viewed.items() if each[0] not in bought or bought[each[0]] < each[1]]
    return tuple(sorted(waiting, key=lambda each: (-each[1], each[0])))


def _keys(items: list[dict[str, Any]], product: str) -> set[str]:
    keys = {product_key(item, f"$.properties.products[{index}]") for index, item in enumerate(items)}
    return (keys | {product}) - {""}
