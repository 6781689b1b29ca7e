"""A product as an event names it, as a line of an order holds it, and as the catalogue knows it."""

from decimal import Decimal

import msgspec


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
