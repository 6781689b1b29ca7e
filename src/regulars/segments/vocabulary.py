"""The words of the rule language: what can be done, what can be asked of it, and how things are compared."""

import re
from typing import Final

import msgspec

from regulars.model.interaction import KINDS

PROPERTIES: Final = "properties."
PROPERTY: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ -]{0,99}(\.[A-Za-z0-9_][A-Za-z0-9_ -]{0,99}){0,3}")
COLUMN: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")

FIELDS: Final = {
    "product": "text",
    "category": "text",
    "brand": "text",
    "store": "text",
    "channel": "text",
    "source": "text",
    "coupon": "text",
    "currency": "text",
    "value": "number",
    "discount": "number",
    "pieces": "number",
}
"""What can be asked of what she did, with its kind; amounts are whole minor units."""

OPS_OF: Final = {
    "text": ("is", "is_not", "one_of", "not_one_of", "contains", "known", "unknown"),
    "number": ("is", "is_not", "one_of", "not_one_of", "at_least", "at_most", "more", "less", "known", "unknown"),
    "time": ("within_days", "not_within_days", "known", "unknown"),
    "truth": ("is", "is_not", "known", "unknown"),
    "any": (
        "is", "is_not", "one_of", "not_one_of", "contains", "at_least", "at_most", "more", "less", "within_days",
        "not_within_days", "known", "unknown",
    ),
}  # fmt: skip
"""How a field of each kind may be compared. What is not known is unlike everything: `is_not` and `not_one_of` hold."""

WITHOUT_VALUE: Final = frozenset({"known", "unknown"})
WITH_MANY: Final = frozenset({"one_of", "not_one_of"})
SORT_OF_OP: Final = {
    **dict.fromkeys(("at_least", "at_most", "more", "less", "within_days", "not_within_days"), "number"),
    "contains": "text",
}
SORT_OF_KIND: Final = {"text": "text", "number": "number", "time": "number", "truth": "truth"}

TRAITS: Final = {
    "kind": "text",
    "first_seen": "time",
    "last_seen": "time",
    "first_channel": "text",
    "last_channel": "text",
    "origin": "text",
}
"""Columns of the lake's view `customers`, with their kind."""

CONSENT_WORDS: Final = ("given", "withdrawn", "none")


class What(msgspec.Struct, frozen=True):
    """Something that can be done: the lake's view that tells it, the column of its time, and what can be asked of it.

    `kind` is that of the view `interactions`. `fields` maps words to columns, `measures` are the ways to count.
    """

    view: str
    time: str
    fields: dict[str, str]
    measures: tuple[str, ...]
    kind: str = ""
    has_product: bool = True


_PRODUCT: Final = {"product": "product", "category": "category", "brand": "brand"}
_PLACE: Final = {"store": "store", "channel": "channel"}
_BOUGHT: Final = What(
    "order_lines",
    "time",
    {**_PRODUCT, **_PLACE, "value": "amount", "discount": "discount", "currency": "currency", "pieces": "pieces"},
    ("times", "days", "products", "categories", "stores", "pieces", "amount"),
)
_ORDERED: Final = What(
    "orders",
    "time",
    {**_PLACE, "value": "total", "discount": "discount", "currency": "currency", "coupon": "coupon",
     "source": "source"},
    ("times", "days", "stores", "amount"),
    has_product=False,
)  # fmt: skip
_RETURNED: Final = What(
    "refund_lines",
    "time",
    {**_PRODUCT, "value": "amount", "currency": "currency", "pieces": "pieces"},
    ("times", "days", "products", "categories", "pieces", "amount"),
)
_EVENT: Final = What(
    "events",
    "time",
    {**_PRODUCT, **_PLACE, "source": "source", "properties": "properties"},
    ("times", "days", "products", "categories", "stores"),
)

WHATS: Final[dict[str, What]] = {
    "bought": _BOUGHT,
    "ordered": _ORDERED,
    "returned": _RETURNED,
    **{
        kind: What("interactions", "last", dict(_PRODUCT), ("times", "days", "products", "categories"), kind)
        for kind in KINDS
    },
    "event": _EVENT,
}
"""What she can have done, by the word that a rule says it by."""

FOLLOWED: Final = tuple(name for name, what in WHATS.items() if what.has_product and name != "event")
"""What can follow with the same product."""
