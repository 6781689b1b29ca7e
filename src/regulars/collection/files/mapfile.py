"""The map of a file: TOML that says which column becomes what, and how its dates and numbers are written."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec

from regulars.collection.report import ImportFailed

Scalar = str | int | float | bool
GUIDE = "docs/guides/import-files.md tells how a map is written"


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one value comes from.

    `column`: a column, or several of which the first that is not empty counts; `columns`: several, joined by a blank;
    `value`: a constant. `values` is an enumeration: what stands in the file and what it becomes; `otherwise` stands
    for all that it does not list. `zone` is the column that names the time zone. `optional`: the file may lack the
    column.
    """

    column: str | list[str] = ""
    columns: list[str] = []
    value: Scalar | None = None
    type: Literal["", "text", "id", "number", "amount", "date", "time", "bool", "list"] = ""
    format: str | list[str] = ""
    zone: str = ""
    values: dict[str, Scalar] = {}
    otherwise: Scalar | None = None
    default: Scalar | None = None
    split: str = ","
    needed: bool = False
    optional: bool = False


Spec = str | list[str] | Field
"""A column's name alone, several of which the first that is not empty counts, or a field in full."""


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One word of consent in each row.

    `column` holds the word; `given`, `withdrawn` and `neither` list what it may be, in any case. Without a column,
    `word` is said by every row. A word is given only with `basis`, `wording` and a time.
    """

    purpose: str
    channel: str
    address: Spec
    column: str = ""
    given: list[str] = []
    withdrawn: list[str] = []
    neither: list[str] = []
    word: Literal["", "given", "withdrawn"] = ""
    basis: str = ""
    wording: str = ""
    proof: Spec = ""
    time: Spec | None = None
    optional: bool = False


class FileSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the file is laid out, where that cannot be seen.

    `header` is the row of the header, the first being 1. A file with a column that `without` lists is another one than
    the map is for.
    """

    format: Literal["", "csv", "tsv", "jsonl", "excel", "parquet"] = ""
    delimiter: str = ""
    encoding: str = ""
    header: int = 1
    columns: list[str] = []
    sheet: str = ""
    without: list[str] = []


class Formats(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How dates and numbers are written. A quantity or amount beyond the largest (either sign) is flagged."""

    date: str | list[str] = ""
    time_zone: str = ""
    zones: dict[str, str] = {}
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    currency: str = ""
    empty: tuple[str, ...] = ("NULL", "\\N")
    largest_quantity: int = 10_000
    largest_amount: int = 10_000_000


class Rows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one row is.

    `key`: the columns that tell one row (of order lines: one order) from all others. `within`: lines of one order lie
    no further apart than so many rows. `lines`: the column of a JSON row that holds its lines. `only` and `leave_out`:
    values of columns by which rows are taken or left. `refund`: values by which a line is given back; `negative` says
    what a negative quantity is.
    """

    key: list[str] = []
    within: int = 1000
    lines: str = ""
    only: dict[str, list[str]] = {}
    leave_out: dict[str, list[str]] = {}
    refund: dict[str, list[str]] = {}
    negative: Literal["reject", "refund"] = "reject"


class Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the rows of a file become events. `as_of` is the time of what carries none."""

    name: str = ""
    about: str = ""
    kind: str
    source: str
    group: str = "main"
    precedence: int = 0
    event: str = ""
    as_of: str = ""
    file: FileSpec = FileSpec()
    formats: Formats = Formats()
    rows: Rows = Rows()
    fields: dict[str, Spec] = {}
    line: dict[str, Spec] = {}
    sums: dict[str, list[str]] = {}
    ids: dict[str, Spec] = {}
    traits: dict[str, Spec] = {}
    properties: dict[str, Spec] = {}
    consents: list[Consent] = []


def shipped() -> list[str]:
    """The names of the maps that come with Regulars."""
    return sorted(each.name.removesuffix(".toml") for each in _folder().iterdir() if each.name.endswith(".toml"))


def shipped_text(name: str) -> str:
    """The text of a map that comes with Regulars."""
    return str((_folder() / f"{name}.toml").read_text(encoding="utf-8"))


def load_map(said: str, settings: list[str] | None = None) -> Map:
    """The map in a file, or the shipped one of this name; `settings` are `key=value` over it. Raises ImportFailed."""
    if said in shipped():
        return parse_map(shipped_text(said), said, settings)
    path = Path(said)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(shipped())
        raise ImportFailed(f"The map {said} cannot be read ({error})", f"Name a file, or one of {known}") from None
    return parse_map(text, path.stem, settings)


def parse_map(text: str, name: str, settings: list[str] | None = None) -> Map:
    """The map that `text` says; raises ImportFailed, which names the place."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ImportFailed(f"The map {name} is no TOML: {error}", GUIDE) from None
    for setting in settings or ():
        _set(data, setting)
    try:
        made = msgspec.convert(data, Map)
    except msgspec.ValidationError as error:
        raise ImportFailed(f"The map {name}: {error}", GUIDE) from None
    return msgspec.structs.replace(made, name=made.name or name)


def spec(said: Spec) -> Field:
    """A field in full."""
    return said if isinstance(said, Field) else Field(column=said)


def columns_of(field: Field) -> list[list[str]]:
    """The columns that a field reads; each entry lists alternatives, of which the file needs one."""
    wanted = [[each] for each in [*field.columns, field.zone] if each]
    if field.column:
        wanted.append([field.column] if isinstance(field.column, str) else field.column)
    return wanted


def _folder() -> Any:
    return files("regulars.collection.files") / "maps"


def _set(data: dict[str, Any], setting: str) -> None:
    key, equals, value = setting.partition("=")
    if not equals:
        raise ImportFailed(f"--set {setting} is not understood", "Write KEY=VALUE, such as formats.currency=EUR")
    *path, last = key.strip().split(".")
    places: list[Any] = [data]
    for name in path:
        below: list[Any] = []
        if name == "consents" and "consents" not in data:
            raise ImportFailed(f"--set {setting}: the map has no consents", GUIDE)
        for place in places:
            found = place.setdefault(name, {})
            below += found if isinstance(found, list) else [found]
        if not all(isinstance(each, dict) for each in below):
            raise ImportFailed(f"--set {setting}: {name} is no table of the map", GUIDE)
        places = below
    for place in places:
        place[last] = int(value) if value.isdecimal() and last in _NUMBERS else value


_NUMBERS = frozenset({"header", "within", "precedence", "largest_quantity", "largest_amount"})
