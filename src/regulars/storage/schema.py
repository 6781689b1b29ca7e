"""The schemas in the database: the truth is migrated, what is derived is made anew."""

from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from regulars.storage.database import connect, options
from regulars.storage.metadata import derived
from regulars.storage.versions import DERIVED_SCHEMA, TRUTH_SCHEMA

_MIGRATION_LOCK = 7_205_001


def prepare(conninfo: str) -> None:
    """Bring the truth to the newest migration and make the derived tables where there are none; safe to repeat."""
    with connect(conninfo, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        for name in ("pg_trgm", "unaccent"):
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(TRUTH_SCHEMA)))
        _migrate(conninfo)
        create_derived(conninfo, DERIVED_SCHEMA)


def create_derived(conninfo: str, schema: str) -> None:
    """Make the derived tables in a schema of their own; what is there already stays."""
    with connect(conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    engine = create_engine("postgresql+psycopg://", creator=lambda: _creator(conninfo, schema), poolclass=NullPool)
    with engine.begin() as connection:
        derived.create_all(connection.execution_options(schema_translate_map={None: schema}), checkfirst=True)
    engine.dispose()


def _migrate(conninfo: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: _creator(conninfo, TRUTH_SCHEMA), poolclass=NullPool
    )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


def _creator(conninfo: str, schema: str) -> psycopg.Connection[Any]:
    return psycopg.connect(conninfo, options=options(schema))
