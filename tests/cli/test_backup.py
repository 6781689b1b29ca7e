"""Back-up and restore: what is refused, what is left behind by a failure, and that what comes back is the same."""

import contextlib
import json
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from support.installation import RECEIVED, Installation, identify, track

from regulars.app import App
from regulars.cli import backup
from regulars.cli.main import main
from regulars.collection.receive import receive
from regulars.model.source import Source, Trust
from regulars.settings import load
from regulars.storage import log
from regulars.storage.archive import Writer, check
from regulars.storage.backup import HEADER, write_tables
from regulars.storage.cluster import Cluster
from regulars.storage.folder import RESTORING, DataFolder, FolderError

pytestmark = pytest.mark.slow

SHOP = Source("shop", Trust.SERVER, "shop", 5)


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any, str]:
    """A command with --json: its exit code, its result, what it said on stderr."""
    capsys.readouterr()
    code = main([*map(str, arguments), "--json"])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else None, said.err


def line(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line of a command that fails as it should."""
    code, result, error = told(capsys, *arguments)
    assert (code, result) == (1, None)
    assert len(error.splitlines()) == 1, error
    return error


@pytest.fixture
def shop(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose database holds two customers, something rejected, an audit row and a key."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "secret").write_text(installation_key())
    (folder / "secret.fingerprint").write_text("")
    (folder / "regulars.toml").write_text(f'database_url = {json.dumps(installation.conninfo)}\ncurrency = "EUR"\n')
    (folder / "erasures.jsonl").write_text("")
    (folder / "demo.imported").touch()
    app = App(load(folder, {}))
    app.prepare()
    installation.send(SHOP, identify("u1", email="ada@mail.example"), track("Product Viewed", "u1", product_id="mug"))
    installation.send(
        SHOP, identify("u2", email="bob@mail.example"), {"type": "track", "event": "x", "timestamp": "soon"}
    )
    monkeypatch.delenv("REGULARS_DATABASE_URL", raising=False)
    return folder


def installation_key() -> str:
    return bytes(range(32)).hex() + "\n"


def digest(capsys: pytest.CaptureFixture[str], folder: Path) -> str:
    code, result, error = told(capsys, "digest", "--data", folder)
    assert code == 0, error
    # The rules it names differ: the installation folds without a currency.
    return json.dumps(result["parts"], sort_keys=True)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[None]:
    cluster = Cluster(DataFolder(folder), "32MB")
    cluster.start()
    try:
        yield
    finally:
        cluster.stop()


def test_a_back_up_that_cannot_be_written_leaves_nothing(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("precious")
    assert "there already" in line(capsys, "backup", taken, "--data", shop)
    assert taken.read_text() == "precious"
    assert "cannot be written" in line(capsys, "backup", tmp_path / "no" / "file", "--data", shop)
    assert "no data folder" in line(capsys, "backup", tmp_path / "new", "--data", tmp_path / "no")

    def full(path: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left" in line(capsys, "backup", tmp_path / "new", "--data", shop)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop", "taken"]


def test_what_is_refused_makes_nothing(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, new = tmp_path / "file", tmp_path / "new"
    assert told(capsys, "backup", file, "--data", shop)[0] == 0
    letter = tmp_path / "letter"
    letter.write_text("dear")
    assert "no back-up of Regulars" in line(capsys, "restore", letter, "--data", new)
    assert "cannot be read" in line(capsys, "restore", tmp_path / "nowhere", "--data", new)
    letter.write_bytes(file.read_bytes()[:-1])
    assert "is damaged" in line(capsys, "restore", letter, "--data", new)
    assert not new.exists()
    assert "not empty" in line(capsys, "restore", file, "--data", shop)
    assert "Not a directory" in line(capsys, "restore", file, "--data", letter)


def test_a_back_up_of_a_newer_version_is_refused(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, change in (("revision", {"revision": "9999"}), ("layout", {"layout": 99})):
        file = tmp_path / name
        with App(load(shop, {})).connect() as connection, file.open("wb") as out:
            writer = _Changed(out, change)
            write_tables(connection, writer, "rules")
            writer.close()
        assert "newer" in line(capsys, "restore", file, "--data", tmp_path / "new")


class _Changed(Writer):
    """Writes another header than it is given."""

    def __init__(self, file: Any, change: dict[str, Any]) -> None:
        super().__init__(file)
        self._change = change

    def add_file(self, name: str, content: bytes) -> None:
        if name == HEADER:
            content = json.dumps({**json.loads(content), **self._change}).encode()
        super().add_file(name, content)


def test_what_is_restored_is_the_same_and_goes_on(
    shop: Path, installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, new = tmp_path / "file", tmp_path / "deep" / "new"
    before = digest(capsys, shop)
    code, result, _ = told(capsys, "backup", file, "--data", shop)
    assert (code, result["rows"]["log"]) == (0, 2)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(check(file).files) == {HEADER, "secret", *backup.FILES, "manifest.json"}
    code, result, error = told(capsys, "restore", file, "--data", new)
    assert code == 0, error
    assert result["events"] == 3
    assert not (new / RESTORING).exists()
    assert (new / "secret").read_text() == installation_key()
    settings = load(new, {})
    assert (settings.database_url, settings.currency) == ("", "EUR")
    for path in (new / "secret", new / "regulars.toml"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with running(new):
        assert digest(capsys, new) == before
        _, rejected, _ = told(capsys, "rejected", "list", "--data", new)
        assert rejected["reason"]
        with App(load(new, {})).connect() as restored:
            for table in ("log", "sources", "keys", "issued_ids", "audit", "installation"):
                query = f"SELECT * FROM {table} ORDER BY 1".encode()
                assert restored.execute(query).fetchall() == installation.connection.execute(query).fetchall()
            last = log.last(restored)
            log.append(restored, [[receive(SHOP, "track", b'{"event":"x","userId":"u1"}', "", RECEIVED)]])
            assert log.last(restored) == last + 1


def test_a_restore_that_fails_leaves_an_empty_folder(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, new = tmp_path / "file", tmp_path / "new"
    assert told(capsys, "backup", file, "--data", shop)[0] == 0
    monkeypatch.setenv("REGULARS_SECRET", "ab" * 32)
    monkeypatch.setenv("REGULARS_DATABASE_URL", load(shop, {}).database_url)
    assert "already: restore into an empty database" in line(capsys, "restore", file, "--data", new)
    assert list(new.iterdir()) == []


def test_a_folder_whose_restore_broke_off_is_not_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / RESTORING).touch()
    with pytest.raises(FolderError, match="restore again"):
        DataFolder(tmp_path / "data")
    assert "restore again" in line(capsys, "up", "--data", tmp_path / "data")


def test_a_back_up_under_load_is_of_one_moment(
    shop: Path,
    installation: Installation,
    other_database: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And goes into another PostgreSQL, with the secret from the environment, which then is in no file."""
    file, new = tmp_path / "file", tmp_path / "new"
    done = threading.Event()

    def write() -> None:
        with App(load(shop, {})).connect() as connection:
            n = 0
            while not done.is_set():
                n += 1
                body = json.dumps({"event": "x", "userId": f"u{n}", "messageId": f"m{n}"}).encode()
                log.append(connection, [[receive(SHOP, "track", body, "", RECEIVED)]])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        code, result, error = told(capsys, "backup", file, "--data", shop)
    finally:
        done.set()
        writer.join()
    assert code == 0, error
    monkeypatch.setenv("REGULARS_DATABASE_URL", other_database)
    monkeypatch.setenv("REGULARS_SECRET", installation_key().strip())
    with psycopg.connect(other_database, autocommit=True) as link:
        link.execute("CREATE SCHEMA IF NOT EXISTS regulars")
    code, restored, error = told(capsys, "restore", file, "--data", new)
    assert code == 0, error
    assert restored["rows"] == result["rows"]
    assert not (new / "secret").exists()
    assert not (new / "postgres").exists() or list((new / "postgres").iterdir()) == []
    query = b"SELECT * FROM log WHERE seq <= %s ORDER BY seq"
    with App(load(new)).connect() as there:
        last = log.last(there)
        assert there.execute(query, (last,)).fetchall() == installation.connection.execute(query, (last,)).fetchall()
        assert result["rows"]["log"] == len(there.execute(query, (last,)).fetchall())


def test_a_restore_into_another_postgresql_that_fails_can_be_repeated(
    shop: Path, other_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, new = tmp_path / "file", tmp_path / "new"
    before = told(capsys, "digest", "--data", shop)[1]["parts"]
    assert told(capsys, "backup", file, "--data", shop)[0] == 0
    monkeypatch.setenv("REGULARS_DATABASE_URL", other_database)

    def broken(*_: object) -> None:
        raise psycopg.OperationalError("the server went away")

    with monkeypatch.context() as patched:
        patched.setattr("regulars.pipeline.Pipeline.step", broken)
        code, result, error = told(capsys, "restore", file, "--data", new)
        assert (code, result) == (1, None)
        assert "folder and database are empty again" in error and "PostgreSQL broke off" in error
        assert list(new.iterdir()) == []
        # As a kill would leave it: nothing is taken back.
        patched.setattr("regulars.cli.restore.take_back", broken)
        code, result, error = told(capsys, "restore", file, "--data", new)
        assert (code, result) == (1, None) and "restore into it again" in error
    with psycopg.connect(other_database) as link:
        assert link.execute("SELECT count(*) FROM regulars.log").fetchone() == (2,)
    code, result, error = told(capsys, "restore", file, "--data", new)
    assert code == 0, error
    assert "dropped what a restore that broke off had left" in error
    assert told(capsys, "digest", "--data", new)[1]["parts"] == before
    assert "already: restore into an empty database" in line(capsys, "restore", file, "--data", tmp_path / "third")
