"""One event of a timeline as one line of plain words."""

from typing import Any, Final

from regulars.model.money import currency_code, minor_units, money_text
from regulars.model.rejection import Refused

WORDS: Final = 80
"""Texts from an event are cut to this many characters."""

_PLAIN: Final = {"identify": "Said who this is", "group": "Joined a group", "alias": "Took another id"}

_PRODUCT: Final = {
    "Product Viewed": "Looked at {}",
    "Product Clicked": "Clicked on {}",
    "Product Added": "Put {} in the cart",
    "Wishlist Product Added to Cart": "Put {} from the wish list in the cart",
    "Product Removed": "Took {} out of the cart",
    "Product Added to Wishlist": "Put {} on the wish list",
    "Product Removed from Wishlist": "Took {} off the wish list",
    "Product Tried On": "Tried on {}",
    "Fitting Requested": "Asked for a fitting of {}",
    "Product Reviewed": "Reviewed {}",
    "Product Shared": "Shared {}",
    "Product Saved for Later": "Saved {} for later",
    "Product Removed from Saved": "Took {} out of what was saved for later",
    "Product Compared": "Compared {}",
    "Recommendation Hidden": "Asked not to be shown {}",
    "Recommendation Shown Again": "Asked to be shown {} again",
}
_ORDER: Final = {
    "Order Completed": "Bought",
    "Order Updated": "Order changed:",
    "Order Cancelled": "Order cancelled:",
    "Order Refunded": "Refunded",
    "Checkout Started": "Started to check out",
    "Receipt Claimed": "Claimed a receipt",
}
_NAMED: Final = {
    "Products Searched": ("Searched for {}", "query"),
    "Product List Viewed": ("Looked through {}", "category"),
    "Promotion Viewed": ("Saw the promotion {}", "name"),
    "Promotion Clicked": ("Clicked on the promotion {}", "name"),
    "Promotion Dismissed": ("Put away the promotion {}", "name"),
    "Coupon Entered": ("Entered the coupon {}", "coupon_id"),
    "Coupon Applied": ("Used the coupon {}", "coupon_id"),
    "Content Viewed": ("Read {}", "title"),
    "Case Opened": ("Complained: {}", "subject"),
    "Consent Given": ("Agreed to {}", "purpose"),
    "Consent Withdrawn": ("Withdrew consent to {}", "purpose"),
}
_MESSAGE: Final = {
    "Message Sent": "Was sent {}",
    "Message Delivered": "Got {}",
    "Message Opened": "Opened {}",
    "Message Clicked": "Clicked in {}",
    "Message Bounced": "Could not be reached with {}",
    "Message Withheld": "Was not sent {}, to see what it does",
}
_PLACE: Final = {"Store Entered": "Came into {}", "Store Exited": "Left {}"}


def summary(kind: str, name: str, properties: dict[str, Any], source: str = "") -> str:
    """What happened, in one line without a time: "Bought 3 products for 12.50 USD in store 32 (till)".

    `kind` and `name` are the event's; wrong types in `properties` are passed over, never an error. `source` is added
    in brackets when given.
    """
    words = _track(name, properties) if kind == "track" else _other(kind, name, properties)
    return f"{words} ({source})" if source else words


def _track(name: str, properties: dict[str, Any]) -> str:
    if name in _PRODUCT:
        thing = _word(properties, "name") or _word(properties, "product_id") or _word(properties, "sku")
        return _PRODUCT[name].format(thing or "a product") + _where(properties)
    if name in _ORDER:
        return f"{_ORDER[name]}{_products(properties)}{_money(properties)}{_where(properties)}"
    if name in _MESSAGE:
        thing = _word(properties, "campaign_id")
        # What has no space in it is a number or a code, not a title.
        named = thing if " " in thing else f"campaign {thing}" if thing else "a message"
        return _MESSAGE[name].format(named) + _where(properties)
    if name in _PLACE:
        store = _word(properties, "store_id")
        return _PLACE[name].format(f"store {store}" if store else "a store")
    if name in _NAMED:
        pattern, field = _NAMED[name]
        thing = _word(properties, field) or (_word(properties, "topic") if field == "subject" else "")
        return (pattern.format(thing) if thing else name) + _where(properties)
    return _cut(name or "An event without a name") + _where(properties)


def _other(kind: str, name: str, properties: dict[str, Any]) -> str:
    if kind in ("page", "screen"):
        thing = _cut(name) or _word(properties, "title") or _word(properties, "path")
        verb = "Visited the page" if kind == "page" else "Opened the screen"
        return f"{verb} {thing}" if thing else verb.replace(" the", " a")
    return _PLAIN.get(kind) or _cut(kind)


def _products(properties: dict[str, Any]) -> str:
    items = properties.get("products")
    if type(items) is not list or not items:
        return " an order" if properties.get("order_id") is not None else ""
    if len(items) == 1 and type(items[0]) is dict and _word(items[0], "name"):
        return f" {_word(items[0], 'name')}"
    return f" {len(items)} product{'s' if len(items) > 1 else ''}"


def _money(properties: dict[str, Any]) -> str:
    for field in ("total", "amount", "value", "revenue"):
        if properties.get(field) is not None:
            try:
                code = currency_code(properties.get("currency"), "$")
                return f" for {money_text(minor_units(properties[field], code, '$'), code)}"
            except Refused:
                return ""
    return ""


def _where(properties: dict[str, Any]) -> str:
    store = _word(properties, "store_id")
    if store:
        return f" in store {store}"
    channel = _word(properties, "channel").lower()
    return f" by {channel}" if channel else ""


def _word(properties: dict[str, Any], name: str) -> str:
    value = properties.get(name)
    return _cut(value) if type(value) is str else str(value) if type(value) is int else ""


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= WORDS else text[: WORDS - 1] + "…"
