"""What the shop says of its own things: products, stores, campaigns, articles, before anybody comes."""

from collections.abc import Iterator
from typing import Any

from regulars.simulation.everyday import coupons
from regulars.simulation.everyday.calendar import CLOSES, DAY, OPENS
from regulars.simulation.everyday.call import iso
from regulars.simulation.everyday.goods import Product
from regulars.simulation.everyday.pictures import address
from regulars.simulation.everyday.world import World

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ARTICLES = (
    ("Keeping wool soft", "Wash it by hand, cold, and dry it flat. A drop of soap is enough.", "Knitwear"),
    ("The right pan for the right hob", "An even base matters more than the material.", "Pots"),
    ("Coffee that stays fresh", "Whole beans, a tight jar, and a dark cupboard. Not the fridge.", "Coffee and tea"),
    (
        "Your shoe leaks?",
        "Dry it slowly, away from the heater, then wax the seam. If it still leaks, bring it in.",
        "Shoes",
    ),
)


def things(world: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, thing and properties of each event about the shop's own things."""
    for product in world.goods.products:
        yield "Product Updated", product.id, _over(product) if world.over else _product(world, product)
    if not world.over:
        for number, store in enumerate(world.stores):
            yield "Store Updated", store, _store(number, store)
            yield from _stock(world, number, store)
        for number, article in enumerate(_ARTICLES):
            yield "Article Updated", f"how-{number + 1}", _article(world, number, *article)
    for code, percent in coupons.PERCENT.items():
        yield "Coupon Updated", code, {"coupon_id": code, "percent": percent}
    for campaign in world.campaigns:
        days = {"start_date": iso(campaign.start)[:10], "end_date": iso(campaign.end)[:10]}
        about = {"campaign_id": campaign.id, "name": campaign.name, "channel": "email", "coupon": campaign.coupon}
        yield (
            "Campaign Updated",
            campaign.id,
            about | days | {"randomised": True, "control_share": world.rates.control},
        )


def _over(product: Product) -> dict[str, Any]:
    """What the web shop adds to a product that is there: the rest of it stays as its own source said it."""
    return {"product_id": product.id, "image_url": address(product.shape, product.colour, product.number)}


def _product(world: World, product: Product) -> dict[str, Any]:
    """A product with its sizes, its price now and once before, and what it costs the shop."""
    first, later = iso(world.start - 200 * DAY)[:10], iso(world.start - 20 * DAY)[:10]
    before = product.price * (104 + product.number % 12) // 100
    sizes = [{"variant_id": f"{product.id}-{size}", "size": size, "colour": product.colour} for size in product.sizes]
    about: dict[str, Any] = {"product_id": product.id, "sku": product.sku, "gtin": gtin(product.number)}
    about |= {"name": product.name, "brand": product.brand, "category": product.category, "url": product.path}
    about |= {"image_url": address(product.shape, product.colour, product.number), "currency": world.goods.currency}
    about["prices"] = [
        {"price": before / 100, "cost": product.cost / 100, "valid_from": first},
        {"price": product.price / 100, "valid_from": later},
    ]
    about |= {"attributes": {"colour": product.colour}, "topics": [product.category.rpartition(" > ")[2].lower()]}
    return about | ({"variants": sizes} if sizes else {})


def _store(number: int, store: str) -> dict[str, Any]:
    hours = [[f"{OPENS:02d}:00", f"{CLOSES:02d}:00"]]
    return {
        "store_id": store,
        "name": f"Lindenhof {number + 1}",
        "timezone": "Europe/Prague",
        "country": "CZ",
        "latitude": (5_000_000 + number * 1_237) / 100_000,
        "longitude": (1_440_000 + number * 2_713) / 100_000,
        "opening_hours": dict.fromkeys(_WEEK, hours),
    }


def _stock(world: World, number: int, store: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The stock of a store, some hundred products an event."""
    products = world.goods.products
    for at in range(0, len(products), 100):
        rows = [
            {"product_id": product.id, "quantity": (product.number * 7 + number * 5) % 13}
            for product in products[at : at + 100]
        ]
        yield "Stock Updated", f"{store}-{at}", {"store_id": store, "stock": rows}


def _article(world: World, number: int, title: str, text: str, shelf: str) -> dict[str, Any]:
    about = [product.id for product in world.goods.products if product.category.endswith(shelf)]
    return {
        "article_id": f"how-{number + 1}",
        "title": title,
        "body": f"# {title}\n\n{text}\n",
        "format": "markdown",
        "kind": "how_to",
        "topics": [shelf.lower()],
        "products": about[:20],
        "published_at": iso(world.start - 30 * DAY),
    }


def gtin(number: int) -> str:
    """An article number of 13 digits from the range that shops use among themselves (GS1 prefix 20)."""
    digits = f"20{number:010d}"
    weighted = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"
