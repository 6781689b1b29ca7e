"""Files by a map, from first to last: one call, or one problem, after the other, however large the files are."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from regulars.collection.files.calls import Call, Named, encoded
from regulars.collection.files.fields import Fields, text_of
from regulars.collection.files.inputs import Input, Meter, unchanged, written
from regulars.collection.files.kinds import KINDS
from regulars.collection.files.mapfile import GUIDE, Map
from regulars.collection.files.opening import table_of
from regulars.collection.files.orders import Open, Orders
from regulars.collection.files.problem import BadCell, BadRow, Problem, shown
from regulars.collection.files.single import Single
from regulars.collection.files.table import Table
from regulars.collection.files.times import latest_of, time_reader
from regulars.collection.limits import MAX_EVENT
from regulars.collection.report import Counts, ImportFailed
from regulars.model.rejection import Reason
from regulars.model.secret import Secret

Found = tuple[int, bytes | Problem]
"""The number of a row, and an item of the tracking API as it is sent, or why the row is not taken."""

ROWS, LEFT, CALLS, HELD = "rows", "rows left out", "events", "rows not taken"


class Reader:
    """One import's reading: `rows` were read so far, `notes` counts what was met. Raises ImportFailed."""

    def __init__(self, map: Map, secret: Secret, now: datetime) -> None:
        if map.kind not in KINDS:
            raise ImportFailed(f"The map's kind '{map.kind}' is not known", f"It is one of {', '.join(KINDS)}")
        if map.kind == "consents" and not map.consents:
            raise ImportFailed("The map is of consents and has no [[consents]]", GUIDE)
        self.map = map
        self.rows = 0
        self.notes = Counts()
        self.notes.name(ROWS, "read")
        self.notes.name(LEFT, "by the map")
        self.notes.name(CALLS, "made of the rows")
        self.notes.name(HELD, "see `regulars rejected list`")
        self._secret = secret
        self._latest = latest_of(now)
        self._as_of = _as_of(map, self._latest)

    def found(self, sources: list[Input], meter: Meter | None = None) -> Iterator[Found]:
        """What the files hold, in the order of their rows (an order stands where it is whole). Raises ImportFailed."""
        for source in sources:
            before = written(source.path)
            with table_of(source, self.map.file, meter) as table:
                yield from self._table(table, source.name)
            unchanged(source.path, before)
            if meter is not None:
                meter.finish(source.path, before[0])

    def check(self, source: Input) -> None:
        """Raises ImportFailed where the map does not fit the file."""
        with table_of(source, self.map.file) as table:
            self._maker(Fields(self.map, table.columns, source.name, self._latest))

    def _maker(self, fields: Fields) -> Single | Orders:
        for column in self.map.file.without:
            if column in fields.columns:
                raise ImportFailed(
                    f"{fields.name} has the column {column}, so this map is not for it", "Use another map"
                )
        named = Named(self.map, self._secret)
        if self.map.kind in ("orders", "order lines"):
            return Orders(self.map, fields, named, self.notes)
        return Single(self.map, fields, named, self.notes, self._as_of)

    def _table(self, table: Table, name: str) -> Iterator[Found]:
        fields = Fields(self.map, table.columns, name, self._latest)
        maker = self._maker(fields)
        left = self._filter(fields)
        kept = _Kept(name, fields)
        for number, cells in table.rows:
            self.rows += 1
            if isinstance(cells, BadRow):
                if isinstance(maker, Orders):
                    maker.torn(number)
                yield self._held(kept.problem(number, cells, None))
                continue
            if left and any((text_of(cells[at]).strip().casefold() in said) is out for at, said, out in left):
                self.notes.add(LEFT)
                continue
            try:
                if isinstance(maker, Single):
                    yield from self._made(number, maker.calls(cells))
                else:
                    for order in maker.add(number, cells):
                        yield from self._order(maker, order, kept)
            except (BadRow, BadCell) as bad:
                if isinstance(maker, Orders):
                    maker.torn(number)
                yield self._held(kept.problem(number, bad, cells))
        if isinstance(maker, Orders):
            for order in maker.rest():
                yield from self._order(maker, order, kept)
        self.notes.add(ROWS, self.rows - self.notes[ROWS])

    def _order(self, maker: Orders, order: Open, kept: "_Kept") -> Iterator[Found]:
        try:
            if order.wrong is not None:
                number, bad = order.wrong
                yield self._held(kept.problem(number, bad, order.cells, order.rows), len(order.rows))
                return
            yield from self._made(order.rows[0], maker.calls(order))
        except BadRow as bad:
            yield self._held(kept.problem(order.rows[0], bad, order.cells, order.rows), len(order.rows))

    def _made(self, number: int, calls: list[Call]) -> Iterator[Found]:
        # All of a row's calls are judged before the first is given away: a row is taken whole or not at all.
        items = [encoded(call) for call in calls]
        for item in items:
            if len(item) > MAX_EVENT:
                words = f"becomes an event of {len(item):,} bytes, more than {MAX_EVENT:,}; map less of it"
                raise BadRow(Reason.TOO_LARGE, words)
        self.notes.add(CALLS, len(items))
        for item in items:
            yield number, item

    def _held(self, problem: Problem, rows: int = 1) -> Found:
        self.notes.add(HELD, rows)
        return problem.row, problem

    def _filter(self, fields: Fields) -> list[tuple[int, frozenset[str], bool]]:
        said = [(self.map.rows.only, False), (self.map.rows.leave_out, True)]
        return [
            (fields.column([column])[0], frozenset(each.casefold() for each in values), out)
            for table, out in said
            for column, values in table.items()
        ]


class _Kept:
    """What is kept of a row that is not taken: the columns that the map reads, no others."""

    def __init__(self, name: str, fields: Fields) -> None:
        self._name = name
        self._fields = fields

    def problem(
        self, number: int, bad: BadRow | BadCell, cells: list[Any] | None, rows: list[int] | None = None
    ) -> Problem:
        column, value = (bad.column, bad.value) if isinstance(bad, BadRow) else ("", "")
        made = Problem(self._name, number, bad.reason, bad.message, column, value)
        if cells is not None:
            read = self._fields.read.items()
            made = msgspec.structs.replace(
                made, cells={name: _shown(cells[at]) for name, at in read if _shown(cells[at])}
            )
        if rows and len(rows) > 1:
            made = msgspec.structs.replace(made, rows=tuple(rows[:200]))
        return made


def _shown(value: Any) -> str:
    try:
        return shown(text_of(value))
    except BadCell:
        return shown(repr(value))


def _as_of(map: Map, latest: datetime) -> str | None:
    if not map.as_of:
        return None
    try:
        made = time_reader(map.formats, "", latest)(map.as_of, "")
    except BadCell as bad:
        raise ImportFailed(f"as_of '{map.as_of}' {bad.message}", "Write a day such as 2026-03-01") from None
    return made
