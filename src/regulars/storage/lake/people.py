"""From what is kept of each bundle to the lake's customers, numbered, and the map from bundles to them."""

from typing import Final

from regulars.storage.lake.shelf import Shelf

ORDERS_TOLD: Final = """
SELECT space, order_id FROM {orders} AS o WHERE o.bundle IN (SELECT bundle FROM retold)
UNION SELECT space, order_id FROM (SELECT space, order_id, unnest(told) AS bundle FROM {orders} WHERE told IS NOT NULL)
    AS o WHERE o.bundle IN (SELECT bundle FROM retold)
UNION SELECT space, order_id FROM {refunds} AS r WHERE r.bundle IN (SELECT bundle FROM retold)
"""
NOBODYS_ORDERS: Final = """
SELECT space, order_id FROM {orders} AS o WHERE bundle IS NULL
UNION SELECT space, order_id FROM {refunds} AS r WHERE bundle IS NULL
"""

_PEOPLE: Final = """
CREATE OR REPLACE TEMP TABLE people AS
SELECT customer, (row_number() OVER (ORDER BY customer) - 1)::INTEGER AS person,
    CASE WHEN bool_or(kind = 'person') THEN 'person' WHEN bool_or(kind = 'anonymous') THEN 'anonymous' ELSE 'shared' END
        AS kind,
    min(first_seen) AS first_seen, max(last_seen) AS last_seen,
    min_by(first_channel, (first_came, first_channel)) FILTER (first_channel IS NOT NULL) AS first_channel,
    max_by(last_channel, (last_came, last_channel)) FILTER (last_channel IS NOT NULL) AS last_channel,
    max(origin) AS origin
FROM {stated} AS s WHERE customer IS NOT NULL GROUP BY customer
"""
_ID: Final = "replace(customer::VARCHAR, '-', '') AS customer"
_CUSTOMERS: Final = f"""
SELECT {_ID}, person, kind, first_seen, last_seen, first_channel, last_channel, origin FROM people
"""
_BUNDLES: Final = f"SELECT bundle, person, {_ID} FROM {{stated}} AS s JOIN people USING (customer)"


def number(shelf: Shelf) -> None:
    """Make the tables `customers` and `bundles` of a shelf anew from `stated`; each customer gets a number."""
    stated = shelf.relation("stated")
    shelf.execute(_PEOPLE.format(stated=stated))
    for table, query in (("customers", _CUSTOMERS), ("bundles", _BUNDLES.format(stated=stated))):
        shelf.clear(table)
        shelf.add(table, query)
    shelf.execute("DROP TABLE people")
