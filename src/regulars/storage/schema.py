"""The schemas in the database: the truth is migrated, what is derived is made anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection as Connectable
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from regulars.storage.database import Connection, DatabaseError, WrongVersion, connect, options, require_version
from regulars.storage.metadata import derived
from regulars.storage.versions import DERIVED_SCHEMA, TRUTH_SCHEMA

_MIGRATION_LOCK = 7_205_001
_LONGEST_WAIT = "5s"
EXTENSIONS = ("pg_trgm", "unaccent")


def prepare(conninfo: str) -> None:
    """Bring the truth to the newest migration and make the derived tables where there are none; safe to repeat."""
    with connect(conninfo, autocommit=True) as connection:
        require_version(connection)
        connection.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        _make_room(connection)
        _migrate(conninfo)
        create_derived(conninfo, DERIVED_SCHEMA)


def head() -> str:
    """The newest revision that this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def knows(revision: str) -> bool:
    """Whether this program knows how the truth looked at a revision."""
    return revision in {each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()}


@contextmanager
def filling(conninfo: str, revision: str) -> Iterator[Connection]:
    """The truth's tables, new and empty, as of a revision, for the caller to fill through this connection.

    Afterwards they are brought to the newest revision, and all is committed at once; an error takes all back.
    """
    engine = _engine(conninfo, TRUTH_SCHEMA)
    try:
        with engine.begin() as migrating:
            connection = migrating.connection.driver_connection
            assert isinstance(connection, psycopg.Connection)
            require_version(connection)
            _make_room(connection)
            command.upgrade(_config(migrating), revision)
            yield connection
            command.upgrade(_config(migrating), "head")
    finally:
        engine.dispose()


def create_derived(conninfo: str, schema: str) -> None:
    """Make the derived tables in a schema of their own; what is there already stays."""
    with connect(conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    engine = _engine(conninfo, schema)
    with engine.begin() as connection:
        derived.create_all(connection.execution_options(schema_translate_map={None: schema}), checkfirst=True)
    engine.dispose()


def _require_known(migrating: Connectable) -> None:
    """Raises WrongVersion where a newer program has migrated the truth."""
    found = MigrationContext.configure(migrating, opts={"version_table_schema": TRUTH_SCHEMA}).get_current_revision()
    if found is not None and not knows(found):
        raise WrongVersion(
            f"a newer version of Regulars has brought this database to {found}, this one knows {head()} at most: "
            "run that version, or a newer one"
        )


def _migrate(conninfo: str) -> None:
    engine = _engine(conninfo, TRUTH_SCHEMA)
    try:
        with engine.begin() as migrating:
            # Whoever comes after a migration that waits for a table must wait as well, appenders included.
            migrating.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LONGEST_WAIT}'")
            _require_known(migrating)
            command.upgrade(_config(migrating), "head")
    except OperationalError as error:
        if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise
        raise DatabaseError(
            "a table to migrate is in use, perhaps by a back-up: start again when that is done"
        ) from None
    finally:
        engine.dispose()


def _make_room(connection: Connection) -> None:
    """Make the extensions and the schema, where they are not there: a server may forbid even to ask for what is."""
    there = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
    for name in EXTENSIONS:
        if name not in there:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(sql.Identifier(name)))
    if connection.execute("SELECT to_regnamespace(%s)", (TRUTH_SCHEMA,)).fetchone() == (None,):
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(TRUTH_SCHEMA)))


def _config(connection: Any = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _engine(conninfo: str, schema: str) -> Engine:
    return create_engine("postgresql+psycopg://", creator=lambda: _creator(conninfo, schema), poolclass=NullPool)


def _creator(conninfo: str, schema: str) -> psycopg.Connection[Any]:
    return psycopg.connect(conninfo, options=options(schema))
