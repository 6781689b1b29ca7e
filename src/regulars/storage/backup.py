"""What a back-up holds of the database: every table of the truth, as of one moment, with the places of its counters."""

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from psycopg import sql

from regulars import __version__
from regulars.storage import archive
from regulars.storage.archive import ArchiveError, Contents, Writer
from regulars.storage.database import Connection, DatabaseError
from regulars.storage.versions import DERIVED_SCHEMA, PROJECTION_VERSION, TRUTH_SCHEMA

HEADER = "regulars-backup.json"
LAYOUT = 1
"""Version of the archive's layout; a higher one is refused."""

REVISION = "SELECT version_num FROM alembic_version"

TABLES = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'
GROUP BY c.relname ORDER BY c.relname
"""

COUNTERS = """
SELECT c.relname || '.' || a.attname,
    pg_sequence_last_value(pg_get_serial_sequence(format('%%I.%%I', %s::text, c.relname), a.attname)::regclass)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> '' AND NOT a.attisdropped
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r'
"""

SET_COUNTER = "SELECT setval(pg_get_serial_sequence(format('%%I.%%I', %s::text, %s::text), %s), %s)"

OCCUPIED = """
SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = ANY(%s) LIMIT 1
"""

ALL_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = ANY(%s)
"""
COMMENT = "SELECT obj_description(to_regclass(%s), 'pg_class')"

UNFINISHED = "restore unfinished"
"""What is said of the tables until a restore has come to its end, so that the next one knows what it may drop."""

_MARKED = "installation"
_RESTORE_LOCK = 7_205_021


class Header(msgspec.Struct, frozen=True):
    """The first file of an archive: who wrote it, from what, and how its tables look.

    `counters` are the last numbers given, by TABLE.COLUMN; `tables` the columns of each table in the order of its rows.
    """

    layout: int
    regulars: str
    created: str
    postgresql: str
    revision: str
    projection_version: int
    rules: str
    tables: dict[str, list[str]]
    counters: dict[str, int]


def write_tables(connection: Connection, writer: Writer, rules: str) -> Header:
    """Write the header and every table of the truth as of one moment; others go on writing meanwhile."""
    named = _tables(connection)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for name in named:  # before the moment is fixed: no migration may change them under us
            connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(_table(name)))
        header = _header(connection, rules)
        writer.add_file(HEADER, msgspec.json.encode(header))
        for name, columns in header.tables.items():
            query = sql.SQL("COPY {} ({}) TO STDOUT (FORMAT BINARY)").format(_table(name), _columns(columns))
            with connection.cursor() as cursor:
                with cursor.copy(query) as copy:
                    writer.add_table(name, copy)
                writer.rows[name] = cursor.rowcount
    return header


def header_of(path: Path, contents: Contents) -> Header:
    """The header of a checked archive. Raises ArchiveError."""
    try:
        header = msgspec.json.decode(contents.files[HEADER], type=Header)
    except (KeyError, msgspec.DecodeError):
        raise ArchiveError(f"{path} is no back-up of Regulars: give a file that `regulars backup` wrote") from None
    if header.layout > LAYOUT:
        raise ArchiveError(f"{path} was written by Regulars {header.regulars}: restore it by that or a newer one")
    names = (*header.tables, *(column for columns in header.tables.values() for column in columns))
    if set(header.tables) != set(contents.tables) or not all(re.fullmatch("[a-z_][a-z0-9_]*", name) for name in names):
        raise ArchiveError(f"{path} is damaged (its tables are not those that it names): use another back-up")
    return header


def read_tables(connection: Connection, path: Path, header: Header, contents: Contents) -> None:
    """Fill the empty tables of the truth from a checked archive, in the transaction of the caller."""
    for entry, chunks in archive.entries(path):
        if not entry.startswith(archive.TABLES):
            continue
        name = entry.removeprefix(archive.TABLES)
        query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(_table(name), _columns(header.tables[name]))
        with connection.cursor() as cursor:
            with cursor.copy(query) as copy:
                for chunk in chunks:
                    copy.write(chunk)
            if cursor.rowcount != contents.tables[name].rows:
                raise ArchiveError(f"{path}: {name} has {cursor.rowcount} rows, not {contents.tables[name].rows}")
    for name, last in header.counters.items():
        table, _, column = name.partition(".")
        connection.execute(SET_COUNTER, (TRUTH_SCHEMA, table, column, last))


def begin_restore(connection: Connection) -> bool:
    """Hold the database for a restore as long as this session lasts; whether one that was killed had left tables.

    They are dropped. Raises DatabaseError where another restore is under way, and where there are other tables.
    """
    held = connection.execute("SELECT pg_try_advisory_lock(%s)", (_RESTORE_LOCK,)).fetchone()
    if not held or not held[0]:
        raise DatabaseError("another restore into this database is under way: wait for it")
    row = connection.execute(OCCUPIED, ([TRUTH_SCHEMA, DERIVED_SCHEMA],)).fetchone()
    if row is None:
        return False
    said = connection.execute(COMMENT, (f"{TRUTH_SCHEMA}.{_MARKED}",)).fetchone()
    if not said or said[0] != UNFINISHED:
        raise DatabaseError(f"the database holds tables in the schema {row[0]} already: restore into an empty database")
    take_back(connection)
    return True


def mark_unfinished(connection: Connection, unfinished: bool = True) -> None:
    """Say of the tables that they are not whole yet, or that they are."""
    words = sql.Literal(UNFINISHED) if unfinished else sql.SQL("NULL")
    connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(_table(_MARKED), words))


def take_back(connection: Connection) -> None:
    """Drop all tables of Regulars, in one transaction; for a restore that has failed."""
    with connection.transaction():
        for schema, name in connection.execute(ALL_TABLES, ([TRUTH_SCHEMA, DERIVED_SCHEMA],)).fetchall():
            connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(schema, name)))


def _header(connection: Connection, rules: str) -> Header:
    revision = connection.execute(REVISION).fetchone()
    counters = connection.execute(COUNTERS, (TRUTH_SCHEMA, TRUTH_SCHEMA))
    return Header(
        layout=LAYOUT,
        regulars=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        postgresql=connection.info.parameter_status("server_version") or "",
        revision=revision[0] if revision else "",
        projection_version=PROJECTION_VERSION,
        rules=rules,
        tables=_tables(connection),
        counters={name: last for name, last in counters if last is not None},
    )


def _tables(connection: Connection) -> dict[str, list[str]]:
    return {name: columns for name, columns in connection.execute(TABLES, (TRUTH_SCHEMA,))}


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(TRUTH_SCHEMA, name)


def _columns(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
