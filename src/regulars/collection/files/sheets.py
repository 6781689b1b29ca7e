"""Excel and OpenDocument sheets. A sheet is held in memory whole, so its size is bounded before it is opened."""

import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from regulars.collection.files.mapfile import FileSpec
from regulars.collection.files.problem import BadRow
from regulars.collection.files.table import Row, Table, clean_header
from regulars.collection.report import ImportFailed
from regulars.model.rejection import Reason

LARGEST = 150 * 1024 * 1024
"""Bytes of XML that a workbook may unpack to: about 2,000,000 cells, held in some 300 MB."""

ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA"})
_UNCOUNTED = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<f\b[^<]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
Uncounted = frozenset[tuple[int, int]]
"""Cells (row from 1, column from 0) whose formulas hold no result."""

Merged = dict[int, tuple[int, int]]
"""For a row (from 1) that merged cells of several rows reach over: their columns, from and before (from 0)."""

_STEP = 1024 * 1024
_SPAN = 16 * 1024
_MEND = "Save the sheet as CSV, or open it in a spreadsheet program and save it anew"


def open_sheet(path: Path, spec: FileSpec, name: str) -> Table:
    """The table in a workbook's sheet: the one the map names, else its only one; raises ImportFailed."""
    uncounted = _check_package(path, name)
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheet = book.get_sheet_by_name(_choice(book, spec, name))
        rows = sheet.iter_rows()
    except CalamineError as error:
        raise ImportFailed(f"{name} cannot be read: {error}", _MEND) from None
    top, left = sheet.start or (0, 0)
    # The rows begin with the first that holds anything; the header is counted from the top of the sheet.
    skipped = max(0, spec.header - 1 - top) if spec.header > 1 else 0
    for _ in range(skipped):
        next(rows, None)
    columns = list(spec.columns)
    number = top + skipped + 1
    if not columns:
        columns = clean_header(next(rows, []))
        number += 1
    if not any(columns):
        raise ImportFailed(f"{name} has no header", "State [file] header, the row of the column names, in the map")
    merged = _merged(sheet)
    return Table(columns, _rows(rows, number, left, len(columns), merged, uncounted))


def _choice(book: CalamineWorkbook, spec: FileSpec, name: str) -> str:
    names = book.sheet_names
    if spec.sheet:
        if spec.sheet in names:
            return spec.sheet
        raise ImportFailed(
            f"{name} has no sheet '{spec.sheet}', but {', '.join(names)}", "Correct [file] sheet in the map"
        )
    if len(names) != 1:
        raise ImportFailed(f"{name} has the sheets {', '.join(names)}", "State in the map which: [file] sheet")
    return names[0]


def _rows(
    rows: Iterator[list[Any]],
    number: int,
    left: int,
    width: int,
    merged: dict[int, tuple[int, int]],
    uncounted: Uncounted,
) -> Iterator[Row]:
    for at, cells in enumerate(rows, number):
        if not any(cell != "" and cell is not None for cell in cells):
            continue
        yield at, _row(cells, at, left, width, merged.get(at), uncounted)


def _row(
    cells: list[Any],
    at: int,
    left: int,
    width: int,
    merged: tuple[int, int] | None,
    uncounted: frozenset[tuple[int, int]],
) -> list[Any] | BadRow:
    if merged is not None and any(index + left in range(*merged) for index in range(width)):
        words = "merged cells reach over several rows here; part them, so that each row says its own"
        return BadRow(
            Reason.MALFORMED, words, _letters(merged[0]), cells[merged[0] - left] if merged[0] >= left else ""
        )
    if len(cells) > width and any(cell != "" for cell in cells[width:]):
        return BadRow(Reason.MALFORMED, f"has {len(cells)} cells where the header has {width}")
    made = []
    for index, cell in enumerate(cells[:width]):
        if isinstance(cell, str) and cell in ERRORS:
            return BadRow(Reason.MALFORMED, "the formula of the cell gave an error", _letters(index + left), cell)
        if cell == "" and (at, index + left) in uncounted:
            words = "the cell's formula was never counted; open the file in a spreadsheet program and save it"
            return BadRow(Reason.MALFORMED, words, _letters(index + left))
        # A time of day alone is no day: only what the sheet formats as a span comes so.
        made.append(str(cell) if isinstance(cell, timedelta) else cell)
    return made + [""] * (width - len(made))


def _merged(sheet: CalamineSheet) -> Merged:
    found: Merged = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if bottom > top:
            for row in range(top, min(bottom, top + 100_000) + 1):
                found[row + 1] = (left, right + 1)
    return found


def _check_package(path: Path, name: str) -> frozenset[tuple[int, int]]:
    """Refuses what unpacks beyond the bound; returns the cells (row from 1, column from 0) of uncounted formulas."""
    if not zipfile.is_zipfile(path):
        if path.stat().st_size > LARGEST:
            raise ImportFailed(f"{name} is larger than {LARGEST:,} bytes", "Save the sheet as CSV")
        return frozenset()
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(each.file_size for each in archive.infolist())
            if size > LARGEST:
                raise ImportFailed(f"{name} unpacks to {size:,} bytes, more than {LARGEST:,}", "Save the sheet as CSV")
            found: set[tuple[int, int]] = set()
            read = 0
            for each in archive.namelist():
                if each.startswith("xl/worksheets/sheet") and each.endswith(".xml"):
                    read += _scan(archive, each, found)
                    if read > LARGEST:
                        raise ImportFailed(f"{name} unpacks to more than it says", "It looks like a zip bomb")
            return frozenset(found)
    except zipfile.BadZipFile as error:
        raise ImportFailed(f"{name} cannot be read: {error}", _MEND) from None


def _scan(archive: zipfile.ZipFile, member: str, found: set[tuple[int, int]]) -> int:
    read, before = 0, b""
    with archive.open(member) as stream:
        while piece := stream.read(_STEP):
            read += len(piece)
            text = before + piece
            if b"<f" in text:
                found.update((int(row), _index(column)) for column, row in _UNCOUNTED.findall(text))
            before = text[-_SPAN:]
            if read > LARGEST:
                break
    return read


def _index(letters: bytes) -> int:
    number = 0
    for each in letters:
        number = number * 26 + each - 64
    return number - 1


def _letters(index: int) -> str:
    letters, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"column {letters}"
