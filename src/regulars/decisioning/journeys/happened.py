"""What happened to one customer, as far as journeys ask: the same from PostgreSQL as from the lake."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from regulars.decisioning.journeys.journey import CART, Begin
from regulars.decisioning.journeys.reading import plain
from regulars.model.fields import identity
from regulars.model.rejection import Refused
from regulars.profiles.products import product_key

ELSEWHERE = frozenset(("store", "phone", "marketplace", "social"))
"""Orders of these channels leave the cart as it is, as in a profile."""


class Happened(msgspec.Struct, frozen=True, order=True):
    """One event of hers: its time in microseconds since 1970 UTC, name, products, order, properties."""

    time: int
    name: str
    key: str
    products: tuple[str, ...] = ()
    order: str = ""
    properties: dict[str, Any] = {}
    simulated: bool = False


def happened(time: int, name: str, key: str, properties: dict[str, Any], simulated: bool) -> Happened:
    """One event as journeys see it; `key` tells it from every other one."""
    try:
        order = identity(properties, "order_id", "$")
    except Refused:
        order = ""
    return Happened(time, name, key, products_of(properties), order, properties, simulated)


def products_of(properties: dict[str, Any]) -> tuple[str, ...]:
    """The products that an event names, each once; wrong types are passed over."""
    listed = properties.get("products")
    items = [properties, *(each for each in listed if isinstance(each, dict))] if type(listed) is list else [properties]
    found: dict[str, None] = {}
    for item in items:
        try:
            found[product_key(item, "$")] = None
        except Refused:
            continue
    return tuple(each for each in found if each)


SAID = {"store_id": "store", "expected": "expected", "expected_at": "expected", "tracking_url": "tracking_url"}
"""What messages tell of the event that a journey began with, and how they call it."""


def said_of(event: Happened) -> dict[str, str]:
    """What messages may tell of an event, short texts by name."""
    told = {name: event.properties.get(of) for of, name in SAID.items()}
    return {name: value[:500] for name, value in told.items() if isinstance(value, str) and value}


def begins(begin: Begin, event: Happened) -> bool:
    """Whether a journey begins with this event."""
    if event.name != begin.event:
        return False
    for name, words in begin.where:
        value = event.properties.get(name)
        said = value if isinstance(value, list) else [value]
        if not any(isinstance(each, str | int | float) and plain(each) in words for each in said):
            return False
    return True


def in_cart(history: Iterable[Happened], at: int) -> set[str]:
    """The products in her cart at a moment, by what happened up to then."""
    found: set[str] = set()
    for each in history:
        if each.time > at:
            break
        if each.name not in CART:
            continue
        if each.name.startswith("Cart C") or each.name == "Order Completed":
            if each.properties.get("channel") not in ELSEWHERE:
                found.clear()
            found -= set(each.products)
        elif each.name == "Cart Viewed":
            found = set(each.products) or found
        elif each.name == "Product Removed":
            found -= set(each.products)
        else:
            found |= set(each.products)
    return found


def in_segment(history: Sequence[Happened], segment: str, at: int) -> bool:
    """Whether she is in a segment, by the last word about it."""
    for each in reversed(history):
        if each.time <= at and each.properties.get("segment") == segment:
            return each.name == "Segment Joined"
    return False
