"""The doctor: each thing that can be wrong is found, said with how to mend it, and told by the exit code."""

import json
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from support.installation import SHOP, Installation, identify

from regulars.app import App
from regulars.cli import doctor_machine
from regulars.cli.findings import Finding, Level
from regulars.cli.main import main
from regulars.model.retention import CLASSES
from regulars.settings import load
from regulars.storage import retention
from regulars.storage.leadership import lead

Findings = dict[str, Finding]
DAY = 86_400_000_000


@pytest.fixture
def folder(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder on the installation's database."""
    made = tmp_path / "data"
    monkeypatch.setenv("REGULARS_DATABASE_URL", installation.conninfo)
    monkeypatch.setenv("REGULARS_SECRET", bytes(range(32)).hex())
    App(load(made), create=True).prepare()
    return made


@pytest.fixture(autouse=True)
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """How much room this machine has is not what is tested."""
    monkeypatch.setattr(doctor_machine, "LEAST_FREE", 0)
    monkeypatch.setattr(doctor_machine, "LOW_FREE", 0)


def examined(folder: Path, capsys: pytest.CaptureFixture[str], code: int) -> Findings:
    """The findings by their check; the exit code must be this, and the last line must say what failed."""
    capsys.readouterr()
    assert main(["doctor", "--json", "--data", str(folder)]) == code
    said = capsys.readouterr()
    result: dict[str, Any] = json.loads(said.out)
    found = {
        each["check"]: Finding(each["check"], Level(each["level"]), *list(each.values())[2:])
        for each in result["findings"]
    }
    failed = [name for name, each in found.items() if each.level is Level.FAIL]
    assert result["ok"] is not failed and (code == 1) == bool(failed)
    assert all(name in said.err for name in failed)
    assert all(bool(each.mend) == (each.level is not Level.OK) for each in found.values())
    return found


def level(found: Findings, check: str, wanted: Level) -> str:
    """What is said of a check, which must stand so."""
    assert found[check].level is wanted, found[check]
    return found[check].found


def test_a_folder_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter").write_text("dear")
    for path in (tmp_path / "nothing", tmp_path / "letter", tmp_path):
        assert main(["doctor", "--data", str(path)]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert len(said.err.splitlines()) == 1


def test_an_installation_that_does_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "data"
    App(load(folder, {}), create=True)
    found = examined(folder, capsys, 1)
    assert "is not running" in level(found, "database", Level.FAIL)
    assert level(found, "secret", Level.OK)
    assert "leader" not in found
    (folder / "secret").chmod(0o640)
    (folder / "run").chmod(0o755)
    found = examined(folder, capsys, 1)
    assert str(folder / "secret") in level(found, "folder", Level.FAIL)
    assert str(folder / "run") in found["folder"].mend
    (folder / "secret").unlink()
    found = examined(folder, capsys, 1)
    assert "not there" in level(found, "secret", Level.FAIL)
    assert not (folder / "secret").exists(), "the doctor has made a secret"


def test_a_wrong_secret_and_no_room(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_machine, "LOW_FREE", 1 << 62)
    assert "free" in level(examined(folder, capsys, 0), "disk", Level.WARN)
    monkeypatch.setattr(doctor_machine, "LEAST_FREE", 1 << 62)
    monkeypatch.setenv("REGULARS_SECRET", "ab" * 32)
    found = examined(folder, capsys, 1)
    assert level(found, "disk", Level.FAIL)
    assert "not the secret" in level(found, "secret", Level.FAIL)


def test_a_database_that_cannot_be_reached_or_is_bare(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = make_conninfo(load(folder).database_url, dbname="postgres")
    monkeypatch.setenv("REGULARS_DATABASE_URL", bare)
    found = examined(folder, capsys, 1)
    assert "pg_trgm" in level(found, "extensions", Level.FAIL)
    assert "CREATE EXTENSION pg_trgm" in found["extensions"].mend
    assert level(found, "migrations", Level.FAIL)
    monkeypatch.setenv("REGULARS_DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    assert level(examined(folder, capsys, 1), "database", Level.FAIL)


def test_versions_that_do_not_match(
    folder: Path, installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.connection.execute("UPDATE cursor SET rules = 'rules-0'")
    assert examined(folder, capsys, 1)["derived"].mend == "start the pipeline anew: it makes all of it anew"
    installation.connection.execute("UPDATE cursor SET projection_version = 99")
    assert examined(folder, capsys, 1)["derived"].mend == "run the newer version of Regulars"
    installation.connection.execute("UPDATE alembic_version SET version_num = '9999'")
    found = examined(folder, capsys, 1)
    assert "does not know" in level(found, "migrations", Level.FAIL)
    installation.connection.execute("DELETE FROM cursor")
    assert "never ran" in level(examined(folder, capsys, 1), "derived", Level.WARN)


def test_durability_is_checked(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "")
    url = load(folder).database_url
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off")
        try:
            assert "synchronous_commit = off" in level(examined(folder, capsys, 1), "durability", Level.FAIL)
        finally:
            link.execute("ALTER ROLE CURRENT_USER RESET synchronous_commit")


def test_clocks_that_differ(
    folder: Path, installation: Installation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.cli.doctor_database.time.time_ns", lambda real=time.time_ns: real() - 5_000_000_000)
    assert "5.0 s apart" in level(examined(folder, capsys, 0), "clocks", Level.WARN)
    monkeypatch.setattr("regulars.cli.doctor_database.time.time_ns", lambda: 1_700_000_000_000_000_000)
    assert "off" in level(examined(folder, capsys, 1), "clocks", Level.FAIL)
    installation.send(SHOP, identify("u1"))
    assert "in the future" in level(examined(folder, capsys, 1), "clocks", Level.FAIL)


def test_a_pipeline_that_is_behind_and_what_was_rejected(
    folder: Path, installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    found = examined(folder, capsys, 0)
    assert level(found, "leader", Level.WARN) == "no pipeline is running"
    assert level(found, "lag", Level.OK) == level(found, "lag", Level.OK)
    installation.send(SHOP, identify("u1"), {"type": "nothing"})
    now = time.time_ns() // 1000
    installation.connection.execute("UPDATE log SET received = %s", (now,))
    installation.connection.execute("UPDATE rejected SET received = %s", (now,))
    found = examined(folder, capsys, 0)
    assert "1 of 2 items" in level(found, "rejected", Level.WARN)
    with App(load(folder)).connect() as leading:
        lead(leading)
        found = examined(folder, capsys, 0)
        assert level(found, "leader", Level.OK)
        installation.connection.execute("UPDATE cursor SET seq = 0")
        installation.connection.execute("UPDATE log SET received = %s", (now - 600_000_000,))
        assert "2 items to take in" in level(examined(folder, capsys, 0), "lag", Level.WARN)
        # The server takes a moment to notice that a connection is closed.
        leading.execute("SELECT pg_advisory_unlock_all()")
    assert level(examined(folder, capsys, 1), "leader", Level.FAIL)


def test_shared_identifiers_are_told_without_their_values(
    folder: Path, installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in range(5):
        installation.send(SHOP, identify(f"u{n}", "kiosk-7", email=f"u{n}@mail.example"))
    found = examined(folder, capsys, 0)
    said = level(found, "identifiers", Level.OK)
    assert "anonymous_id" in said
    assert "kiosk-7" not in str(found)
    installation.connection.execute("UPDATE identifiers SET standing = 'left_out' WHERE type = 'anonymous_id'")
    assert "1 left out" in level(examined(folder, capsys, 0), "identifiers", Level.WARN)


def test_retention_that_did_not_run(
    folder: Path, installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "nothing is old enough" in level(examined(folder, capsys, 0), "retention", Level.OK)
    installation.send(SHOP, identify("u1"))
    found = examined(folder, capsys, 0)
    assert ", ".join(CLASSES) in level(found, "retention", Level.WARN)
    now = time.time_ns() // 1000
    for kind in CLASSES:
        retention.finish(installation.connection, retention.begin(installation.connection, kind, 0, now), now)
    assert level(examined(folder, capsys, 0), "retention", Level.OK) == "ran in the last two days"
    failed = retention.begin(installation.connection, "audit", 0, now)
    retention.finish(installation.connection, failed, now, "broken off")
    assert level(examined(folder, capsys, 0), "retention", Level.OK)
    installation.connection.execute("UPDATE retention_runs SET finished = %s WHERE class = 'audit'", (now - 3 * DAY,))
    assert "two days: audit" in level(examined(folder, capsys, 0), "retention", Level.WARN)
    (folder / "regulars.toml").write_text('[retention]\naudit = "none"\n')
    (folder / "regulars.toml").chmod(0o600)
    assert level(examined(folder, capsys, 0), "retention", Level.OK)
