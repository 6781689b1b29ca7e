"""What happened, read from PostgreSQL as the pipeline took it in."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from regulars.decisioning.journeys import queries
from regulars.decisioning.journeys.happened import Happened, happened
from regulars.decisioning.journeys.journey import Journey
from regulars.decisioning.journeys.machine import Entry
from regulars.storage.binary import byteas, int8s
from regulars.storage.database import Connection


class _Body(msgspec.Struct):
    properties: dict[str, Any] = {}


_body = msgspec.json.Decoder(_Body).decode


def happened_of(row: tuple[Any, ...]) -> Happened:
    """A row of time, name, source, message id, origin, body."""
    time, name, source, message_id, origin, body = row
    return happened(time, name, f"{source}\x1f{message_id}", _body(body).properties, origin == "simulated")


def histories(
    connection: Connection, since: Mapping[bytes, int], names: Collection[str]
) -> dict[bytes, list[Happened]]:  # fmt: skip
    """What of these names happened to each customer since a time (microseconds), in the order of time."""
    found: dict[bytes, list[Happened]] = defaultdict(list)
    if not since or not names:
        return found
    customers = sorted(since)
    values = (byteas(customers), int8s([since[each] for each in customers]), sorted(names))
    for customer, *row in connection.cursor(binary=True).execute(queries.HISTORY, values):
        found[customer].append(happened_of(tuple(row)))
    return found


def histories_of(connection: Connection, journey: Journey, entries: Iterable[Entry]) -> dict[bytes, list[Happened]]:
    """What a journey has to know of each customer who is in it."""
    since: dict[bytes, int] = {}
    for each in entries:
        start = each.started - journey.looks_back()
        since[each.customer] = min(since.get(each.customer, start), start)
    return histories(connection, since, journey.events())


def current_ids(connection: Connection, customers: Collection[bytes]) -> dict[bytes, bytes | None]:
    """Whom each id stands for now; None for who is nobody any more."""
    return dict(connection.cursor(binary=True).execute(queries.CURRENT, (byteas(sorted(set(customers))),)).fetchall())
