"""The lake's tables as they are stored: facts by bundle, and the one map from bundles to customers."""

from typing import Final

Columns = dict[str, str]
"""DuckDB's type of each column, in their order."""

FORMAT: Final = 1
"""Version of what follows, and of what an event leaves in it; a lake of another one is made anew."""

_ORDER: Columns = {
    "bundle": "UUID",
    "space": "VARCHAR",
    "order_id": "VARCHAR",
    "time": "TIMESTAMP",
    "day": "DATE",
    "channel": "VARCHAR",
    "store": "VARCHAR",
    "source": "VARCHAR",
    "currency": "VARCHAR",
    "total": "BIGINT",
    "revenue": "BIGINT",
    "discount": "BIGINT",
    "shipping": "BIGINT",
    "tax": "BIGINT",
    "refunded": "BIGINT",
    "spend": "BIGINT",
    "coupon": "VARCHAR",
    "lines": "INTEGER",
    "cancelled": "BOOLEAN",
    "told": "UUID[]",
    "claimed": "BOOLEAN",
    "origin": "VARCHAR",
}

_LINE: Columns = {
    "bundle": "UUID",
    "space": "VARCHAR",
    "order_id": "VARCHAR",
    "line": "INTEGER",
    "time": "TIMESTAMP",
    "day": "DATE",
    "channel": "VARCHAR",
    "store": "VARCHAR",
    "product": "VARCHAR",
    "variant": "VARCHAR",
    "name": "VARCHAR",
    "category": "VARCHAR",
    "brand": "VARCHAR",
    "quantity": "DOUBLE",
    "unit": "VARCHAR",
    "pieces": "INTEGER",
    "amount": "BIGINT",
    "discount": "BIGINT",
    "currency": "VARCHAR",
    "claimed": "BOOLEAN",
    "origin": "VARCHAR",
}

_REFUND: Columns = {
    "bundle": "UUID",
    "space": "VARCHAR",
    "order_id": "VARCHAR",
    "refund": "VARCHAR",
    "time": "TIMESTAMP",
    "day": "DATE",
    "currency": "VARCHAR",
    "amount": "BIGINT",
    "origin": "VARCHAR",
}

_REFUND_LINE: Columns = {
    "bundle": "UUID",
    "space": "VARCHAR",
    "order_id": "VARCHAR",
    "refund": "VARCHAR",
    "line": "INTEGER",
    "time": "TIMESTAMP",
    "day": "DATE",
    "product": "VARCHAR",
    "variant": "VARCHAR",
    "quantity": "DOUBLE",
    "pieces": "INTEGER",
    "amount": "BIGINT",
    "currency": "VARCHAR",
}

TABLES: Final[dict[str, Columns]] = {
    "events": {
        "bundle": "UUID",
        "id": "BIGINT",
        "time": "TIMESTAMP",
        "day": "DATE",
        "kind": "VARCHAR",
        "name": "VARCHAR",
        "channel": "VARCHAR",
        "store": "VARCHAR",
        "source": "VARCHAR",
        "claimed": "BOOLEAN",
        "origin": "VARCHAR",
        "product": "VARCHAR",
        "space": "VARCHAR",
        "order_id": "VARCHAR",
        "properties": "JSON",
    },
    "interactions": {
        "bundle": "UUID",
        "product": "VARCHAR",
        "kind": "VARCHAR",
        "day": "DATE",
        "count": "BIGINT",
        "last": "TIMESTAMP",
        "claimed": "BOOLEAN",
        "origin": "VARCHAR",
    },
    "orders": _ORDER,
    "order_lines": _LINE,
    "refunds": _REFUND,
    "refund_lines": _REFUND_LINE,
    "consents": {
        "bundle": "UUID",
        "purpose": "VARCHAR",
        "channel": "VARCHAR",
        "topic": "VARCHAR",
        "word": "VARCHAR",
        "time": "TIMESTAMP",
    },
    "bundles": {"bundle": "UUID", "person": "INTEGER", "customer": "VARCHAR"},
    "customers": {
        "customer": "VARCHAR",
        "person": "INTEGER",
        "kind": "VARCHAR",
        "first_seen": "TIMESTAMP",
        "last_seen": "TIMESTAMP",
        "first_channel": "VARCHAR",
        "last_channel": "VARCHAR",
        "origin": "VARCHAR",
    },
    "products": {
        "product": "VARCHAR",
        "name": "VARCHAR",
        "category": "VARCHAR",
        "categories": "VARCHAR[]",
        "brand": "VARCHAR",
        "status": "VARCHAR",
        "price": "BIGINT",
        "list_price": "BIGINT",
        "cost": "BIGINT",
        "currency": "VARCHAR",
        "seen": "BOOLEAN",
        "claimed": "BOOLEAN",
        "origin": "VARCHAR",
    },
    "variants": {
        "product": "VARCHAR",
        "variant": "VARCHAR",
        "name": "VARCHAR",
        "size": "VARCHAR",
        "colour": "VARCHAR",
        "status": "VARCHAR",
        "price": "BIGINT",
        "list_price": "BIGINT",
        "cost": "BIGINT",
        "currency": "VARCHAR",
    },
    "prices": {
        "product": "VARCHAR",
        "variant": "VARCHAR",
        "kind": "VARCHAR",
        "currency": "VARCHAR",
        "valid_from": "TIMESTAMP",
        "amount": "BIGINT",
    },
    "stores": {
        "store": "VARCHAR",
        "name": "VARCHAR",
        "zone": "VARCHAR",
        "country": "VARCHAR",
        "city": "VARCHAR",
        "timezone": "VARCHAR",
        "latitude": "DOUBLE",
        "longitude": "DOUBLE",
        "status": "VARCHAR",
        "origin": "VARCHAR",
    },
    "stock": {
        "store": "VARCHAR",
        "product": "VARCHAR",
        "variant": "VARCHAR",
        "quantity": "DOUBLE",
        "time": "TIMESTAMP",
    },
}
"""Every stored table."""

STATED: Final[Columns] = {
    "bundle": "UUID",
    "customer": "UUID",
    "kind": "VARCHAR",
    "first_seen": "TIMESTAMP",
    "last_seen": "TIMESTAMP",
    "first_came": "TIMESTAMP",
    "first_channel": "VARCHAR",
    "last_came": "TIMESTAMP",
    "last_channel": "VARCHAR",
    "origin": "VARCHAR",
}
"""What is kept of each bundle, from which `bundles` and `customers` are made with each state."""


def column_list(columns: Columns, prefix: str = "") -> str:
    """The columns' names for a SELECT; all are plain words."""
    return ", ".join(f'{prefix}"{name}"' for name in columns)
