"""`regulars sql`: questions to the lake."""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from regulars.cli.command import CliError, Subparsers, command, open_app, progress
from regulars.cli.whom import ACTOR
from regulars.storage import audit
from regulars.storage.asked import Columns, End, Rows
from regulars.storage.asking import LIMIT, MEMORY, SECONDS, Answer, ask
from regulars.storage.engine import LakeError

MOST_ROWS = 100_000_000
MOST_SECONDS = 86_400.0
WIDEST = 60
"""Characters of a cell of the table; of more the beginning is shown."""


def add(subparsers: Subparsers) -> None:
    """Declare the command."""
    made = command(subparsers, "sql", "Ask the lake a question in DuckDB's SQL", _sql)
    made.add_argument("query", metavar="QUERY", help="one SELECT, DESCRIBE or SHOW; - reads it from the input")
    made.add_argument("--csv", action="store_true", help="print CSV")
    made.add_argument("--limit", type=int, default=LIMIT, metavar="N", help=f"rows at most (default: {LIMIT:,})")
    made.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help=f"time (default: {SECONDS:g} s)")
    made.add_argument("--memory", default=MEMORY, metavar="SIZE", help=f"memory of the query (default: {MEMORY})")


def _sql(options: argparse.Namespace) -> None:
    _require(options)
    query = sys.stdin.read() if options.query == "-" else options.query
    app = open_app(options)
    with app.connect() as connection:
        audit.note(connection, ACTOR, "sql")
    answer = ask(app.folder.lake, query, limit=options.limit, seconds=options.seconds, memory=options.memory)
    try:
        columns = next(answer)
        assert isinstance(columns, Columns)
        print_ = _print_json if options.json else _print_csv if options.csv else _print_table
        more = print_(columns, _rows(answer))
    except LakeError as error:
        raise CliError(str(error)) from None
    if more:
        progress(f"there are more than these {options.limit:,} rows: --limit gives more")


def _require(options: argparse.Namespace) -> None:
    """Raises CliError for what cannot be meant."""
    if not 1 <= options.limit <= MOST_ROWS:
        raise CliError(f"--limit: must be 1 to {MOST_ROWS}")
    if not 0 < options.seconds <= MOST_SECONDS:
        raise CliError(f"--seconds: must be more than 0 and at most {MOST_SECONDS:g}")
    if options.csv and options.json:
        raise CliError("--csv: give it or --json")
    size = options.memory
    if not (size[:-2].isdecimal() and size.isascii() and size[-2:] in ("MB", "GB") and 0 < int(size[:-2]) < 100_000):
        raise CliError(f"--memory: must be a size such as 512MB, not {size}")


class _Rows:
    """Rows as they come; `more` is known once they have all come."""

    def __init__(self, answer: Iterator[Answer]) -> None:
        self._answer = answer
        self.more = False

    def __iter__(self) -> Iterator[list[Any]]:
        for each in self._answer:
            if isinstance(each, Rows):
                yield from each.rows
            elif isinstance(each, End):
                self.more = each.more


def _rows(answer: Iterator[Answer]) -> _Rows:
    return _Rows(answer)


def _print_json(columns: Columns, rows: _Rows) -> bool:
    for row in rows:
        sys.stdout.write(msgspec.json.encode(dict(zip(columns.names, row, strict=True))).decode() + "\n")
    return rows.more


def _print_csv(columns: Columns, rows: _Rows) -> bool:
    # Loaded late, since it is slow and only this needs it.
    from regulars.web.csv_file import csv_line

    sys.stdout.write(csv_line(columns.names))
    for row in rows:
        sys.stdout.write(csv_line("" if value is None else _text(value) for value in row))
    return rows.more


def _print_table(columns: Columns, rows: _Rows) -> bool:
    cells = [[_cell(value) for value in row] for row in rows]
    numeric = [_is_number(type) for type in columns.types]
    widths = [max([len(name), *(len(row[n]) for row in cells)]) for n, name in enumerate(columns.names)]
    for row in [list(map(_cell, columns.names)), ["-" * width for width in widths], *cells]:
        shown = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        )
        print("  ".join(shown).rstrip())
    return rows.more


def _is_number(type: str) -> bool:
    return type in ("DOUBLE", "FLOAT") or type.startswith("DECIMAL") or type.endswith("INT") or type.endswith("INTEGER")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _cell(value: Any) -> str:
    """A value on one line of a terminal, which is sent nothing but what can be seen."""
    text = "" if value is None else _text(value)
    text = "".join(each if each.isprintable() else "�" for each in text)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
