"""JSON lines: one object a line; members of members are columns with a dot, such as `customer.email`."""

from collections.abc import Iterator
from typing import Any

import msgspec

from regulars.collection.files.encodings import Text
from regulars.collection.files.problem import BadRow, shown
from regulars.collection.files.table import LARGEST_ROW, Row, Table
from regulars.collection.limits import MAX_DEPTH
from regulars.collection.report import ImportFailed
from regulars.model.rejection import Reason

PEEKED = 200
"""Rows whose members tell the columns."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def open_jsonlines(text: Text, name: str) -> Table:
    """The table in JSON lines: its columns are those of the first 200 rows; raises ImportFailed."""
    rows = _objects(text)
    first = [row for row, _ in zip(rows, range(PEEKED), strict=False)]
    columns: dict[str, None] = {}
    for _, each in first:
        if isinstance(each, dict):
            columns.update(dict.fromkeys(each))
    if not columns:
        raise ImportFailed(f"{name} holds no JSON object in its first {PEEKED} lines", "Give one object a line")
    names = list(columns)
    return Table(names, _rows(first, rows, names))


def flat(value: dict[str, Any], before: str = "") -> dict[str, Any]:
    """An object without objects in it: `{"a": {"b": 1}}` is `{"a.b": 1}`; lists stay."""
    found: dict[str, Any] = {}
    for key, each in value.items():
        if isinstance(each, dict) and before.count(".") < MAX_DEPTH:
            found.update(flat(each, f"{before}{key}."))
        else:
            found[before + key] = each
    return found


def _rows(first: list[tuple[int, Any]], rest: Iterator[tuple[int, Any]], names: list[str]) -> Iterator[Row]:
    for part in (first, rest):
        for number, each in part:
            yield number, each if isinstance(each, BadRow) else [each.get(name) for name in names]


def _objects(text: Text) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    number = 0
    while raw := text.stream.readline(LARGEST_ROW):
        number += 1
        if len(raw) == LARGEST_ROW and raw[-1] != 10:
            while (rest := text.stream.readline(LARGEST_ROW)) and rest[-1] != 10:
                pass
            yield number, BadRow(Reason.TOO_LARGE, f"the row is longer than {LARGEST_ROW} bytes")
        elif not raw.isspace():
            yield number, _object(raw, text)


def _object(raw: bytes, text: Text) -> dict[str, Any] | BadRow:
    try:
        line = text.check(raw)
    except UnicodeError:
        return BadRow(
            Reason.BAD_CHARACTER, f"the row is not {text.encoding}", value=raw[:60].decode("utf-8", "replace")
        )
    try:
        return flat(_decode(line))
    except msgspec.ValidationError:
        return BadRow(Reason.WRONG_TYPE, "the row is no JSON object", value=shown(line))
    except (msgspec.DecodeError, RecursionError):
        words = "the row is no JSON"
        if not line.endswith("\n"):
            words += "; the file ends within it: is it still being written?"
        return BadRow(Reason.MALFORMED, words, value=shown(line))
