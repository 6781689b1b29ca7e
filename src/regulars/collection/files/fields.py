"""A map's fields made ready for one table: each becomes a function of a row's cells."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from regulars.collection.files.mapfile import Field, Map, Spec, columns_of, spec
from regulars.collection.files.numbers import number_reader
from regulars.collection.files.problem import BadCell, BadRow
from regulars.collection.files.table import places
from regulars.collection.files.times import day_reader, time_reader
from regulars.collection.report import ImportFailed
from regulars.model.rejection import Reason

Cells = list[Any]
Get = Callable[[Cells], Any]
"""Gives a field's value, None where there is none; raises BadRow."""

Convert = Callable[[Any], Any]

_GUARDED = re.compile(r"'[=+\-@\d]", re.ASCII)
"""An apostrophe that keeps spreadsheet programs from taking a text for a formula or a number; it belongs to nothing."""

YES = frozenset({"yes", "y", "true", "t", "1", "on", "x"})
NO = frozenset({"no", "n", "false", "f", "0", "off"})


class Fields:
    """What a map asks of one table's columns; raises ImportFailed where the table lacks one."""

    def __init__(self, map: Map, columns: list[str], name: str, latest: datetime) -> None:
        self._map = map
        self.columns = columns
        self.name = name
        self._latest = latest
        self._empty = frozenset(map.formats.empty)
        self.read: dict[str, int] = {}

    def all(self, said: dict[str, Spec], types: dict[str, str], section: str = "") -> list[tuple[str, Get]]:
        """The fields of a section, by name; with `types` its names must be among these. Raises ImportFailed."""
        made = []
        for name, each in said.items():
            if types and name not in types:
                known = ", ".join(sorted(types))
                raise ImportFailed(f"The map has '{name}' in [{section}]", f"A file of {self._map.kind} has {known}")
            get = self.one(name, each, types.get(name, "text"))
            if get is not None:
                made.append((name, get))
        return made

    def one(self, what: str, said: Spec, type: str) -> Get | None:
        """One field; None where it is optional and the table lacks its columns."""
        field = spec(said)
        if field.type:
            type = field.type
        if field.value is not None:
            constant = self._converter(field, type)(field.value) if isinstance(field.value, str) else field.value
            return lambda cells: constant
        wanted = columns_of(field)
        if not wanted:
            raise ImportFailed(f"The map's field '{what}' names neither column nor value", "Say where it comes from")
        if field.optional and not all(any(each in self.columns for each in group) for group in wanted):
            return None
        return self._needed(field, self._getter(field, type), what)

    def within(self, columns: list[str]) -> "Fields":
        """The same for a table of other columns, such as the lines within a row."""
        return Fields(self._map, columns, self.name, self._latest)

    def column(self, wanted: list[str]) -> list[int]:
        """Where columns stand; raises ImportFailed."""
        found = places(self.columns, wanted, self.name)
        self.read.update({self.columns[index]: index for index in found})
        return found

    def _getter(self, field: Field, type: str) -> Get:
        convert = self._converter(field, type)
        if field.columns:
            return self._joined(field, convert)
        indexes = self.column([field.column] if isinstance(field.column, str) else field.column)
        getters = [self._plain(index, convert, field.default, self._zone(field)) for index in indexes]
        if len(getters) == 1:
            return getters[0]

        def first(cells: Cells) -> Any:
            return next((value for get in getters if (value := get(cells)) is not None), None)

        return first

    def _plain(self, index: int, convert: Convert, default: Any, zone: Get | None) -> Get:
        column, empty = self.columns[index], self._empty

        def get(cells: Cells) -> Any:
            value = cells[index]
            if value is None:
                return default
            if value.__class__ is str:
                value = value.strip()
                if not value or value in empty:
                    return default
                if value[0] == "'" and _GUARDED.match(value):
                    value = value[1:]
            try:
                return convert(value) if zone is None else convert((value, zone(cells)))
            except BadCell as bad:
                raise BadRow(bad.reason, bad.message, column, value) from None

        return get

    def _joined(self, field: Field, convert: Convert) -> Get:
        indexes = [self.column([each])[0] for each in field.columns]
        column, empty, zone = " + ".join(field.columns), self._empty, self._zone(field)

        def get(cells: Cells) -> Any:
            parts = [text for index in indexes if (text := text_of(cells[index]).strip()) and text not in empty]
            if not parts:
                return field.default
            value = " ".join(parts)
            try:
                return convert(value) if zone is None else convert((value, zone(cells)))
            except BadCell as bad:
                raise BadRow(bad.reason, bad.message, column, value) from None

        return get

    def _zone(self, field: Field) -> Get | None:
        return self._plain(self.column([field.zone])[0], text_of, "", None) if field.zone else None

    def _converter(self, field: Field, type: str) -> Convert:
        convert = self._typed(field, type)
        if not field.values:
            return convert
        listed = {key.casefold(): value for key, value in field.values.items()}
        otherwise = field.otherwise

        def chosen(value: Any) -> Any:
            found = listed.get(text_of(value).casefold(), otherwise)
            if found is None:
                raise BadCell(Reason.WRONG_TYPE, f"is none of {', '.join(field.values)}; say in the map what it means")
            return convert(found) if isinstance(found, str) and found else found

        return chosen

    def _typed(self, field: Field, type: str) -> Convert:
        formats = self._map.formats
        if type == "time":
            read = time_reader(formats, field.format, self._latest)
            return (lambda pair: read(*pair)) if field.zone else (lambda value: read(value, ""))
        if type == "date":
            return day_reader(formats, field.format)
        if type == "amount":
            return number_reader(formats, formats.largest_amount, money=True)
        if type == "number":
            return number_reader(formats, formats.largest_quantity, money=False)
        if type == "decimal":
            return number_reader(formats, 10**12, money=False)
        if type == "bool":
            return truth_of
        if type in ("list", "path"):
            return _lister(field.split if type == "list" or field.split != "," else ">")
        return text_of

    def _needed(self, field: Field, get: Get, what: str) -> Get:
        if not field.needed:
            return get
        column = " or ".join(each for group in columns_of(field) for each in group)

        def needed(cells: Cells) -> Any:
            value = get(cells)
            if value is None:
                raise BadRow(Reason.MISSING_FIELD, f"is empty, and {what} is needed", column)
            return value

        return needed


def text_of(value: Any) -> str:
    """A cell as text: whole numbers without a point, days without a clock."""
    if value.__class__ is str:
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, int | date):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list):
        return ", ".join(map(text_of, value))
    raise BadCell(Reason.WRONG_TYPE, "is no single value")


def truth_of(value: Any) -> bool:
    """A cell as true or false; raises BadCell."""
    plain = text_of(value).casefold()
    if plain in YES or plain in NO:
        return plain in YES
    raise BadCell(Reason.WRONG_TYPE, "is neither yes nor no")


def _lister(split: str) -> Callable[[Any], list[str]]:
    def read(value: Any) -> list[str]:
        parts = map(text_of, value) if isinstance(value, list) else text_of(value).split(split)
        return [plain for part in parts if (plain := part.strip().strip('"').strip())]

    return read
