"""The PostgreSQL of one's own that the tests run against, where REGULARS_TEST_DATABASE_URL names one."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

URL = os.environ.get("REGULARS_TEST_DATABASE_URL", "")
"""A database to connect to, as a user who may create databases."""

_numbers = count(1)


@contextmanager
def own_database() -> Iterator[str]:
    """The conninfo of a new database on that server, with the extensions; dropped afterwards."""
    fresh = f"regulars_test_{os.getpid()}_{next(_numbers)}"
    name = sql.Identifier(fresh)
    with psycopg.connect(URL, autocommit=True) as link:
        link.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(name))
        try:
            made = make_conninfo(URL, dbname=fresh)
            with psycopg.connect(made, autocommit=True) as inside:
                for extension in ("pg_trgm", "unaccent"):
                    inside.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))
            yield made
        finally:
            _drop(link, name)


def _drop(link: psycopg.Connection, name: sql.Identifier) -> None:
    """Drop a database; an autovacuum worker in it, which is not ours to end, is waited for."""
    for attempt in range(50):
        try:
            link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
            return
        except psycopg.errors.InsufficientPrivilege:
            if attempt == 49:
                raise
            time.sleep(0.2)
