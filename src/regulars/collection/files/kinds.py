"""What a file may hold: for each kind the fields that a map can fill, and how their values are read."""

import msgspec

ADDRESS = ("street", "city", "region", "postal_code", "country")


class Kind(msgspec.Struct, frozen=True):
    """One kind of file.

    `fields` and `line` give each field's type; `needed` are fields of which a row must have a value (of a tuple: one of
    them). `lines` says that several rows make one order; `person` that a row is about somebody. `event` is what a row
    becomes, '' where the map or the row says it.
    """

    fields: dict[str, str]
    needed: tuple[tuple[str, ...], ...] = ()
    event: str = ""
    line: dict[str, str] = {}
    lines: bool = False
    person: bool = True
    identify: bool = False


def _typed(**names: str) -> dict[str, str]:
    return {name: kind for kind, said in names.items() for name in said.split()}


_ORDER = _typed(
    id="order_id checkout_id store_id till_id associate_id receipt_id",
    time="time cancelled_at shipped_at",
    amount="total revenue subtotal tax shipping discount refunded",
    text="currency coupon channel name status tracking_number",
)
_LINE = _typed(
    id="product_id sku variant_id", text="name category brand variant unit coupon", amount="price total discount",
    number="quantity",
)  # fmt: skip
_PRODUCT = _typed(
    id="product_id sku gtin variant_id variant_sku variant_gtin",
    text="name description brand status image_url url currency variant_name size colour variant_image_url",
    amount="price list_price cost variant_price variant_list_price variant_cost",
    list="topics", path="category", time="time valid_from",
)  # fmt: skip
_STORE = _typed(
    id="store_id", text=f"name phone email url status timezone opening_hours {' '.join(ADDRESS)}",
    decimal="latitude longitude", time="time",
)  # fmt: skip
_ARTICLE = _typed(
    id="article_id", text="title body format kind summary author language image_url url status", list="products topics",
    time="time published_at",
)  # fmt: skip

KINDS: dict[str, Kind] = {
    "customers": Kind(_typed(time="time"), identify=True),
    "members": Kind(
        _typed(time="time joined_at", text="tier programme", number="points", id="store_id"), event="Loyalty Joined",
        identify=True,
    ),
    "consents": Kind(_typed(time="time")),
    "products": Kind(_PRODUCT, (("product_id",),), "Product Updated", person=False),
    "stores": Kind(_STORE, (("store_id",),), "Store Updated", person=False),
    "stock": Kind(
        _typed(id="product_id variant_id store_id", number="quantity", time="time"),
        (("product_id",), ("store_id",), ("quantity",)), "Stock Updated", person=False,
    ),
    "articles": Kind(_ARTICLE, (("article_id",),), "Article Updated", person=False),
    "orders": Kind(_ORDER, (("order_id", "receipt_id"), ("time",)), "Order Completed", line=_LINE),
    "order lines": Kind(_ORDER, (("order_id", "receipt_id"), ("time",)), "Order Completed", line=_LINE, lines=True),
    "refunds": Kind(
        _typed(id="order_id refund_id product_id sku", time="time", amount="amount", text="currency reason name",
            number="quantity"),
        (("order_id",), ("time",)), "Order Refunded",
    ),
    "shipments": Kind(
        _typed(id="order_id shipment_id store_id", time="time eta",
            text="event status carrier tracking_number tracking_url"),
        (("order_id",), ("time",), ("event",)),
    ),
    "events": Kind(_typed(time="time", text="event type name"), (("time",),)),
}  # fmt: skip
"""The kinds by the name under which a map asks for them."""
