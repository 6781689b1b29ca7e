"""What an order consists of."""

from typing import Any

import msgspec

from regulars.simulation.everyday.gifts import Gift
from regulars.simulation.everyday.goods import Product


class Line(msgspec.Struct, frozen=True):
    """So many of one product, in a size where it has sizes."""

    product: Product
    quantity: int
    size: str = ""

    def told(self) -> dict[str, Any]:
        """The line as the E-commerce Spec writes it."""
        product = self.product
        said: dict[str, Any] = {
            "product_id": product.id,
            "sku": product.sku,
            "name": product.name,
            "category": product.category,
        }
        said |= {"brand": product.brand, "price": product.price / 100, "quantity": self.quantity}
        return said | ({"variant": self.size} if self.size else {})


class Order(msgspec.Struct, frozen=True):
    """One order; money in minor units, time in milliseconds; `collect` is the store where it is fetched, else ''."""

    id: str
    channel: str
    time: int
    lines: tuple[Line, ...]
    discount: int = 0
    shipping: int = 0
    coupon: str = ""
    collect: str = ""
    gift: Gift | None = None
