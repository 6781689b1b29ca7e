"""From the catalogue's products and stores to the rows that the lake holds of them."""

from collections.abc import Iterator
from typing import Any, Final

from regulars.lake.discreet import NOTHING, word
from regulars.lake.event_rows import Row, origin_of
from regulars.model.money import Amount
from regulars.model.product import Product, Variant
from regulars.model.store import Store

ZONE: Final = ("zone", "region", "area", "district")
"""Attributes that may name a store's zone, the first that is there counts."""


def product_rows(product: Product) -> Iterator[tuple[str, Row]]:
    """The rows of one product and its variants, each with its table; amounts in the currency of its price."""
    if word(product.id, NOTHING, True) is None:
        return
    category = " > ".join(product.category)
    kept = word(category) is not None
    yield (
        "products",
        {
            "product": product.id,
            "name": word(product.name, NOTHING, True),
            "category": category if kept else None,
            "categories": list(product.category) if kept else None,
            "brand": word(product.brand, NOTHING, True),
            "status": word(product.status),
            "seen": product.seen,
            "claimed": product.claimed,
            "origin": origin_of(product.simulated),
            **_amounts(product),
        },
    )
    for each in product.variants:
        if word(each.id, NOTHING, True) is not None:
            yield "variants", _variant(product.id, each)


def _variant(product: str, variant: Variant) -> Row:
    return {
        "product": product,
        "variant": variant.id,
        "name": word(variant.name, NOTHING, True),
        "size": word(variant.size),
        "colour": word(variant.colour),
        "status": word(variant.status),
        **_amounts(variant),
    }


def _amounts(of: Product | Variant) -> Row:
    """Amounts that are in one currency: that of the price, else of the list price, else of the cost."""
    named: dict[str, Amount | None] = {"price": of.price, "list_price": of.list_price, "cost": of.cost}
    code = next((each.currency for each in named.values() if each is not None), None)
    same = {name: each.minor for name, each in named.items() if each is not None and each.currency == code}
    return {**dict.fromkeys(named), **same, "currency": code}


def store_row(store: Store) -> Row | None:
    """The row of one store."""
    if word(store.id, NOTHING, True) is None:
        return None
    return {
        "store": store.id,
        "name": word(store.name),
        "zone": _first(store.attributes, ZONE) or _first(store.address, ZONE),
        "country": word(store.country),
        "city": _first(store.address, ("city", "town")),
        "timezone": store.timezone or None,
        "latitude": store.latitude,
        "longitude": store.longitude,
        "status": word(store.status),
        "origin": origin_of(store.simulated),
    }


def _first(said: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next(
        (
            found
            for name in names
            if isinstance(said.get(name), str | int)
            for found in [word(str(said[name]))]
            if found
        ),
        None,
    )
