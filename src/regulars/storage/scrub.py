"""Old versions of rows, which PostgreSQL keeps in its files after an erasure, taken out of them."""

import psycopg
from psycopg import sql

from regulars.storage.database import Connection
from regulars.storage.versions import DERIVED_SCHEMA, TRUTH_SCHEMA

TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = ANY(%s) ORDER BY pg_total_relation_size(c.oid), 1, 2
"""


def scrub(connection: Connection) -> list[str]:
    """Write every table anew without its dead rows, with fresh statistics; returns what this user may not do.

    Each table is locked while it is written, so writers wait for about as long as it takes to copy it. What stays are
    the WAL files, until PostgreSQL writes over them (docs/guides/erase-and-export.md).
    """
    schemas = [TRUTH_SCHEMA, DERIVED_SCHEMA]
    for schema, table in connection.execute(TABLES, (schemas,)).fetchall():
        connection.execute(sql.SQL("VACUUM (FULL, ANALYZE) {}").format(sql.Identifier(schema, table)))
    return [words for words in map(lambda each: _try(connection, *each), _PRIVILEGED) if words]


_PRIVILEGED = (
    ("VACUUM (FULL) pg_catalog.pg_statistic", "the planner's old statistics"),
    ("CHECKPOINT", "pages that wait to be written"),
    ("SELECT pg_switch_wal()", "the newest WAL file"),
)


def _try(connection: Connection, command: str, left: str) -> str:
    try:
        connection.execute(command)
    except psycopg.errors.InsufficientPrivilege:
        return left
    return ""
