"""Connections to PostgreSQL."""

from typing import Any

import psycopg

from regulars.storage.versions import DERIVED_SCHEMA, TRUTH_SCHEMA

Connection = psycopg.Connection[tuple[Any, ...]]

OLDEST = 16
"""The oldest major version of PostgreSQL that is supported."""


class DatabaseError(Exception):
    """The database cannot be used; the message says why and how to mend it."""


class WrongVersion(DatabaseError):
    """The server is too old, or the database is a newer program's; trying again does not help."""


def options(schema: str = DERIVED_SCHEMA) -> str:
    """The connection option that makes unqualified names mean this derived schema, then the truth."""
    return f"-c search_path={schema},{TRUTH_SCHEMA},public"


def connect(conninfo: str, schema: str = DERIVED_SCHEMA, autocommit: bool = False) -> Connection:
    """A connection on which SQL names tables without their schema; raises DatabaseError where it cannot be had."""
    try:
        return psycopg.connect(conninfo, options=options(schema), autocommit=autocommit)
    except psycopg.OperationalError as error:
        raise DatabaseError(f"PostgreSQL cannot be reached ({error}); is `regulars up` running?") from error


def require_version(connection: Connection) -> None:
    """Raises WrongVersion where the server is too old."""
    if connection.info.server_version < OLDEST * 10_000:
        found = connection.info.parameter_status("server_version")
        raise WrongVersion(f"this is PostgreSQL {found}: Regulars needs {OLDEST} or newer; move the database to one")
