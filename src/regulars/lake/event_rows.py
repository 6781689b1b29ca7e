"""From accepted events, as PostgreSQL keeps them, to the rows that the lake holds of them."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from regulars.lake.discreet import Own, properties, word
from regulars.model.event import Event
from regulars.model.fields import identity
from regulars.model.rejection import Refused
from regulars.model.source import Source, Trust
from regulars.profiles.activity import DAY, channel_of, store_of
from regulars.profiles.interactions import interactions_of
from regulars.profiles.order_reports import CANCELLED, REFUNDED, REPORTS, order_key
from regulars.profiles.products import product_key

Row = dict[str, object]
ORDERS: Final = frozenset((*REPORTS, REFUNDED, *CANCELLED))
"""Events that speak of an order."""
SIMULATED: Final = "simulated"

Stored = tuple[int, bytes | None, int, str, str, str, int, str, str, str, bytes]
"""As `queries.EVENTS` gives it: id, bundle, time, kind, name, source, trust, message id, origin, flags, body."""


class _Body(msgspec.Struct):
    properties: dict[str, Any] = {}
    context: dict[str, Any] = {}


_body = msgspec.json.Decoder(_Body).decode


class EventRows(msgspec.Struct, frozen=True):
    """What the lake holds of one event: its row, and a row for each thing it did with a product.

    `order` is the key of the order that it speaks of.
    """

    event: Row
    interactions: list[Row]
    order: tuple[str, str] | None = None


def event_rows(stored: Stored, source: Source, own: Own) -> EventRows | None:
    """The rows of one event, `own` being the values of the identifiers on it; None for a bot's."""
    id, bundle, time, kind, name, _, trust, message_id, origin, flags, body = stored
    if "bot" in flags.split():
        return None
    said, own = _body(body), own.within(body)
    event = Event(
        source,
        message_id,
        kind,
        name,
        time,
        time,
        "",
        "",
        "",
        "",
        {},
        said.properties,
        said.context,
        (),
        "",
        False,
        b"",
    )
    common: Row = {
        "bundle": None if bundle is None else bundle.hex(),
        "claimed": trust == Trust.CLIENT,
        "origin": origin_of(origin == SIMULATED),
    }
    order = _order(event)
    row = {
        **common,
        "id": id,
        "time": time,
        "day": time // DAY,
        "kind": kind,
        "name": word(name, own),
        "source": source.name,
        **_place(event, own),
        **_thing(event, own),
    }
    if order is not None:
        row["order_id"] = word(order[1], own, True)
    if row.get("order_id") is not None:
        row["space"] = source.group
    kept = properties(said.properties, own) if said.properties else None
    if kept is not None:
        row["properties"] = kept.decode()
    return EventRows(row, [{**common, **each} for each in _interactions(event, own)], order)


def origin_of(simulated: bool) -> str:
    """The word for where data are from."""
    return SIMULATED if simulated else ""


def _order(event: Event) -> tuple[str, str] | None:
    if event.kind != "track" or event.name not in ORDERS:
        return None
    try:
        return event.source.group, order_key(event)
    except Refused:
        return None


def _place(event: Event, own: Own) -> Row:
    try:
        return {"channel": word(channel_of(event), own), "store": word(store_of(event), own, True)}
    except Refused:
        return {}


def _thing(event: Event, own: Own) -> Row:
    if event.kind != "track":
        return {}
    try:
        order_id = identity(event.properties, "order_id", "$")
        return {"product": word(product_key(event.properties, "$"), own, True), "order_id": word(order_id, own, True)}
    except Refused:
        return {}


def _interactions(event: Event, own: Own) -> Iterator[Row]:
    if event.kind != "track":
        return
    try:
        found = interactions_of(event)
    except Refused:
        return
    for each in found:
        product = word(each.product, own, True)
        if product is not None:
            yield {
                "product": product,
                "kind": each.kind,
                "day": each.day,
                "count": each.n,
                "last": each.last,
            }
