"""Whose rows in the table of customers are to be made anew: noted with each batch, worked off when there is time.

A batch appends the names of what it touched, all in one row; nothing is looked up for it.
"""

from collections.abc import Collection, Iterable, Iterator

from regulars.storage.database import Connection
from regulars.storage.log import CHANNEL
from regulars.storage.queries import copy_rows

BUNDLES, CUSTOMERS, ORDERS = 0, 1, 2
"""What the names of one row are: of bundles, of customers, or of orders as `SPACE\\0ID\\0`."""

MOST = 4_000
"""So many names stand in one row at most; those of bundles and customers are 16 bytes each."""
WIDTH = 16

COPY = "COPY stale (kind, names) FROM STDIN (FORMAT BINARY)"
TAKE = """
DELETE FROM stale WHERE id IN (SELECT id FROM stale ORDER BY id LIMIT %s) RETURNING kind, names
"""
LEFT = "SELECT (SELECT count(*) FROM stale), (SELECT count(*) FROM stale_customers)"
ALL = """
INSERT INTO stale_customers
SELECT customer FROM bundles WHERE customer IS NOT NULL UNION SELECT id FROM customers ON CONFLICT DO NOTHING
"""
FORGET = "DELETE FROM stale"
NEVER_MADE = "SELECT NOT EXISTS (SELECT FROM customers) AND EXISTS (SELECT FROM bundles WHERE customer IS NOT NULL)"


def mark_bundles(connection: Connection, bundles: Collection[bytes]) -> None:
    """Note that these bundles were touched: whoever has them now, and who shares an order or address with them."""
    _mark(connection, BUNDLES, bundles)


def mark_customers(connection: Connection, customers: Collection[bytes]) -> None:
    """Note that these customers gained or lost something, such as a bundle or an identifier."""
    _mark(connection, CUSTOMERS, customers)


def mark_orders(connection: Connection, orders: Collection[tuple[str, str]]) -> None:
    """Note that somebody nameless spoke of these orders, by (space, order id)."""
    if orders:
        names = "".join(f"{space}\0{order_id}\0" for space, order_id in sorted(orders))
        copy_rows(connection, COPY, ("int2", "bytea"), [(ORDERS, names.encode())])


def mark_all(connection: Connection) -> None:
    """Note that everybody's row is to be made anew, in place of all that was noted; and wake the pipeline."""
    with connection.transaction():
        connection.execute(FORGET)
        connection.execute(ALL)
        connection.execute(f"NOTIFY {CHANNEL}")


def never_made(connection: Connection) -> bool:
    """Whether there are customers but none has a row, as after an upgrade."""
    row = connection.execute(NEVER_MADE).fetchone()
    return bool(row and row[0])


def take(connection: Connection, rows: int) -> tuple[set[bytes], set[bytes], set[tuple[str, str]]]:
    """Take so many rows of what was noted, oldest first: its bundles, customers and orders."""
    bundles: set[bytes] = set()
    customers: set[bytes] = set()
    orders: set[tuple[str, str]] = set()
    for kind, names in connection.cursor(binary=True).execute(TAKE, (rows,)).fetchall():
        if kind == ORDERS:
            said = names.decode().split("\0")
            orders.update(zip(said[:-1:2], said[1::2], strict=True))
        else:
            (bundles if kind == BUNDLES else customers).update(_apart(names))
    return bundles, customers, orders


def left(connection: Connection) -> int:
    """How much is noted and not yet worked off; 0 where every row is right."""
    row = connection.execute(LEFT).fetchone()
    return int(row[0] + row[1]) if row else 0


def _mark(connection: Connection, kind: int, names: Collection[bytes]) -> None:
    if names:
        rows = [(kind, part) for part in _together(names)]
        copy_rows(connection, COPY, ("int2", "bytea"), rows)


def _together(names: Iterable[bytes]) -> Iterator[bytes]:
    joined = b"".join(names)
    for start in range(0, len(joined), MOST * WIDTH):
        yield joined[start : start + MOST * WIDTH]


def _apart(joined: bytes) -> Iterator[bytes]:
    return (joined[start : start + WIDTH] for start in range(0, len(joined), WIDTH))
