"""Products known only because events mention them: of each the first mention, a server's before a browser's."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from regulars.catalogue import queries
from regulars.catalogue.refer import plain_words
from regulars.collection.shapes import COMMERCE_EVENTS
from regulars.model.event import Event
from regulars.model.fields import ID_LENGTH, TEXT_LENGTH
from regulars.model.source import Trust
from regulars.storage.database import Connection

BROWSING: Final = frozenset(("Product Viewed", "Product Clicked", "Product List Viewed"))
MENTIONS: Final = (COMMERCE_EVENTS | {"Fitting Requested", "Product Shared", "Cart Shared"}) - BROWSING
"""The events whose products count as seen: not those whose details are kept for a while only."""
FIELDS: Final = ("sku", "name", "category", "brand", "variant", "image_url", "url")
"""What is kept of a mention, as far as it is text."""

Mention = tuple[bool, int, str, str]
"""Whose mention it is: a browser's or not, when (microseconds), message id, source; the smallest is kept."""

_encode = msgspec.json.Encoder(order="sorted").encode


NOTHING_KNOWN: Final[Mapping[str, Mention]] = {}


class Mentioned(msgspec.Struct, frozen=True, array_like=True):
    """A product that an event mentions, with what is kept of that: texts by field."""

    product: str
    said: dict[str, str]


class Mentions(msgspec.Struct, frozen=True, array_like=True):
    """All products that one event mentions, and whose mention it is."""

    mention: Mention
    simulated: bool
    products: tuple[Mentioned, ...]


def mentions_of(event: Event) -> Mentions | None:
    """The products that an event mentions; None of most events, which cost nearly nothing."""
    if event.name not in MENTIONS or event.kind != "track" or event.bot:
        return None
    mention = (event.source.trust is Trust.CLIENT, event.time, event.message_id, event.source.name)
    products = []
    for item in _mentioned(event):
        product = item.get("product_id") or item.get("id") or item.get("sku")
        if type(product) is not str:
            product = _number(product)
        product = product.strip()
        if product and len(product) <= ID_LENGTH:
            products.append(Mentioned(product, {name: text for name in FIELDS if (text := _text(item.get(name)))}))
    return Mentions(mention, event.origin == "simulated", tuple(products)) if products else None


class Sightings:
    """What one batch mentions; gather with `see`, then `write`.

    `known` are mentions of which each is kept, or an earlier one: what is no earlier is passed over.
    """

    def __init__(self, known: Mapping[str, Mention] = NOTHING_KNOWN) -> None:
        self._known = known
        self._first: dict[str, tuple[Mention, dict[str, str], bool, bytes | None]] = {}

    def see(self, mentions: Mentions, bundle: bytes | None) -> None:
        """Take the products that an accepted event mentions, filed under its bundle."""
        mention, first, kept = mentions.mention, self._first, self._known
        for each in mentions.products:
            product = each.product
            if product in kept and kept[product] <= mention:
                continue
            known = first.get(product)
            if known is None or mention < known[0]:
                first[product] = (mention, each.said, mentions.simulated, bundle)

    @property
    def mentions(self) -> dict[str, Mention]:
        """What was gathered; once it is written, and as long as it is, these may be given to the next as known."""
        return {product: each[0] for product, each in self._first.items()}

    def only(self, products: frozenset[str]) -> None:
        """Forget all but these."""
        self._first = {product: each for product, each in self._first.items() if product in products}

    def write(self, connection: Connection) -> None:
        """Keep those that come before what is known."""
        if not self._first:
            return
        found = sorted(self._first.items(), key=lambda each: each[0])
        ranks: tuple[list[Any], ...] = ([], [], [], [], [])
        for product, (mention, *_) in found:
            for column, value in zip(ranks, (product, *mention), strict=True):
                column.append(value)
        cursor = connection.cursor(binary=True)
        cursor.execute(queries.NEWLY_SEEN, ranks)
        rows = [_row(*found[place - 1]) for (place,) in cursor]
        if rows:
            connection.execute(queries.PUT_SEEN, [[row[i] for row in rows] for i in range(9)])


def _mentioned(event: Event) -> list[dict[str, Any]]:
    """The objects of an event that may each name a product."""
    properties = event.properties
    items = properties.get("products")
    found = [each for each in items if type(each) is dict] if type(items) is list else []
    if not event.name.startswith(("Order ", "Cart ", "Checkout ", "Payment ", "Product List ")):
        found.append(properties)
    return found


def _number(value: Any) -> str:
    if type(value) is int and abs(value) < 10**30:
        return str(value)
    if type(value) is float and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return ""


def _row(product: str, seen: tuple[Mention, dict[str, str], bool, bytes | None]) -> tuple[Any, ...]:
    mention, said, simulated, bundle = seen
    words = plain_words([product, said.get("name"), said.get("brand"), said.get("sku")])
    return (product, *mention, simulated, bundle, words, _encode(said))


def _text(value: Any) -> str:
    if type(value) is list:
        value = " > ".join(part.strip() for part in value if type(part) is str)
    return value.strip()[:TEXT_LENGTH] if type(value) is str else _number(value)
