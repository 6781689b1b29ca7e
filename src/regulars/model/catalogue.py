"""What one event says of the shop's own things: words about things, their amounts of money, and stock.

The events are `Product Updated`, `Store Updated`, `Stock Updated`, `Article Updated`, `Campaign Updated` and `Coupon
Updated`; docs/reference/events.md names their properties.
"""

from decimal import Decimal
from typing import Any, Final

import msgspec

PRODUCT: Final = "product"
VARIANT: Final = "variant"
STORE: Final = "store"
ARTICLE: Final = "article"
CAMPAIGN: Final = "campaign"
COUPON: Final = "coupon"

PRICE: Final = "price"
LIST_PRICE: Final = "list_price"
COST: Final = "cost"
AMOUNTS: Final = (PRICE, LIST_PRICE, COST)
"""What is paid for one, what it cost before a reduction, and what it costs the shop."""

FORMATS: Final = ("markdown", "html", "text")
"""How an article's body is written."""


class Rank(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """Whose word it is; of two words about one thing's field the larger rank counts. `time` in microseconds UTC."""

    precedence: int
    time: int
    message_id: str
    source: str
    simulated: bool = False


class ThingWord(msgspec.Struct, frozen=True):
    """What an event states of one thing, field by field; a None takes a field back, what is not named stays.

    `kind` is one of those above; `id` names the thing; `part` is a variant's id within the product `id`, else ''.
    """

    kind: str
    id: str
    part: str
    fields: dict[str, Any]


class AmountWord(msgspec.Struct, frozen=True):
    """From `valid_from` (microseconds UTC) on, `kind` (one of AMOUNTS) of one piece is `minor` units of `currency`.

    `minor` None ends what was valid before. `variant` is '' for the product as a whole.
    """

    product: str
    variant: str
    kind: str
    currency: str
    valid_from: int
    minor: int | None


class StockWord(msgspec.Struct, frozen=True):
    """How many of a product (or variant) lie in a store; None where that is no longer known."""

    product: str
    variant: str
    store: str
    quantity: Decimal | None


class CatalogueWords(msgspec.Struct, frozen=True):
    """All that one event says of the shop's own things."""

    rank: Rank
    things: tuple[ThingWord, ...] = ()
    amounts: tuple[AmountWord, ...] = ()
    stock: tuple[StockWord, ...] = ()
