"""Her sizes: what she stated herself, and after that what she bought for herself and kept."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from regulars.model.order import Order
from regulars.model.product import Line, Product

TRAIT: Final = "sizes"
MOST: Final = 12
LONGEST: Final = 60
SINCE: Final = 3 * 365 * 86_400 * 1_000_000
"""Sizes of what was bought longer ago tell little, in microseconds."""


class Size(msgspec.Struct, frozen=True):
    """A size of something, such as Shoes 38. `times` is how often she bought it; 0 for what she stated."""

    what: str
    size: str
    times: int = 0


def stated_sizes(value: Any) -> tuple[Size, ...]:
    """The sizes of the trait `sizes`: an object from what to size, a list, or a text; what is none of these is none."""
    if isinstance(value, Mapping):
        found = [(str(what), each) for what, each in value.items()]
    elif isinstance(value, list):
        found = [("", each) for each in value]
    else:
        found = [("", value)]
    said = [Size(what[:LONGEST], text) for what, each in found for text in _texts(each)]
    return tuple(said[:MOST])


def bought_sizes(
    orders: Iterable[Order], products: Mapping[str, Product], is_gift: Callable[[Order, str], bool], now: int
) -> tuple[Size, ...]:
    """The sizes she bought most of each kind of thing, latest first on ties; gifts and what came back do not count.

    `orders` newest first; `now` in microseconds since 1970 UTC. A kind is the narrowest category of the product.
    """
    counts: dict[str, Counter[str]] = {}
    for order in orders:
        if order.claimed or order.cancelled or order.time < now - SINCE:
            continue
        back = {each.product for each in order.returned}
        for line in order.lines:
            size = _size_of(line, products.get(line.product))
            if size and line.product not in back and not is_gift(order, line.product):
                counts.setdefault(_kind(line, products.get(line.product)), Counter())[size] += 1
    most = [(kind, *found.most_common(1)[0]) for kind, found in counts.items()]
    most.sort(key=lambda each: -each[2])
    return tuple(Size(kind[:LONGEST], size[:LONGEST], times) for kind, size, times in most[:MOST])


def _size_of(line: Line, product: Product | None) -> str:
    """The size of the variant that was bought, as the catalogue has it."""
    if product is None:
        return ""
    named = {line.variant, line.sku} - {""}
    for variant in product.variants:
        if variant.size and named & {variant.id, variant.sku, variant.name, variant.size}:
            return variant.size
    return ""


def _kind(line: Line, product: Product | None) -> str:
    if product is not None and product.category:
        return product.category[-1]
    return line.category.rpartition(" > ")[2]


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(each).strip()[:LONGEST] for each in values if isinstance(each, str | int | float) and str(each).strip()]
