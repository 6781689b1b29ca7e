"""What was said about recommendations: "it was a gift", "do not show me this", each with its undo; the last counts.

`Gift Marked` and `Gift Unmarked` are about an order (`order_id`) and, where `product_id` or `products` are named, about
these products of it only; without an order, about every order with the product. `Recommendation Hidden` and
`Recommendation Shown Again` name products. A server's word outranks a public key's; then the later counts,
at one time the one that takes something out, so that the order in which events come does not matter.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from regulars.model.fields import identity
from regulars.model.order import Order
from regulars.model.rejection import Refused
from regulars.profiles.products import product_key

GIFT, NOT_GIFT = "Gift Marked", "Gift Unmarked"
HIDDEN, SHOWN = "Recommendation Hidden", "Recommendation Shown Again"
NAMES: Final = (GIFT, NOT_GIFT, HIDDEN, SHOWN)
"""The events that are read here."""

ANY: Final = ""
"""Stands for every product of an order, or every order with a product."""

Rank = tuple[int, int, bool, str]
"""Trust, time in microseconds, whether it takes out, message id: the larger word counts."""


class Word(msgspec.Struct, frozen=True):
    """One event's word: about a gift or not, `takes` out or puts back, of which order and products (`ANY` for all)."""

    gift: bool
    takes: bool
    order: str
    products: tuple[str, ...]
    rank: Rank


class Spoken(msgspec.Struct, frozen=True):
    """The words that count: of (order, product) whether it was a gift, with its rank; and what is hidden."""

    gifts: dict[tuple[str, str], tuple[Rank, bool]] = {}
    hidden: frozenset[str] = frozenset()

    def is_gift(self, order: Order, product: str) -> bool:
        """Whether a product of an order was bought for somebody else: the largest word about the line counts."""
        if not self.gifts:
            return False
        about = ((order.order_id, product), (order.order_id, ANY), (ANY, product))
        said = [self.gifts[each] for each in about if each in self.gifts]
        return max(said)[1] if said else False


SILENCE: Final = Spoken()


def word_of(name: str, properties: dict[str, Any], trust: int, time: int, message_id: str) -> Word | None:
    """The word of an event; None where it names nothing that it could be about. Wrong types are passed over."""
    try:
        order, products = identity(properties, "order_id", "$.properties"), _products(properties)
    except Refused:
        return None
    gift, takes = name in (GIFT, NOT_GIFT), name in (GIFT, HIDDEN)
    if not products and not (gift and order):
        return None
    return Word(gift, takes, order if gift else ANY, products or (ANY,), (trust, time, takes, message_id))


def spoken(words: Iterable[Word]) -> Spoken:
    """The words that count, in whatever order they come."""
    gifts: dict[tuple[str, str], tuple[Rank, bool]] = {}
    hidden: dict[str, tuple[Rank, bool]] = {}
    for word in words:
        for product in word.products:
            said = (word.rank, word.takes)
            if word.gift:
                gifts[word.order, product] = max(said, gifts.get((word.order, product), said))
            else:
                hidden[product] = max(said, hidden.get(product, said))
    return Spoken(gifts, frozenset(product for product, (_, takes) in hidden.items() if takes))


def _products(properties: dict[str, Any]) -> tuple[str, ...]:
    items = properties.get("products")
    said = [each for each in items if type(each) is dict] if type(items) is list else []
    named = (product_key(each, "$.properties") for each in (properties, *said))
    return tuple(sorted({each for each in named if each}))
