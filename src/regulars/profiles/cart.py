"""The open cart: what each event adds, takes out, or empties."""

from typing import Final

from regulars.model.event import Event
from regulars.profiles.fields import quantity, text
from regulars.profiles.products import product_key
from regulars.profiles.registers import CartRegister

ADDS: Final = frozenset(("Product Added", "Wishlist Product Added to Cart"))
REMOVES: Final = frozenset(("Product Removed",))
CLEARS: Final = frozenset(("Cart Cleared", "Cart cleared"))
ELSEWHERE: Final = frozenset(("store", "phone", "marketplace", "social"))
"""Channels whose orders leave the cart of the shop's own site or app as it is."""


def cart_registers(event: Event) -> dict[str, CartRegister]:
    """The register an add or remove makes; nothing for any other event. Raises Refused."""
    added = event.name in ADDS
    if not added and event.name not in REMOVES:
        return {}
    product = product_key(event.properties, "$.properties")
    if not product:
        return {}
    pieces = quantity(event.properties, "quantity", "$.properties")
    name = text(event.properties, "name", "$.properties")[:200]
    number = "" if pieces is None else f"{pieces:f}"
    return {product: CartRegister(event.time, event.message_id, event.source.name, added, number, name)}


def cleared_at(event: Event, channel: str) -> tuple[int, str]:
    """When the event empties the cart, as (time, message id); (0, '') if it does not."""
    if event.name in CLEARS or (event.name == "Order Completed" and channel not in ELSEWHERE):
        return (event.time, event.message_id)
    return (0, "")
