"""Parquet, read a piece at a time by DuckDB."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from regulars.collection import queries
from regulars.collection.completejourney import CONFIG
from regulars.collection.completejourney_check import first_line
from regulars.collection.files.jsonlines import flat
from regulars.collection.files.table import Row, Table
from regulars.collection.report import ImportFailed

FETCH = 5_000


@contextmanager
def open_parquet(path: Path, name: str) -> Iterator[Table]:
    """The table in a Parquet file; rows are numbered from 1. Raises ImportFailed."""
    connection = duckdb.connect(":memory:", config=CONFIG)
    try:
        plain = "".join(f"[{each}]" if each in "*?[" else each for each in str(path))
        try:
            result = connection.execute(queries.ALL_OF_PARQUET, [plain])
        except duckdb.Error as error:
            raise ImportFailed(f"{name} cannot be read: {first_line(error)}", "Export it again") from None
        columns = [str(each[0]) for each in result.description or ()]
        yield Table(*_table(columns, result, name))
    finally:
        connection.close()


def _table(columns: list[str], result: duckdb.DuckDBPyConnection, name: str) -> tuple[list[str], Iterator[Row]]:
    rows = _rows(result, name)
    first = next(rows, None)
    if first is None or not any(isinstance(each, dict) for each in first):
        return columns, ((number, list(row)) for number, row in enumerate(_with(first, rows), 1))
    names = list(flat(dict(zip(columns, first, strict=True))))

    def made() -> Iterator[Row]:
        for number, row in enumerate(_with(first, rows), 1):
            cells = flat(dict(zip(columns, row, strict=True)))
            yield number, [cells.get(each) for each in names]

    return names, made()


def _with(first: tuple[object, ...] | None, rest: Iterator[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    if first is not None:
        yield first
    yield from rest


def _rows(result: duckdb.DuckDBPyConnection, name: str) -> Iterator[tuple[object, ...]]:
    try:
        while rows := result.fetchmany(FETCH):
            yield from rows
    except duckdb.Error as error:
        raise ImportFailed(f"{name} cannot be read to its end: {first_line(error)}", "Export it again") from None
