"""What the town's shop sells: products with sizes and colours, prices and costs, and how people choose among them."""

from collections.abc import Sequence

import msgspec

from regulars.simulation.everyday.chance import Chance

encode = msgspec.json.Encoder().encode
SITE = "https://shop.lindenhof.store"


class Product(msgspec.Struct, frozen=True):
    """One product; money in minor units. `seen` is what a page about it reports, as JSON; `again` is the number of days
    after which it is used up, 0 where it is not; `sizes` is empty where it has none."""

    number: int
    id: str
    sku: str
    name: str
    category: str
    group: int
    brand: str
    price: int
    cost: int
    colour: str
    shape: str
    sizes: tuple[str, ...]
    again: int
    seen: bytes

    @property
    def path(self) -> str:
        """The path of its page."""
        return f"/p/{self.id}"


class Goods:
    """An assortment, its products by group; the first of a group are chosen more often."""

    def __init__(self, products: Sequence[Product], currency: str) -> None:
        self.products = tuple(products)
        self.currency = currency
        self.by_id = {product.id: product for product in products}
        groups: dict[int, list[Product]] = {}
        for product in products:
            groups.setdefault(product.group, []).append(product)
        self.groups = [groups[number] for number in sorted(groups)]

    def liked(self, rng: Chance, tastes: tuple[int, int]) -> Product:
        """One that somebody of these tastes looks at: two in three times from what she likes."""
        group = self.groups[tastes[rng.below(2)]] if rng.hit(0.66) else rng.pick(self.groups)
        chance = rng.random()
        return group[int(chance * chance * len(group))]


def seen(product_id: str, sku: str, name: str, category: str, brand: str, price: int, currency: str) -> bytes:
    """What a product's page reports about it, as JSON without the closing brace of more to come."""
    return encode(
        {
            "product_id": product_id,
            "sku": sku,
            "name": name,
            "category": category,
            "brand": brand,
            "price": price / 100,
            "currency": currency,
            "url": f"{SITE}/p/{product_id}",
        }
    )
