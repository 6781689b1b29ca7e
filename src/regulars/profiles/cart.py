"""The open cart: what each event adds, takes out, or empties."""

from typing import Any, Final

from regulars.model.event import Event
from regulars.model.fields import objects, quantity, text
from regulars.profiles.products import product_key
from regulars.profiles.registers import CartRegister

ADDS: Final = frozenset(("Product Added", "Wishlist Product Added to Cart"))
REMOVES: Final = frozenset(("Product Removed",))
SNAPSHOTS: Final = frozenset(("Cart Viewed",))
"""Events whose `products` are all that lies in the cart at that time."""
CLEARS: Final = frozenset(("Cart Cleared", "Cart cleared"))
ELSEWHERE: Final = frozenset(("store", "phone", "marketplace", "social"))
"""Channels whose orders leave the cart of the shop's own site or app as it is."""


def cart_registers(event: Event) -> dict[str, CartRegister]:
    """The registers an add, a remove or a look at the cart makes; nothing for any other event. Raises Refused."""
    items = snapshot(event)
    if items is not None:
        found: dict[str, CartRegister] = {}
        for index, item in enumerate(items):
            product, register = _register(event, item, f"$.properties.products[{index}]", True)
            # A product on several lines is kept by the larger, in whatever order they stand.
            found[product] = max(found.get(product, register), register)
        return {product: register for product, register in found.items() if product}
    added = event.name in ADDS
    if not added and event.name not in REMOVES:
        return {}
    product, register = _register(event, event.properties, "$.properties", added)
    return {product: register} if product else {}


def snapshot(event: Event) -> list[dict[str, Any]] | None:
    """All that lay in the cart, where the event says so; None where it does not. Raises Refused."""
    if event.name not in SNAPSHOTS:
        return None
    items = objects(event.properties, "products", "$.properties")
    # Lines of which none names a product say nothing of what lies there.
    return (
        items
        if not items or any(product_key(item, f"$.properties.products[{n}]") for n, item in enumerate(items))
        else None
    )


def cleared_at(event: Event, channel: str) -> tuple[int, str]:
    """When the event empties the cart, as (time, message id); (0, '') if it does not.

    A look at the cart empties it just before its own moment, so what it shows, and what else comes in the same
    microsecond, stays; between these the message id decides.
    """
    if event.name in CLEARS or (event.name == "Order Completed" and channel not in ELSEWHERE):
        return (event.time, event.message_id)
    return (0, "") if snapshot(event) is None else (event.time, "")


def _register(event: Event, item: dict[str, Any], where: str, added: bool) -> tuple[str, CartRegister]:
    product = product_key(item, where)
    pieces = quantity(item, "quantity", where)
    name = text(item, "name", where)[:200]
    number = "" if pieces is None else f"{pieces:f}"
    return product, CartRegister(event.time, event.message_id, event.source.name, added, number, name)
