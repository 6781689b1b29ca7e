"""Rebuilding beside what serves: a shadow schema that is filled from the log and then takes its place."""

from psycopg import sql

from regulars.storage import faults
from regulars.storage.database import Connection
from regulars.storage.versions import DERIVED_SCHEMA

SHADOW_SCHEMA = "derived_next"
_RETIRED_SCHEMA = "derived_old"
_SWAP_LOCK = 7_205_004
_REBUILD_LOCK = 7_205_005


def hold_schema(connection: Connection) -> None:
    """Keep a swap from happening before this transaction ends; each batch's transaction begins with it."""
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", (_SWAP_LOCK,))


def begin_rebuild(connection: Connection) -> bool:
    """Make room for the shadow's tables; False where another rebuild is under way."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_REBUILD_LOCK,)).fetchone()
    if not row or not row[0]:
        return False
    for schema in (SHADOW_SCHEMA, _RETIRED_SCHEMA):
        _drop(connection, schema)
    return True


def swap(connection: Connection, place: int) -> bool:
    """Let the shadow, which has come to `place`, take over; False where what serves has come further meanwhile."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SWAP_LOCK,))
        row = connection.execute(sql.SQL("SELECT seq FROM {}").format(_cursor())).fetchone()
        if row is not None and row[0] > place:
            return False
        faults.hit("swap.before")
        _rename(connection, DERIVED_SCHEMA, _RETIRED_SCHEMA)
        _rename(connection, SHADOW_SCHEMA, DERIVED_SCHEMA)
    faults.hit("swap.after")
    _drop(connection, _RETIRED_SCHEMA)
    return True


def _cursor() -> sql.Identifier:
    return sql.Identifier(DERIVED_SCHEMA, "cursor")


def _rename(connection: Connection, old: str, new: str) -> None:
    connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def _drop(connection: Connection, schema: str) -> None:
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
