"""A file as a table: the names of its columns, and its rows one after the other, each numbered."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from regulars.collection.files.problem import BadRow
from regulars.collection.report import ImportFailed

LARGEST_ROW = 256 * 1024
"""Bytes of one row; what is longer is flagged and passed over."""

Row = tuple[int, list[Any] | BadRow]
"""A row's number as people count (the line of a text, the row of a sheet), and its cells or what is wrong with it."""


class Table(msgspec.Struct):
    """The columns, in their order, and the rows, whose cells stand in the same order."""

    columns: list[str]
    rows: Iterator[Row]


def places(columns: Sequence[str], wanted: Sequence[str], name: str) -> list[int]:
    """Where the first that is there of alternative column names stands, and all others there; raises ImportFailed."""
    found = []
    for each in wanted:
        at = [index for index, column in enumerate(columns) if column == each]
        if len(at) > 1:
            raise ImportFailed(f"{name} has the column '{each}' {len(at)} times", "Rename all but one of them")
        found += at
    if found:
        return found
    near = difflib.get_close_matches(wanted[0], columns, 1, 0.6)
    hint = f"did you mean '{near[0]}'?" if near else f"it has: {', '.join(columns)[:300]}"
    raise ImportFailed(f"{name} has no column '{' or '.join(wanted)}'; {hint}", "Name it in the map as the file does")


def clean_header(cells: Sequence[Any]) -> list[str]:
    """Column names as they are asked for: trimmed text; empty ones at the end are dropped."""
    names = ["" if cell is None else " ".join(str(cell).split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names
