"""A small invented assortment, so that views, baskets and receipts have something in them."""

from random import Random
from typing import Any

_CATEGORIES = ("Coats", "Shoes", "Knitwear", "Shirts", "Bags", "Home", "Kitchen", "Garden")
_PRODUCTS = 400


def product(rng: Random) -> dict[str, Any]:
    """One product as the E-commerce Spec writes it; low numbers are chosen more often."""
    number = int(_PRODUCTS * rng.random() ** 2)
    return {
        "product_id": f"A{1000 + number}",
        "category": _CATEGORIES[number % len(_CATEGORIES)],
        "price": 5 + (number * 37) % 120 + 0.9,
    }


def basket(rng: Random) -> dict[str, Any]:
    """`products`, `total` and `currency` of an order of one to four lines."""
    size = rng.choice((1, 1, 2, 2, 3, 4))
    lines = [{**product(rng), "quantity": 1 if rng.random() < 0.8 else 2} for _ in range(size)]
    total = sum(line["price"] * line["quantity"] for line in lines)
    return {"products": lines, "total": round(total, 2), "currency": "EUR"}
