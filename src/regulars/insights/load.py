"""From the lake's files of insight to the tables that pages read: only rows that have changed are written."""

from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from regulars.insights import queries
from regulars.insights.run import SPILL
from regulars.insights.statements import TOTALS
from regulars.storage.binary import byteas
from regulars.storage.database import Connection
from regulars.storage.engine import blank
from regulars.storage.lake.insight_files import FOLDER, TABLES, InsightManifest, read_insight
from regulars.storage.lake.views import quoted
from regulars.storage.shadow import hold_schema

MANY: Final = 50_000
"""After so many rows the planner is told of them."""
FETCH: Final = 10_000


def load(connection: Connection, lake: Path, before: InsightManifest | None = None) -> int:
    """Bring the tables to insight's present state; returns how many rows were written.

    `before` is the state that the tables may show already: then what is the same stays as it is. Who reads the tables
    sees one state or the other. Without insight nothing is done.
    """
    manifest = read_insight(lake)
    if manifest is None or loaded(connection) == manifest.run:
        return 0
    with blank(1, spill=lake / FOLDER / SPILL) as files:
        _rows(files, "later", lake / FOLDER / manifest.files["insights"])
        with connection.transaction():
            hold_schema(connection)
            known = before is not None and loaded(connection) == before.run
            if known and before is not None:
                _rows(files, "earlier", lake / FOLDER / before.files["insights"])
            else:
                files.execute(queries.NOTHING)
                connection.execute(queries.EMPTY)
            written = _put(connection, files)
            body = msgspec.json.encode(_totals(files, lake, manifest)).decode()
            said = (manifest.run, manifest.as_of, int(manifest.made * 1_000_000), body)
            connection.execute(queries.PUT_TOTALS, said)
        if written > MANY:
            connection.execute(queries.ANALYZE)
    return written


def loaded(connection: Connection) -> str:
    """Which state the tables show; '' where they show none."""
    row = connection.execute(queries.LOADED).fetchone()
    return row[0] if row else ""


def _rows(files: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    files.execute(queries.ROWS.format(name, quoted(str(path))))


def _put(connection: Connection, files: duckdb.DuckDBPyConnection) -> int:
    gone = [key for (key,) in files.execute(queries.GONE).fetchall()]
    if gone:
        connection.cursor().execute(queries.DELETE, (byteas(gone),))
    connection.execute(queries.LOADING)
    written, found = 0, files.execute(queries.CHANGED)
    with connection.cursor().copy(queries.COPY_ROWS) as copy:
        while rows := found.fetchmany(FETCH):
            for row in rows:
                copy.write_row(row)
            written += len(rows)
    if written:
        connection.execute(queries.PUT_ROWS)
    return written + len(gone)


def _totals(files: duckdb.DuckDBPyConnection, lake: Path, manifest: InsightManifest) -> dict[str, Any]:
    return {name: _table(files, name, lake / FOLDER / manifest.files[name]) for name in TOTALS}


def _table(files: duckdb.DuckDBPyConnection, name: str, path: Path) -> list[list[Any]]:
    shown = ", ".join(f'"{column}"' for column in TABLES[name])
    found = files.execute(queries.TOTAL.format(shown, quoted(str(path)))).fetchall()
    return [[each.isoformat() if isinstance(each, date) else each for each in row] for row in found]
