"""Rebuilding beside what serves: a shadow schema that is filled from the log and then takes its place."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from regulars.storage import faults
from regulars.storage.database import Connection
from regulars.storage.versions import DERIVED_SCHEMA

SHADOW_SCHEMA = "derived_next"
_RETIRED_SCHEMA = "derived_old"
_SWAP_LOCK = 7_205_004
_REBUILD_LOCK = 7_205_005
# Batches queue behind a swap that waits, so it does not wait for long: it is tried again.
_SWAP_WAIT = "2s"
# Readers queue behind it too; shorter than the time after which PostgreSQL looks for a deadlock.
_TABLE_WAIT = "500ms"

_TABLES = "SELECT array_agg(oid ORDER BY oid) FROM pg_class WHERE relnamespace = current_schema()::regnamespace"


def hold_schema(connection: Connection) -> None:
    """Keep a swap from happening before this transaction ends; each batch's transaction begins with it."""
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", (_SWAP_LOCK,))


def tables_there(connection: Connection) -> list[int]:
    """What the tables of the connection's derived schema are known by: others once any of them was exchanged."""
    row = connection.execute(_TABLES).fetchone()
    return list(row[0]) if row and row[0] else []


@contextmanager
def unswapped(connection: Connection) -> Iterator[None]:
    """While it lasts no swap happens, so that a snapshot taken within reads whole tables; begin transactions inside."""
    connection.execute("SELECT pg_advisory_lock_shared(%s)", (_SWAP_LOCK,))
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock_shared(%s)", (_SWAP_LOCK,))


def begin_rebuild(connection: Connection) -> bool:
    """Make room for the shadow's tables; False where another rebuild is under way."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_REBUILD_LOCK,)).fetchone()
    if not row or not row[0]:
        return False
    for schema in (SHADOW_SCHEMA, _RETIRED_SCHEMA):
        _drop(connection, schema)
    return True


def tidy(connection: Connection) -> bool:
    """Remove what a rebuild that was killed left behind; whether there was anything.

    One under way is left alone, and so is everything on a connection that works on a shadow itself.
    """
    query = """
    SELECT current_schema() = %s AND EXISTS (SELECT FROM pg_namespace WHERE nspname = ANY(%s))
    """
    row = connection.execute(query, (DERIVED_SCHEMA, [SHADOW_SCHEMA, _RETIRED_SCHEMA])).fetchone()
    if not row or not row[0] or not begin_rebuild(connection):
        return False
    connection.execute("SELECT pg_advisory_unlock(%s)", (_REBUILD_LOCK,))
    return True


def swap(connection: Connection, place: int) -> bool:
    """Let the shadow, which has come to `place`, take over.

    False where what serves has come further meanwhile, or a batch or a digest takes long: then try again.
    """
    try:
        with connection.transaction():
            _keep_batches_out(connection)
            if serving_place(connection) > place:
                return False
            faults.hit("swap.before")
            _rename(connection, DERIVED_SCHEMA, _RETIRED_SCHEMA)
            _rename(connection, SHADOW_SCHEMA, DERIVED_SCHEMA)
    except psycopg.errors.LockNotAvailable:
        return False
    faults.hit("swap.after")
    _drop(connection, _RETIRED_SCHEMA)
    return True


def exchange(connection: Connection, tables: Sequence[str], finish: Callable[[], object]) -> bool:
    """Let these tables of the shadow take the places of those that serve, and drop the rest of the shadow.

    No batch can end meanwhile; `finish`, on the same connection, brings the shadow to exactly where what serves has
    come. False where a batch or a reader takes long: then all is taken back, to be tried again.
    """
    try:
        with connection.transaction():
            _keep_batches_out(connection)
            finish()
            faults.hit("swap.before")
            connection.execute("SELECT set_config('lock_timeout', %s, true)", (_TABLE_WAIT,))
            names = sql.SQL(", ").join(sql.Identifier(DERIVED_SCHEMA, table) for table in tables)
            connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_RETIRED_SCHEMA)))
            for table in tables:
                _move(connection, table, DERIVED_SCHEMA, _RETIRED_SCHEMA)
                _move(connection, table, SHADOW_SCHEMA, DERIVED_SCHEMA)
    except psycopg.errors.LockNotAvailable:
        return False
    faults.hit("swap.after")
    for schema in (SHADOW_SCHEMA, _RETIRED_SCHEMA):
        _drop(connection, schema)
    return True


def serving_place(connection: Connection) -> int:
    """How far in the log what serves has come; -1 where no pipeline ever ran."""
    row = connection.execute(sql.SQL("SELECT seq FROM {}").format(_serving("cursor"))).fetchone()
    return int(row[0]) if row else -1


def serving_versions(connection: Connection) -> tuple[int, str] | None:
    """The projection's version and the rules that made what serves; None where no pipeline ever ran."""
    query = sql.SQL("SELECT projection_version, rules FROM {}").format(_serving("cursor"))
    row = connection.execute(query).fetchone()
    return (int(row[0]), str(row[1])) if row else None


def accepted_messages(connection: Connection, keys: list[bytes]) -> dict[bytes, bytes]:
    """As `known_messages`, of what serves."""
    cursor = connection.cursor(binary=True)
    query = sql.SQL("SELECT key, content FROM {} WHERE key = ANY(%b)").format(_serving("message_ids"))
    return dict(cursor.execute(query, (keys,)).fetchall())


def adopt(connection: Connection, tables: Sequence[str]) -> None:
    """Copy what serves of these tables, which were made by the same versions, into the shadow's empty ones."""
    for table in tables:
        names = sql.Identifier(SHADOW_SCHEMA, table), _serving(table)
        connection.execute(sql.SQL("INSERT INTO {} SELECT * FROM {}").format(*names))


def empty_shadow(connection: Connection, tables: Sequence[str]) -> None:
    """Take everything out of these tables of the shadow."""
    names = sql.SQL(", ").join(sql.Identifier(SHADOW_SCHEMA, table) for table in tables)
    connection.execute(sql.SQL("TRUNCATE {}").format(names))


def _keep_batches_out(connection: Connection) -> None:
    connection.execute("SELECT set_config('lock_timeout', %s, true)", (_SWAP_WAIT,))
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SWAP_LOCK,))


def _serving(table: str) -> sql.Identifier:
    return sql.Identifier(DERIVED_SCHEMA, table)


def _move(connection: Connection, table: str, old: str, new: str) -> None:
    names = sql.Identifier(old, table), sql.Identifier(new)
    connection.execute(sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(*names))


def _rename(connection: Connection, old: str, new: str) -> None:
    connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def _drop(connection: Connection, schema: str) -> None:
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
