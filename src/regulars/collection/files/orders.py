"""Orders: one a row, or several rows each, which are held until the order is whole."""

from collections import OrderedDict
from collections.abc import Iterator
from decimal import Decimal
from operator import itemgetter
from typing import Any

import msgspec

from regulars.collection.files.calls import Call, Consents, Named, Who, nested, scaled, track
from regulars.collection.files.closed import Closed
from regulars.collection.files.fields import Cells, Fields, Get
from regulars.collection.files.kinds import KINDS
from regulars.collection.files.mapfile import Map, columns_of, spec
from regulars.collection.files.problem import BadRow
from regulars.collection.files.single import check_needed, key_of, with_traits
from regulars.collection.report import Counts, ImportFailed
from regulars.model.rejection import Reason

MOST_LINES = 2_000
"""Lines of one order that are held; an event has room for fewer."""

PARTED = "orders in parts"

ZERO = Decimal(0)


class Part(msgspec.Struct):
    """The lines that were bought, or those given back, of one order."""

    lines: list[Call] = []
    sums: dict[str, Decimal] = {}


class Open(msgspec.Struct):
    """An order whose rows are still coming."""

    key: list[str]
    cells: Cells
    head: tuple[Any, ...]
    rows: list[int]
    last: int
    bought: Part
    returned: Part
    wrong: tuple[int, BadRow] | None = None


class Orders:
    """Rows to orders. Those of one order lie no further apart than `within` rows of the map."""

    def __init__(self, map: Map, fields: Fields, named: Named, notes: Counts) -> None:
        kind = KINDS[map.kind]
        self._map = map
        self._named = named
        self._within = map.rows.within if kind.lines else 0
        self._fields = fields.all(map.fields, kind.fields, "fields")
        self._properties = fields.all(map.properties, {})
        self._who = Who(map, fields)
        self._consents = Consents(map, fields, named, notes)
        self._key = [(each, fields.one("key", each, "id")) for each in _key_columns(map)]
        self._names = {index: name for name, index in fields.read.items()}
        self._head_indexes = sorted(self._names)
        timed = {index for each in ("time",) if each in map.fields for index in _indexes(fields, map.fields[each])}
        self._settled = [at for at, index in enumerate(self._head_indexes) if index not in timed]
        self._pick = itemgetter(*self._head_indexes, self._head_indexes[0])
        self._sums = [(name, _amounts(fields, columns)) for name, columns in map.sums.items()]
        self._refund = [
            (fields.column([column])[0], {each.casefold() for each in said}) for column, said in map.rows.refund.items()
        ]
        self._lines_at = fields.column([map.rows.lines])[0] if map.rows.lines else -1
        self._inner: list[str] = []
        self._line = self._line_fields(map, fields)
        self._open: OrderedDict[tuple[str, ...], Open] = OrderedDict()
        self._count = 0
        self._torn = 0
        self._notes = notes
        self._closed = Closed() if self._within else None

    def _line_fields(self, map: Map, fields: Fields) -> list[tuple[str, Get]]:
        types = KINDS[map.kind].line
        if self._lines_at < 0:
            return fields.all(map.line, types, "line")
        self._inner = list(
            dict.fromkeys(each for said in map.line.values() for group in columns_of(spec(said)) for each in group)
        )
        return fields.within(self._inner).all(map.line, types, "line")

    def add(self, number: int, cells: Cells) -> Iterator[Open]:
        """Take a row; gives the orders that are whole with it. Raises BadRow where its order cannot be told."""
        self._count += 1
        key = key_of(self._key, cells)
        order = self._open.get(tuple(key))
        head = self._pick(cells)
        if order is None:
            if self._closed is not None and key in self._closed:
                self._note_parted()
            order = Open(key, list(cells), head, [number], self._count, Part(), Part())
            self._open[tuple(key)] = order
        else:
            order.rows.append(number)
            order.last = self._count
            self._open.move_to_end(tuple(key))
            if head != order.head:
                self._reconcile(order, number, cells)
        if self._torn:
            self._hold(order)
            self._torn = 0
        if order.wrong is None:
            try:
                self._add_line(order, cells)
            except BadRow as bad:
                order.wrong = (number, bad)
        elif len(order.rows) > MOST_LINES:
            order.rows.pop()
        while self._open:
            first = next(iter(self._open))
            if self._open[first].last + self._within > self._count:
                break
            if self._closed is not None:
                self._closed.add(first)
            yield self._open.pop(first)

    def torn(self, number: int) -> None:
        """A row cannot be read: the orders before and behind it may lack a line, so both are held back."""
        if self._within:
            self._torn = number
            for order in list(self._open.values())[-1:]:
                self._hold(order)

    def _hold(self, order: Open) -> None:
        if order.wrong is None:
            words = f"row {self._torn} beside it cannot be read and may be of the same order; mend it and import again"
            order.wrong = (order.rows[-1], BadRow(Reason.MALFORMED, words))

    def _note_parted(self) -> None:
        words = (
            f"only their first part counts, since rows of them lie more than {self._within:,} rows apart; "
            "undo this import, state a larger [rows] within in the map, and import again"
        )
        self._notes.name(PARTED, words)
        self._notes.add(PARTED)

    def rest(self) -> Iterator[Open]:
        """The orders that are still open at the end of the file."""
        while self._open:
            yield self._open.popitem(last=False)[1]

    def calls(self, order: Open) -> list[Call]:
        """The calls of a whole order; raises BadRow."""
        cells = order.cells
        values = {name: value for name, get in self._fields if (value := get(cells)) is not None}
        check_needed(values, KINDS[self._map.kind].needed, self._map.kind)
        time = values.pop("time")
        who, traits = self._who.read(cells)
        about = with_traits(who, traits)
        if "currency" not in values and self._map.formats.currency:
            values["currency"] = self._map.formats.currency
        extra = nested({name: value for name, get in self._properties if (value := get(cells)) is not None})
        calls = self._later(values, time, about, order.key)
        if order.bought.lines or not order.returned.lines:
            stated = values | {name: value for name, value in order.bought.sums.items() if name not in values} | extra
            self._total(_line(stated), order.bought)
            if order.bought.lines:
                stated["products"] = order.bought.lines
            call = track("Order Completed", time, about, stated)
            call["messageId"] = self._named.by_key("order", *order.key)
            calls.insert(0, call)
        if order.returned.lines:
            calls.append(self._returned(order, values, time, about))
        # A word of consent in an order is said with the order.
        return [*calls, *self._consents.read(cells, who, time)]

    def _add_line(self, order: Open, cells: Cells) -> None:
        if self._lines_at >= 0:
            self._add_inner(order, cells[self._lines_at])
            return
        line = _line({name: value for name, get in self._line if (value := get(cells)) is not None})
        part = order.returned if self._is_return(line, cells) else order.bought
        if self._sums:
            part.sums = {n: part.sums.get(n, ZERO) + sum((g(cells) or ZERO for g in gs), ZERO) for n, gs in self._sums}
        if line:
            if len(part.lines) >= MOST_LINES:
                raise BadRow(Reason.TOO_LARGE, f"the order has more than {MOST_LINES} rows; is its key right?")
            part.lines.append(line)

    def _add_inner(self, order: Open, value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise BadRow(Reason.WRONG_TYPE, "is no list of objects", self._map.rows.lines, value)
        for each in value[: MOST_LINES + 1]:
            inner = [each.get(name) for name in self._inner]
            line = _line({name: found for name, get in self._line if (found := get(inner)) is not None})
            part = order.returned if self._is_return(line, inner) else order.bought
            part.lines.append(line)

    def _is_return(self, line: Call, cells: Cells) -> bool:
        if any(str(cells[index]).strip().casefold() in said for index, said in self._refund):
            return True
        quantity = line.get("quantity")
        if quantity is None or quantity >= 0:
            return False
        if self._map.rows.negative == "refund":
            return True
        words = 'a negative quantity; if it means given back, state [rows] negative = "refund" or refund in the map'
        raise BadRow(Reason.BAD_AMOUNT, words, "quantity", quantity)

    def _reconcile(self, order: Open, number: int, cells: Cells) -> None:
        """Rows may leave out what the order's first row said, never contradict it."""
        head = list(order.head)
        for at in self._settled:
            index = self._head_indexes[at]
            said, now = head[at], cells[index]
            if said == now or now is None or now == "":
                continue
            if said is None or said == "":
                head[at] = order.cells[index] = now
            elif order.wrong is None:
                words = f"says otherwise than row {order.rows[0]} of the same order"
                bad = BadRow(Reason.CONFLICTING_DUPLICATE, words, self._names[index], now)
                order.wrong = (number, bad)
        order.head = tuple(head)

    def _total(self, stated: Call, part: Part) -> None:
        if "total" in stated or "revenue" in stated or not part.lines:
            return
        values = []
        for line in part.lines:
            value = line.get("total")
            if value is None and "price" in line and not line.get("unit"):
                value = line["price"] * line.get("quantity", 1)
            if value is None:
                return
            values.append(value)
        stated["total"] = sum(values, ZERO)

    def _returned(self, order: Open, values: Call, time: str, about: Call) -> Call:
        kept = ("order_id", "receipt_id", "store_id", "till_id", "associate_id", "channel", "currency")
        stated = {name: values[name] for name in kept if name in values}
        part = order.returned
        amount: Call = {}
        if "total" in part.sums:
            amount["total"] = part.sums["total"]
        else:
            self._total(amount, part)
        if "total" in amount:
            stated["amount"] = abs(amount["total"])
        stated["products"] = [_positive(line) for line in part.lines]
        call = track("Order Refunded", time, about, stated)
        call["messageId"] = self._named.by_key("returned", *order.key)
        return call

    def _later(self, values: Call, time: str, about: Call, key: list[str]) -> list[Call]:
        """What the row of an order says that happened to it afterwards."""
        calls = []
        cancelled, shipped = values.pop("cancelled_at", None), values.pop("shipped_at", None)
        refunded = values.pop("refunded", None)
        order = {
            name: values[name]
            for name in ("order_id", "receipt_id", "store_id", "till_id", "currency")
            if name in values
        }
        for event, part, when in (("Order Shipped", "shipped", shipped), ("Order Cancelled", "cancelled", cancelled)):
            if when:
                call = track(event, when, about, {n: v for n, v in order.items() if n != "currency"})
                calls.append(call | {"messageId": self._named.by_key(part, *key)})
        if refunded:
            # The export states the sum so far, which only grows: at one time the larger message id wins.
            call = track(
                "Order Refunded", cancelled or time, about, order | {"refund_id": "all", "amount": abs(refunded)}
            )
            name = f"{self._named.by_key('refunded', *key)}-{scaled(abs(refunded))}"
            calls.append(call | {"messageId": name})
        return calls


def _line(values: Call) -> Call:
    """With its discount as a positive amount, however the file writes it."""
    if "discount" in values:
        values["discount"] = abs(values["discount"])
    return values


def _positive(line: Call) -> Call:
    return {name: abs(value) if isinstance(value, Decimal) else value for name, value in line.items()}


def _key_columns(map: Map) -> list[str]:
    if map.rows.key:
        return map.rows.key
    for name in ("order_id", "receipt_id"):
        if name in map.fields and (columns := columns_of(spec(map.fields[name]))):
            return columns[0][:1]
    raise ImportFailed("The map does not say what makes an order one", "State [rows] key, or map order_id")


def _indexes(fields: Fields, said: Any) -> list[int]:
    return [fields.read[each] for group in columns_of(spec(said)) for each in group if each in fields.read]


def _amounts(fields: Fields, columns: list[str]) -> list[Get]:
    return [get for each in columns if (get := fields.one(each, each, "amount")) is not None]
