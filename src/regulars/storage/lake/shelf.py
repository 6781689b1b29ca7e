"""The lake's files as they are written: rows added, rows taken out by key, small files put together.

A file once written never changes: what changes is which files belong to the state that is being made.
"""

import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from regulars.storage.lake.manifest import Part
from regulars.storage.lake.tables import STATED, TABLES, Columns
from regulars.storage.lake.views import quoted

LARGE: Final = 1_000_000
"""Rows of a file to which no more are added."""
MANY: Final = 6
"""So many files of like size are put together to one."""
ROW_GROUP: Final = 122_880

STORED: Final[dict[str, Columns]] = {**TABLES, "stated": STATED}
"""All that the exporter keeps; `stated` is not for readers."""

_SORTED: Final[dict[str, str]] = {
    "events": "time, id",
    "interactions": '"last"',
    "orders": "time",
    "order_lines": "time",
    "bundles": "bundle",
    "customers": "person",
}

Parts = dict[str, tuple[Part, ...]]


class Shelf:
    """The files of a state in the making, in a folder; `parts` are those that belong to it."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection, parts: Parts, state: int) -> None:
        self.folder = folder
        self.parts: Parts = dict(parts)
        self._connection = connection
        self._state = state

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        return sum(part.rows for part in self.parts.get(table, ()))

    def relation(self, table: str, only: Sequence[Part] | None = None) -> str:
        """What SQL reads a table by, or some of its files."""
        parts = self.parts.get(table, ()) if only is None else only
        if not parts:
            nothing = ", ".join(f'NULL::{type} AS "{name}"' for name, type in STORED[table].items())
            return f"(SELECT {nothing} WHERE false)"
        files = ", ".join(quoted(str(self.folder / part.file)) for part in parts)
        return f"read_parquet([{files}])"

    def add(self, table: str, query: str) -> None:
        """Add a query's rows to a table, whose columns it gives in their order."""
        part = self._write(table, query)
        if part is not None:
            self.parts[table] = (*self.parts.get(table, ()), part)

    def take_out(self, table: str, key: Sequence[str], keys: str) -> None:
        """Take out of a table the rows whose key is in the relation `keys`; files without any stay as they are."""
        kept: list[Part] = []
        on = ", ".join(f'"{name}"' for name in key)
        for part in self.parts.get(table, ()):
            own = self.relation(table, [part])
            hits = self._number(f"SELECT count(*) FROM {own} AS f SEMI JOIN {keys} AS k USING ({on})")
            if not hits:
                kept.append(part)
                continue
            left = self._write(table, f"SELECT f.* FROM {own} AS f ANTI JOIN {keys} AS k USING ({on})")
            if left is not None:
                kept.append(left)
        self._set(table, kept)

    def clear(self, table: str) -> None:
        """Take everything out of a table."""
        self.parts.pop(table, None)

    def compact(self, table: str) -> None:
        """Put files of like size together where there are many, so that each row is rewritten a few times at most."""
        while True:
            tiers: dict[int, list[Part]] = {}
            for part in self.parts.get(table, ()):
                if part.rows < LARGE:
                    tiers.setdefault(len(str(part.rows)), []).append(part)
            full = next((parts for _, parts in sorted(tiers.items()) if len(parts) >= MANY), None)
            if full is None:
                return
            one = self._write(table, f"SELECT * FROM {self.relation(table, full)}")
            self._set(table, [part for part in self.parts[table] if part not in full] + ([one] if one else []))

    def take_out_nobodys(self, table: str) -> None:
        """Take out of a table what belongs to no bundle."""
        kept: list[Part] = []
        for part in self.parts.get(table, ()):
            own = self.relation(table, [part])
            hits = self._number(f"SELECT count(*) FROM {own} WHERE bundle IS NULL")
            left = self._write(table, f"SELECT * FROM {own} WHERE bundle IS NOT NULL") if hits else part
            if left is not None:
                kept.append(left)
        self._set(table, kept)

    def keys(self, name: str, columns: Columns, rows: Iterable[Sequence[object]]) -> int:
        """Make a temporary table of these keys, to be joined with; returns how many rows it has."""
        lines = Lines(self.folder / f".{name}.lines")
        try:
            for row in rows:
                lines.put(dict(zip(columns, row, strict=True)))
            path = lines.done()
            said = ", ".join(f"{quoted(key)}: 'VARCHAR'" for key in columns)
            typed = ", ".join(f'"{key}"::{type} AS "{key}"' for key, type in columns.items())
            query = f"SELECT DISTINCT {typed} FROM {_read(path, said)}"
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
        finally:
            lines.remove()
        return lines.rows

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query that gives few."""
        return self._connection.execute(query).fetchall()

    def execute(self, query: str) -> None:
        """Run a statement on the connection that writes."""
        self._connection.execute(query)

    def add_lines(self, table: str, lines: "Lines") -> None:
        """Add the rows of a file to a table: times in microseconds since 1970 UTC, days in days since."""
        file = lines.done()
        if not lines.rows:
            return
        said = {key: _LINE_TYPES.get(type, type) for key, type in STORED[table].items()}
        columns = ", ".join(f"{quoted(key)}: {quoted(type)}" for key, type in said.items())
        shown = ", ".join(_typed(key, type) for key, type in STORED[table].items())
        self.add(table, f"SELECT {shown} FROM {_read(file, columns)}")

    def _number(self, query: str) -> int:
        row = self._connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def _set(self, table: str, parts: Sequence[Part]) -> None:
        if parts:
            self.parts[table] = tuple(parts)
        else:
            self.clear(table)

    def _write(self, table: str, query: str) -> Part | None:
        """Write a query's rows as one durable file; None where there are none."""
        name = f"{table}-{self._state}-{secrets.token_hex(4)}.parquet"
        order = f" ORDER BY {_SORTED[table]}" if table in _SORTED else ""
        path = self.folder / name
        options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
        rows = self._number(f"COPY (SELECT * FROM ({query}){order}) TO {quoted(str(path))} ({options})")
        if not rows:
            path.unlink(missing_ok=True)
            return None
        path.chmod(0o600)
        sync_file(path)
        return Part(name, rows)


def sync_file(path: Path) -> None:
    """Make a file's content durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Lines:
    """A file of JSON lines that is written a row at a time, and removed in the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(handle, "wb", buffering=1 << 20)
        self._encode = msgspec.json.Encoder(decimal_format="number").encode

    def put(self, row: dict[str, object]) -> None:
        """Write one row, by column; what is not named is NULL."""
        self._file.write(self._encode(row))
        self._file.write(b"\n")
        self.rows += 1

    def done(self) -> Path:
        """Finish writing; returns where it is."""
        self._file.close()
        return self.path

    def remove(self) -> None:
        """Remove the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)


_LINE_TYPES: Final = {"TIMESTAMP": "BIGINT", "UUID": "VARCHAR", "JSON": "VARCHAR", "DATE": "INTEGER"}


def _read(file: Path, columns: str) -> str:
    return f"read_json({quoted(str(file))}, format = 'newline_delimited', columns = {{{columns}}})"


def _typed(name: str, type: str) -> str:
    value = f'"{name}"'
    if type == "TIMESTAMP":
        return f"make_timestamp({value}) AS {value}"
    if type == "DATE":
        return f"(DATE '1970-01-01' + {value}) AS {value}"
    return f"{value}::{type} AS {value}" if type in _LINE_TYPES else value
