"""Whether the Complete Journey's files can be read, asked of DuckDB before anything is imported from them."""

from pathlib import Path

import duckdb

from regulars.collection import queries
from regulars.collection.completejourney_files import MEND
from regulars.collection.report import ImportFailed


def check_files(connection: duckdb.DuckDBPyConnection, files: dict[str, Path]) -> None:
    """Read every file once for missing columns, unusable values and torn baskets; raises ImportFailed."""
    for file in files.values():
        _check_columns(connection, file)
    _check_baskets(connection, files["transactions"])


def _check_columns(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    wanted = queries.COMPLETEJOURNEY_COLUMNS[file.stem]
    try:
        columns = connection.execute(queries.COLUMNS, [str(file)]).description or ()
        _check_types(file, {column[0]: str(column[1]) for column in columns})
        wrong = connection.execute(queries.unreadable(wanted), [str(file)]).fetchall()[0]
    except duckdb.Error as error:
        raise ImportFailed(f"{file.name} cannot be read: {first_line(error)}", MEND) from error
    for (name, (kind, _)), number in zip(wanted.items(), wrong, strict=True):
        if number:
            raise ImportFailed(f"{file.name}: column {name} has {number:,} rows without a value of type {kind}", MEND)


def _check_types(file: Path, found: dict[str, str]) -> None:
    wanted = queries.COMPLETEJOURNEY_COLUMNS[file.stem]
    missing = [name for name in wanted if name not in found]
    if missing:
        raise ImportFailed(f"{file.name} has no column {', '.join(missing)}", MEND)
    for name, (kind, needed) in wanted.items():
        if needed and not found[name].startswith(queries.STORED_AS[kind]):
            raise ImportFailed(f"{file.name}: column {name} holds {found[name]} where {kind} is wanted", MEND)


def _check_baskets(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    torn = connection.execute(queries.TORN_BASKETS, [str(file)]).fetchall()
    if torn:
        message = f"{file.name}: the lines of basket_id {torn[0][0]} disagree on household_id, store_id or time"
        raise ImportFailed(message, MEND)


def first_line(error: Exception) -> str:
    """An engine's message without its advice and without its last full stop."""
    return (str(error).splitlines() or ["unknown error"])[0].rstrip(".")
