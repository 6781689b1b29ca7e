"""A PostgreSQL of one's own: the guide's grants are enough, what is too old is refused, migrations."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from support import own_server
from support.installation import SHOP, Installation, identify, track

from regulars.app import App, schema
from regulars.cli.main import main
from regulars.settings import load
from regulars.storage import database as databases
from regulars.storage.cluster import Cluster
from regulars.storage.database import DatabaseError, connect, options
from regulars.storage.metadata import truth

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "own-postgresql.md"
ROLE = f"guide_role_{os.getpid()}"
REFUSE = """
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not allowed here'; END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION refuse();
"""


def guide(kind: str) -> list[str]:
    """The statements of a script of the guide, for a role and database of the tests."""
    script = re.search(rf"```{kind}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert script
    return [each for each in re.sub(r"\bregulars\b", ROLE, script[1]).split(";\n") if each.strip()]


@pytest.fixture
def admin(request: pytest.FixtureRequest) -> str:
    """How one reaches the server who may make roles and databases."""
    if not own_server.URL:
        cluster: Cluster = request.getfixturevalue("cluster")
        return cluster.conninfo("postgres", "postgres")
    with psycopg.connect(own_server.URL) as link:
        query = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        if link.execute(query).fetchone() != (True,):
            pytest.skip("the user of REGULARS_TEST_DATABASE_URL may not make roles")
    return own_server.URL


@pytest.fixture
def granted(admin: str) -> Iterator[str]:
    """A database as the guide has it made, and only its role to reach it by."""
    with psycopg.connect(admin, autocommit=True) as link:
        for statement in guide("sql"):
            link.execute(statement.encode())
        yield make_conninfo(admin, dbname=ROLE, user=ROLE, password="choose-one")
        link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(ROLE)))
        link.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(ROLE)))


def test_the_guides_privileges_are_enough(
    granted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(granted) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        assert row.fetchone() == (False, False, False)
    installation = Installation(granted)
    installation.send(SHOP, identify("u1", email="ada@mail.example"), track("Product Viewed", "u1", product_id="mug"))
    installation.close()
    monkeypatch.setenv("REGULARS_DATABASE_URL", granted)
    monkeypatch.setenv("REGULARS_SECRET", bytes(range(32)).hex())
    folder = tmp_path / "data"
    App(load(folder), create=True).prepare()
    said = []
    for command in ("digest", "rebuild", "digest", "backup"):
        file = [str(tmp_path / "file")] if command == "backup" else []
        assert main([command, *file, "--json", "--data", str(folder)]) == 0
        said.append(json.loads(capsys.readouterr().out))
    assert said[0] == said[2]
    assert main(["doctor", "--json", "--data", str(folder)]) == 0
    findings = {each["check"]: each["level"] for each in json.loads(capsys.readouterr().out)["findings"]}
    assert findings.pop("leader") == "warn"
    assert set(findings.values()) <= {"ok", "warn"}


def test_extensions_that_an_administrator_made_are_not_asked_for(cluster: Cluster, granted: str, admin: str) -> None:
    """As on a server that refuses its users even CREATE EXTENSION IF NOT EXISTS."""
    with psycopg.connect(make_conninfo(admin, dbname=ROLE), autocommit=True) as link:
        for statement in guide("sql extensions"):
            link.execute(statement.encode())
        link.execute(REFUSE)
    with psycopg.connect(granted) as link, pytest.raises(psycopg.Error, match="not allowed here"):
        link.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public")
    schema().prepare(granted)
    schema().prepare(granted)


def test_an_older_server_is_refused(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is none at hand, so the oldest that is supported is raised above the one that there is."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database)
    monkeypatch.setattr(databases, "OLDEST", 99)
    with pytest.raises(DatabaseError, match=r"this is PostgreSQL \d+.*: Regulars needs 99 or newer"):
        App(load(tmp_path / "data"), create=True).prepare()
    with psycopg.connect(database) as link:
        assert link.execute("SELECT to_regnamespace('regulars')").fetchone() == (None,)


def test_a_migrated_database_is_what_the_definitions_say(database: str) -> None:
    schema().prepare(database)
    creator = lambda: psycopg.connect(database, options=options("regulars"))  # noqa: E731
    engine = create_engine("postgresql+psycopg://", creator=creator, poolclass=NullPool)
    with engine.connect() as connection:
        wanted = {"include_name": lambda name, kind, _: not (kind == "table" and name == "alembic_version")}
        context = MigrationContext.configure(connection, opts={"compare_server_default": True, **wanted})
        assert compare_metadata(context, truth) == []
    engine.dispose()


def test_the_truth_has_no_foreign_keys() -> None:
    """A restore fills the tables one after another."""
    schema()
    assert [table.name for table in truth.tables.values() if table.foreign_keys] == []


def test_a_migration_does_not_wait_long_for_a_table(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    schema().prepare(database)
    monkeypatch.setattr(schema(), "_LONGEST_WAIT", "100ms")
    with connect(database) as reader:
        reader.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DatabaseError, match="a table to migrate is in use"):
            schema().prepare(database)
