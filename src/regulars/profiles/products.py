"""From the product objects of the e-commerce vocabulary to lines."""

from decimal import Decimal
from typing import Any

from regulars.model.fields import identity, objects, path, quantity, text
from regulars.model.money import minor_units
from regulars.model.product import Line

LARGE = Decimal(100)
"""Quantities beyond this are taken for something other than pieces (fuel, coupon lines) unless a unit is stated."""


def product_key(item: dict[str, Any], where: str) -> str:
    """The id a product is known by: `product_id`, else `id`, else `sku`; '' if it has none."""
    return identity(item, "product_id", where) or identity(item, "id", where) or identity(item, "sku", where)


def order_lines(properties: dict[str, Any], currency: str, where: str = "$.properties") -> tuple[Line, ...] | None:
    """The `products` of an order or refund; None when the event states none. Raises Refused."""
    items = objects(properties, "products", where)
    if items is None:
        return None
    return tuple(order_line(item, currency, f"{where}.products[{i}]") for i, item in enumerate(items))


def order_line(item: dict[str, Any], currency: str, where: str) -> Line:
    """One line, its total from `total` or `value`; of zero value or quantity it is flagged. Raises Refused."""
    product = product_key(item, where)
    pieces = quantity(item, "quantity", where)
    unit = text(item, "unit", where)
    price = _amount(item, "price", currency, where)
    total = _amount(item, "total", currency, where)
    if total is None:
        total = _amount(item, "value", currency, where)
    return Line(
        product,
        identity(item, "sku", where),
        text(item, "name", where),
        path(item, "category", where),
        text(item, "brand", where),
        text(item, "variant", where),
        pieces,
        unit,
        price,
        total,
        _amount(item, "discount", currency, where),
        text(item, "coupon", where),
        _flags(product, pieces, unit, price if total is None else total),
    )


def _amount(item: dict[str, Any], name: str, currency: str, where: str) -> int | None:
    value = item.get(name)
    return None if value is None else minor_units(value, currency, f"{where}.{name}")


def _flags(product: str, pieces: Decimal | None, unit: str, value: int | None) -> tuple[str, ...]:
    if product and value and pieces is not None and 0 < pieces <= LARGE:
        return ()
    flags = []
    if not product:
        flags.append("no_product")
    if value == 0:
        flags.append("zero_value")
    if pieces is not None and pieces == 0:
        flags.append("zero_quantity")
    if pieces is not None and not unit and abs(pieces) > LARGE:
        flags.append("large_quantity")
    return tuple(flags)
