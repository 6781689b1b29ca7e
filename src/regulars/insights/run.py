"""From the lake to insight: facts of each customer who has changed, then what takes everybody, then the totals."""

import os
import secrets
import shutil
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from regulars.insights import queries
from regulars.insights.statements import (
    ALL,
    BESIDE_TOTALS,
    CHANGED,
    FACTS,
    KEPT,
    PASSING,
    PASSING_TASTES,
    TASTES,
    TOTALS,
    WHOLE,
    create,
    statement,
)
from regulars.storage.engine import LakeError, blank
from regulars.storage.folder import private_folder
from regulars.storage.lake.insight_files import FOLDER, TABLES, InsightManifest, publish_insight, read_insight
from regulars.storage.lake.manifest import Manifest, read_manifest
from regulars.storage.lake.shelf import sync_file
from regulars.storage.lake.views import views

EPOCH: Final = date(1970, 1, 1)
MEMORY: Final = "2GB"
THREADS: Final = 2
KNOWN: Final = "facts"
"""What is kept of each customer who bought for the next run, beside what is published."""
INSIGHTS: Final = "insights"
"""What is published of each customer."""
SPILL: Final = ".spill"
"""Where DuckDB puts what does not fit into memory."""
GRACE: Final = 30.0
"""Seconds that the files of a past state stay, for whoever reads it."""


class Done(msgspec.Struct, frozen=True):
    """What a run did: as of which day, for how many customers, how many of them computed anew, and how long it took.

    `run` names the state it published, `before` the one before ('' for none).
    """

    as_of: date
    customers: int
    computed: int
    seconds: float
    run: str
    before: str


def run_insight(
    lake: Path, as_of: date | None = None, *, full: bool = False, threads: int = THREADS, memory: str = MEMORY
) -> Done:
    """Bring insight to the lake's present state; whoever calls is alone in it. Raises LakeError without a lake.

    `as_of` None is the day of the latest event. Only customers who have changed since the last run are computed anew;
    the result is that of a `full` one.
    """
    started = time.perf_counter()
    manifest = read_manifest(lake)
    if manifest is None:
        raise LakeError(f"there is no lake in {lake} yet: `regulars up` makes it")
    folder = lake / FOLDER
    private_folder(folder)
    sweep(lake)
    before = read_insight(lake)
    with _open(lake, manifest, threads, memory) as connection:
        day = as_of or _latest_day(connection)
        run = f"{manifest.state}-{secrets.token_hex(4)}"
        book = _Book(connection, folder, run)
        last = day if before is None else EPOCH + timedelta(days=before.as_of)
        connection.execute(queries.PARAMETERS, [day, last])
        _create(connection, ALL)
        places = _number(connection, queries.PLACES)
        same = before is not None and (before.engine, before.places) == (duckdb.__version__, places) and not full
        computed = _facts(book, before if same else None)
        _create(connection, TASTES)
        _drop(connection, PASSING_TASTES)
        _create(connection, WHOLE)
        book.write(INSIGHTS, _typed(INSIGHTS, statement(INSIGHTS)))
        _create(connection, BESIDE_TOTALS)
        for name in TOTALS:
            book.write(name, _typed(name, statement(name)))
        customers = _number(connection, queries.CUSTOMERS)
    made = InsightManifest(
        run=run,
        state=manifest.state,
        as_of=(day - EPOCH).days,
        made=time.time(),
        engine=duckdb.__version__,
        places=places,
        files=book.files,
    )
    publish_insight(lake, made)
    return Done(day, customers, computed, time.perf_counter() - started, run, before.run if before else "")


def sweep(lake: Path, grace: float = GRACE) -> None:
    """Remove the files of states that have been past for so many seconds, and what a run that was ended left."""
    shutil.rmtree(lake / FOLDER / SPILL, ignore_errors=True)
    manifest = read_insight(lake)
    if manifest is not None and time.time() - manifest.made < grace:
        return
    needed = set() if manifest is None else set(manifest.files.values())
    for path in (lake / FOLDER).glob("*.parquet"):
        if path.name not in needed:
            path.unlink(missing_ok=True)


def _open(lake: Path, manifest: Manifest, threads: int, memory: str) -> duckdb.DuckDBPyConnection:
    connection = blank(threads, memory, lake / FOLDER / SPILL)
    for name, query in views(manifest, str(lake.absolute().resolve())):
        connection.execute(f'CREATE VIEW "{name}" AS {query}')
    return connection


def _latest_day(connection: duckdb.DuckDBPyConnection) -> date:
    found = connection.execute(queries.LATEST_DAY).fetchone()
    return found[0] if found and found[0] is not None else EPOCH


class _Book:
    """Writes what is published or kept, each as a durable file, which then is read by its name."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path, run: str) -> None:
        self.connection = connection
        self.folder = folder
        self.files: dict[str, str] = {}
        self._run = run

    def write(self, name: str, query: str) -> None:
        """Write a query's rows; no table of them is made, since its file is as quick to read."""
        file = f"{name}-{self._run}.parquet"
        path = self.folder / file
        self.connection.execute(queries.COPY.format(query, _quoted(path)))
        path.chmod(0o600)
        sync_file(path)
        self.connection.execute(queries.READ.format(name, _quoted(path)))
        self.files[name] = file


def _facts(book: _Book, before: InsightManifest | None) -> int:
    """Make `facts`, with those of `before` that still hold; returns for how many customers they were computed."""
    connection = book.connection
    if before is not None:
        connection.execute(queries.BEFORE.format(KNOWN, _quoted(book.folder / before.files[KNOWN])))
        _create(connection, CHANGED)
        connection.execute(queries.WHO_CHANGED)
        _create(connection, KEPT)
    else:
        connection.execute(queries.WHO_ALL)
    _create(connection, FACTS)
    book.write(KNOWN, statement(KNOWN) if before is None else queries.WITH_KEPT.format(statement(KNOWN), KNOWN))
    computed = _number(connection, queries.COMPUTED)
    _drop(connection, PASSING)
    return computed


def _create(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    for name in names:
        connection.execute(create(name))


def _drop(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    kinds = dict(connection.execute(queries.KINDS).fetchall())
    for name in names:
        if name in kinds:
            connection.execute(f'DROP {kinds[name]} "{name}" CASCADE')


def _typed(name: str, query: str) -> str:
    """A query with the columns that are published, in their types."""
    shown = ", ".join(f'"{key}"::{type} AS "{key}"' for key, type in TABLES[name].items())
    return queries.TYPED.format(shown, query)


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row: tuple[Any, ...] | None = connection.execute(query).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _quoted(path: Path) -> str:
    return "'" + str(os.fspath(path)).replace("'", "''") + "'"
