"""Files for imports, written by tests, and what a map makes of them."""

import json
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from regulars.collection.files.inputs import inputs
from regulars.collection.files.mapfile import load_map, parse_map
from regulars.collection.files.problem import Problem
from regulars.collection.files.read import Reader
from regulars.model.secret import Secret

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "files"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECRET = Secret(bytes(range(32)))

TILL = ["formats.time_zone=Europe/Prague", "formats.currency=EUR"]
"""What the shipped map of tills wants to be told."""

Rows = list[tuple[int, dict[str, Any]]]


def taken(map: str, *files: Path, settings: Sequence[str] = ()) -> tuple[Rows, list[Problem], Reader]:
    """What a map (a text of TOML, or a shipped name) makes of files: events by row, problems, and the reader."""
    made = parse_map(map, "test", list(settings)) if "\n" in map else load_map(map, list(settings))
    reader = Reader(made, SECRET, NOW)
    events: Rows = []
    problems: list[Problem] = []
    for row, found in reader.found(inputs([str(file) for file in files], made.file.format)):
        if isinstance(found, Problem):
            problems.append(found)
        else:
            events.append((row, json.loads(found)))
    return events, problems, reader


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """A file of this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(path: Path, rows: Sequence[Sequence[str]], merged: str = "", sheets: int = 1) -> Path:
    """An Excel workbook whose cells are written as the XML of their inside; plain text becomes an inline string."""
    body = "".join(_row(number, cells) for number, cells in enumerate(rows, 1))
    merge = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheet = f"<worksheet {space}><sheetData>{body}</sheetData>{merge}</worksheet>"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    names = [f"Sheet{number}" for number in range(1, sheets + 1)]
    listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1))
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{rel}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, sheets + 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{rel}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr("xl/workbook.xml", f'<workbook {space} xmlns:r="{rel}"><sheets>{listed}</sheets></workbook>')
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{related}</Relationships>'
        )
        for number in range(1, sheets + 1):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", sheet)
    return path


def _row(number: int, cells: Sequence[str]) -> str:
    made = "".join(_cell(f"{chr(65 + at)}{number}", cell) for at, cell in enumerate(cells) if cell)
    return f'<row r="{number}">{made}</row>'


def _cell(place: str, cell: str) -> str:
    if cell.startswith("<"):
        return f'<c r="{place}">{cell}</c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
