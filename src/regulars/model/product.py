"""A product as an event names it, as a line of an order holds it, and as the catalogue knows it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from regulars.model.money import Amount


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One line of an order or refund, as it was reported.

    `quantity` is kept as given (weights, litres of fuel and coupon lines make it weird: never sum it blindly), `unit`
    only if stated. `price` is for one unit and `total` for the line, both in minor units of the order's currency and
    None where not stated. `flags` names what is odd: `zero_value`, `zero_quantity`, `large_quantity`, `no_product`.
    """

    product: str
    sku: str = ""
    name: str = ""
    category: str = ""
    brand: str = ""
    variant: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    price: int | None = None
    total: int | None = None
    discount: int | None = None
    coupon: str = ""
    flags: tuple[str, ...] = ()

    @property
    def value(self) -> int | None:
        """What the line cost in minor units: its total, else price by quantity while the quantity counts pieces."""
        if self.total is not None or self.price is None:
            return self.total
        pieces = Decimal(1) if self.quantity is None else self.quantity
        if self.unit or "large_quantity" in self.flags:
            return None
        return int((self.price * pieces).to_integral_value())


class ProductInfo(msgspec.Struct, frozen=True):
    """What a view needs to know of a product; '' where the catalogue does not say."""

    name: str = ""
    category: str = ""
    brand: str = ""


class Variant(msgspec.Struct, frozen=True):
    """One variant of a product, such as a size in a colour; '' where nothing is said, money as for its product.

    `size`, `colour` and `attributes` are as the shop writes them. `price`, `list_price` and `cost` are the variant's
    own, else its product's.
    """

    id: str
    sku: str = ""
    gtin: str = ""
    name: str = ""
    size: str = ""
    colour: str = ""
    image_url: str = ""
    url: str = ""
    status: str = ""
    price: Amount | None = None
    list_price: Amount | None = None
    cost: Amount | None = None
    attributes: dict[str, Any] = {}


class Product(msgspec.Struct, frozen=True):
    """A product as the catalogue knows it at one moment; '' and None where nobody said.

    `category` is its path from wide to narrow. `price`, `list_price` and `cost` are for one piece at that moment.
    `seen` says that no catalogue named it: what stands here is what the first event said that mentioned it; `claimed`
    that only public keys did. `updated` is the time of the catalogue's latest word, `sources` says who spoke. Addresses
    are http(s) or paths, anything else is left out.
    """

    id: str
    sku: str = ""
    gtin: str = ""
    name: str = ""
    description: str = ""
    category: tuple[str, ...] = ()
    brand: str = ""
    image_url: str = ""
    url: str = ""
    status: str = ""
    topics: tuple[str, ...] = ()
    price: Amount | None = None
    list_price: Amount | None = None
    cost: Amount | None = None
    variants: tuple[Variant, ...] = ()
    attributes: dict[str, Any] = {}
    seen: bool = False
    claimed: bool = False
    simulated: bool = False
    updated: datetime | None = None
    sources: tuple[str, ...] = ()


class PricePoint(msgspec.Struct, frozen=True):
    """One entry of a product's price or cost history: `kind` is price, list_price or cost; None ends what was."""

    variant: str
    kind: str
    valid_from: datetime
    amount: Amount | None
    source: str
    simulated: bool


class Stock(msgspec.Struct, frozen=True):
    """How many of a product (or variant, '' for the product) lie in a store, as of a moment."""

    product: str
    variant: str
    store: str
    quantity: Decimal
    time: datetime
    source: str
    simulated: bool
