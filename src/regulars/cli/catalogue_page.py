"""A product and a store as text."""

from collections.abc import Iterable, Iterator

from regulars.catalogue.page import ProductPage
from regulars.model.money import Amount
from regulars.model.product import Product, Variant
from regulars.model.store import OpeningHours, Store

SHOWN = 20


def product_lines(products: Iterable[Product]) -> Iterator[str]:
    """One line a product."""
    for each in products:
        price = f"  {each.price.text}" if each.price else ""
        yield f"{each.id}  {each.name or '(no name)'}{price}{_seen(each)}"


def product_text(page: ProductPage) -> str:
    """The page of a product."""
    product = page.product
    parts = [
        product.name or product.id,
        _part("Product", [f"id {product.id}{_seen(product)}", *_facts(product)]),
        _part("Money, for one", _money(product.price, product.list_price, product.cost)),
        _part("Variants", [_variant(each) for each in product.variants]),
        _part("Attributes", [f"{name}: {value}" for name, value in product.attributes.items()]),
        _part(
            "Prices and costs",
            [
                f"{each.valid_from:%Y-%m-%d}  {each.kind}{f' of {each.variant}' if each.variant else ''}: "
                f"{each.amount.text if each.amount else 'ended'} ({each.source})"
                for each in page.history[:SHOWN]
            ],
        ),
        _part(
            "Stock",
            [
                f"{each.quantity.normalize():f}{f' of {each.variant}' if each.variant else ''} "
                f"in store {each.store}, {each.time:%Y-%m-%d %H:%M} UTC"
                for each in page.stock[:SHOWN]
            ],
        ),
        _part("Articles", [f"{each.id}: {each.title}" for each in page.articles]),
        _part("Said by", product.sources),
    ]
    return "\n\n".join(part for part in parts if part)


def store_text(store: Store) -> str:
    """The page of a store."""
    facts = [f"{name}: {getattr(store, name)}" for name in ("timezone", "country", "phone", "email", "url", "status")]
    place = [] if store.latitude is None or store.longitude is None else [f"at {store.latitude}, {store.longitude}"]
    parts = [
        store.name or store.id,
        _part("Store", [f"id {store.id}", *(each for each in facts if not each.endswith(": ")), *place]),
        _part("Address", [f"{name}: {value}" for name, value in store.address.items()]),
        _part("Open", _hours(store.opening_hours)),
        _part("Attributes", [f"{name}: {value}" for name, value in store.attributes.items()]),
        _part("Said by", store.sources),
    ]
    return "\n\n".join(part for part in parts if part)


def _part(title: str, lines: Iterable[str]) -> str:
    shown = [f"  {line}" for line in lines]
    return "\n".join([title, *shown]) if shown else ""


def _seen(product: Product) -> str:
    if not product.seen:
        return ""
    return "  (claimed by a browser only)" if product.claimed else "  (seen in an event; not in the catalogue)"


def _facts(product: Product) -> list[str]:
    said = {
        "sku": product.sku, "GTIN": product.gtin, "brand": product.brand, "category": " > ".join(product.category),
        "status": product.status, "topics": ", ".join(product.topics), "image": product.image_url, "page": product.url,
    }  # fmt: skip
    return [f"{name}: {value}" for name, value in said.items() if value]


def _money(price: Amount | None, list_price: Amount | None, cost: Amount | None) -> list[str]:
    said = {"price": price, "list price": list_price, "cost": cost}
    return [f"{name}: {amount.text}" for name, amount in said.items() if amount]


def _variant(variant: Variant) -> str:
    said = [variant.name, variant.size, variant.colour, variant.sku, variant.gtin]
    money = [variant.price.text] if variant.price else []
    return "  ".join([variant.id, *(each for each in said if each), *money])


def _hours(hours: OpeningHours | None) -> list[str]:
    if hours is None:
        return []
    days = [*hours.weekly.items(), *hours.exceptions.items()]
    told = [f"{day}: {', '.join(f'{a}–{b}' for a, b in spans) or 'closed'}" for day, spans in days]
    return [*told, *([hours.text] if hours.text else [])]
