"""Rows that stand for themselves: customers, members, consents, the catalogue, refunds, shipments, web events."""

from typing import Any

from regulars.collection.files.calls import Call, Consents, Named, Who, nested, track
from regulars.collection.files.fields import Cells, Fields, Get
from regulars.collection.files.kinds import ADDRESS, KINDS, Kind
from regulars.collection.files.mapfile import Map
from regulars.collection.files.problem import BadRow
from regulars.collection.report import Counts
from regulars.model.event import KINDS as CALLS
from regulars.model.rejection import Reason

VARIANT = (
    ("variant_sku", "sku"), ("variant_gtin", "gtin"), ("variant_name", "name"), ("size", "size"), ("colour", "colour"),
    ("variant_image_url", "image_url"), ("variant_price", "price"), ("variant_list_price", "list_price"),
    ("variant_cost", "cost"),
)  # fmt: skip
"""A product row's fields that speak of its variant, and their names in the event."""

SHIPMENTS = frozenset({"Order Shipped", "Order Delayed", "Order Delivered", "Order Ready to Collect"})


class Single:
    """One row, one or more calls."""

    def __init__(self, map: Map, fields: Fields, named: Named, notes: Counts, as_of: str | None) -> None:
        self._map = map
        self._kind: Kind = KINDS[map.kind]
        self._named = named
        self._as_of = as_of
        self._key = [(each, fields.one("key", each, "text")) for each in map.rows.key]
        self._fields = fields.all(map.fields, self._kind.fields, "fields")
        self._line = fields.all(map.line, self._kind.line, "line") if self._kind.line else []
        self._properties = fields.all(map.properties, {})
        self._who = Who(map, fields)
        self._consents = Consents(map, fields, named, notes)

    def calls(self, cells: Cells) -> list[Call]:
        """The calls of a row; raises BadRow."""
        values = {name: value for name, get in self._fields if (value := get(cells)) is not None}
        check_needed(values, self._kind.needed, self._map.kind)
        time = values.pop("time", None) or self._as_of
        if "currency" not in values and self._map.formats.currency and self._kind.event not in ("", "Loyalty Joined"):
            values["currency"] = self._map.formats.currency
        if not self._kind.person:
            call = track(self._kind.event, time, {}, self._with_rest(_thing(self._map.kind, values), cells))
            return [self._called(call, cells, "thing")]
        who, traits = self._who.read(cells)
        if not who and self._map.kind in ("customers", "members", "consents"):
            raise BadRow(Reason.MISSING_FIELD, f"has no id of anybody: none of {', '.join(self._map.ids)}")
        said = time if self._map.kind == "consents" else self._as_of
        return [*self._about(values, time, who, traits, cells), *self._consents.read(cells, who, said)]

    def _about(self, values: Call, time: str | None, who: Call, traits: Call, cells: Cells) -> list[Call]:
        kind = self._map.kind
        if kind == "consents":
            return []
        if self._kind.identify:
            return self._identified(values, time, who, traits, cells)
        if kind == "refunds":
            return [
                self._called(track("Order Refunded", time, with_traits(who, traits), _refund(values)), cells, "refund")
            ]
        return [self._called(self._event(values, time, who, traits, cells), cells, "event")]

    def _identified(self, values: Call, time: str | None, who: Call, traits: Call, cells: Cells) -> list[Call]:
        call: Call = {"type": "identify"} | ({"timestamp": time} if time else {})
        context = {name: value for name, value in who.get("context", {}).items() if name != "traits"}
        call |= {name: value for name, value in who.items() if name != "context"} | {"traits": traits}
        call["traits"] |= {name: values[name] for name in ("tier", "points") if name in values}
        if context:
            call["context"] = context
        call["messageId"] = self._named.by_content("identify", call)
        joined = values.pop("joined_at", None)
        if joined is None:
            return [call]
        values.pop("currency", None)
        member = track(self._kind.event, joined, who, self._with_rest(values, cells))
        return [call, self._called(member, cells, "joined")]

    def _event(self, values: Call, time: str | None, who: Call, traits: Call, cells: Cells) -> Call:
        name = values.pop("event", None) or self._map.event or KINDS[self._map.kind].event
        type = values.pop("type", "track")
        if type not in CALLS:
            raise BadRow(Reason.UNKNOWN_TYPE, f"is none of {', '.join(CALLS)}", "type", type)
        if self._map.kind == "shipments" and name not in SHIPMENTS:
            raise BadRow(Reason.WRONG_TYPE, f"is none of {', '.join(sorted(SHIPMENTS))}", "event", name)
        if not name and type == "track":
            raise BadRow(Reason.MISSING_FIELD, "says no event; map a column to event, or state event in the map")
        call = track(name, time, with_traits(who, traits), self._with_rest(values, cells))
        if type != "track":
            call["type"] = type
            if name := call.pop("event") or values.get("name"):
                call["name"] = name
        return call

    def _with_rest(self, values: Call, cells: Cells) -> Call:
        return values | nested({name: value for name, get in self._properties if (value := get(cells)) is not None})

    def _called(self, call: Call, cells: Cells, part: str) -> Call:
        state = part == "thing" or not self._key
        call["messageId"] = (
            self._named.by_content(part, call) if state else self._named.by_key(part, *key_of(self._key, cells))
        )
        return call


def check_needed(values: Call, needed: tuple[tuple[str, ...], ...], kind: str) -> None:
    """Raises BadRow where none of some alternatives is there."""
    for names in needed:
        if not any(name in values for name in names):
            raise BadRow(Reason.MISSING_FIELD, f"has no {' or '.join(names)}, which a row of {kind} needs")


def key_of(getters: list[tuple[str, Get | None]], cells: Cells) -> list[str]:
    """The values of a row's key; raises BadRow where one is empty."""
    found = []
    for column, get in getters:
        value = get(cells) if get is not None else None
        if value is None:
            raise BadRow(Reason.MISSING_FIELD, "is empty, and it is part of the row's key", column)
        found.append(str(value))
    return found


def with_traits(who: Call, traits: dict[str, Any]) -> Call:
    """Whom a call is about, with all that the row says of her."""
    if not traits:
        return who
    return who | {"context": who.get("context", {}) | {"traits": traits}}


def _thing(kind: str, values: Call) -> Call:
    if kind == "products" and "variant_id" in values:
        variant = {"variant_id": values.pop("variant_id")}
        variant |= {name: values.pop(field) for field, name in VARIANT if field in values}
        values["variants"] = [variant]
    elif kind == "stores" and any(name in values for name in ADDRESS):
        values["address"] = {name: values.pop(name) for name in ADDRESS if name in values}
        if "country" in values["address"]:
            values["country"] = values["address"]["country"]
        values.pop("currency", None)
    elif kind != "products":
        values.pop("currency", None)
    return values


def _refund(values: Call) -> Call:
    line = {name: values.pop(name) for name in ("product_id", "sku", "name", "quantity") if name in values}
    if "product_id" in line or "sku" in line:
        if "quantity" in line:
            line["quantity"] = abs(line["quantity"])
        values["products"] = [line]
    if "amount" in values:
        values["amount"] = abs(values["amount"])
    return values
