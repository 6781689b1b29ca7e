"""What a batch touched, noted so that the rows of the table of customers that depend on it are made anew later."""

from collections.abc import Collection, Iterable

from regulars.profiles.facts import Facts
from regulars.storage import stale
from regulars.storage.database import Connection


def mark(connection: Connection, bundles: Collection[bytes], nameless: Iterable[Facts]) -> None:
    """Note the bundles of accepted events; of events that have none the orders that they speak of."""
    orders: set[tuple[str, str]] = set()
    for facts in nameless:
        for report in (facts.order, facts.cancellation, *facts.refunds):
            if report is not None:
                orders.add((report.space, report.order_id))
    stale.mark_bundles(connection, bundles)
    stale.mark_orders(connection, orders)
