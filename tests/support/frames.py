"""Frames made by hand and put into the log, and all that the database then holds: for tests of what becomes of them."""

import json
from pathlib import Path
from typing import Any

from psycopg import sql

from regulars.app import App, schema
from regulars.model.frame import Frame
from regulars.model.source import Source
from regulars.settings import load
from regulars.storage import log
from regulars.storage.database import Connection
from regulars.storage.metadata import derived

# The totals hold seconds, which are never the same twice; the list of customers is kept in its own time.
APART = {"totals", "stale", "stale_customers", "customers", "name_words"}
RECEIVED = 1_773_480_900_000_000  # 2026-03-14T09:35:00Z


def frame(source: Source, *items: dict[str, Any], received: int = RECEIVED, note: str = "") -> Frame:
    """One batch call of these items."""
    body = json.dumps({"batch": items}).encode()
    return Frame(source.name, int(source.trust), received, "batch", body, len(items), note)


def append(connection: Connection, *frames: Frame) -> None:
    """Append each frame as a row of its own."""
    log.append(connection, [[each] for each in frames])


def contents(connection: Connection, name: str = "derived") -> dict[str, list[str]]:
    """Every row of every derived table of a schema, and of the issued ids, as text."""
    schema()
    found = {}
    for table in [*derived.tables.keys() - APART, "issued_ids"]:
        where = ("regulars",) if table == "issued_ids" else (name,)
        query = sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1").format(sql.Identifier(*where, table))
        found[table] = [row[0] for row in connection.execute(query)]
    return found


def empty(connection: Connection) -> None:
    """Take everything out of the derived tables; by DELETE, which is quicker than TRUNCATE where there is little."""
    schema()
    with connection.transaction(), connection.pipeline():
        for table in derived.tables:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


def installed(folder: Path, conninfo: str) -> App:
    """A prepared installation in a data folder that names a database of its own."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "regulars.toml").write_text(f"database_url = {json.dumps(conninfo)}\n")
    app = App(load(folder, {}), create=True)
    app.prepare()
    return app
