"""A newer program on what an older one made, and an older one on a newer one's: nothing is lost, nothing is guessed."""

import gzip
import hmac
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from support.frames import append, frame, installed
from support.installation import KEY, SHOP
from support.running import PATIENCE, environment, free_port

from regulars.app import DIGEST, App, schema
from regulars.cli.main import main
from regulars.identity.normalise import NORMALISER_VERSION
from regulars.identity.rules import RULES
from regulars.pipeline import Pipeline
from regulars.profiles.fragment import VERSION
from regulars.storage import log, shadow
from regulars.storage.database import Connection, WrongVersion, connect
from regulars.storage.digest import Digest, digest
from regulars.storage.faults import FAULT
from regulars.storage.inspection import versions
from regulars.storage.leadership import led
from regulars.storage.queries import start_cursor
from regulars.storage.versions import PROJECTION_VERSION

pytestmark = pytest.mark.slow

OLDER = Path(__file__).resolve().parents[1] / "fixtures" / "older" / "5d51c27.sql.gz"
EVENTS = 72
Start = Callable[..., "subprocess.Popen[bytes]"]


SINCE = {(1, 1, 1): 1}
"""Versions of the fragment, the normalisers and the rules, and the first version of the projection that has them."""


def with_secret(folder: Path) -> Path:
    """A folder that holds the secret of the older installation, as if it were its own."""
    folder.mkdir(mode=0o700)
    fingerprint = hmac.digest(KEY, b"regulars secret fingerprint", "sha256").hex()
    for name, content in (("secret", KEY.hex()), ("secret.fingerprint", fingerprint)):
        (folder / name).touch(0o600)
        (folder / name).write_text(content)
    return folder


@pytest.fixture
def older(database: str, tmp_path: Path) -> App:
    """This program on the database that an older one left."""
    with psycopg.connect(database) as link:
        link.execute(gzip.decompress(OLDER.read_bytes()))
    return installed(with_secret(tmp_path / "data"), database)


@pytest.fixture
def connection(older: App) -> Iterator[Connection]:
    with older.connect() as made:
        yield made


@pytest.fixture
def start(older: App, tmp_path: Path) -> Iterator[Start]:
    """Starts `regulars serve pipeline`; its words go to `said`."""
    made: list[subprocess.Popen[bytes]] = []

    def begin(**more: str) -> "subprocess.Popen[bytes]":
        argv = [sys.executable, "-m", "regulars", "serve", "pipeline", "--data", str(older.folder.path)]
        with (tmp_path / "said").open("wb") as out:
            made.append(subprocess.Popen(argv, env=environment() | more, stdout=out, stderr=out))
        return made[-1]

    yield begin
    for process in made:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)


def until(happens: Callable[[], bool], what: str) -> None:
    started = time.monotonic()
    while not happens():
        assert time.monotonic() - started < PATIENCE, f"{what}: not within {PATIENCE} s"
        time.sleep(0.02)


def wanted(app: App) -> tuple[int, str]:
    return PROJECTION_VERSION, app.context().rules_name


def as_if_new(app: App, conninfo: str, folder: Path) -> Digest:
    """The digest of a database that takes in the same log from the beginning with this program."""
    new = installed(with_secret(folder), conninfo)
    with app.connect() as old, new.connect() as connection:
        for row in old.execute("SELECT name, trust, id_group, precedence FROM sources").fetchall():
            connection.execute("INSERT INTO sources (name, trust, id_group, precedence) VALUES (%s, %s, %s, %s)", row)
        log.append(connection, [row.frames for row in log.read(old, 0, 1 << 30)])
        start_cursor(connection, new.context().rules_name)
        pipeline = Pipeline(connection, new.context())
        while pipeline.step():
            pass
        return digest(connection, new.context().rules_name, DIGEST)


def test_what_an_older_program_made_is_made_anew_while_it_serves(
    older: App, connection: Connection, start: Start, other_database: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert versions(connection) == (1, "rules-1")
    with pytest.raises(WrongVersion, match="was made by version 1, this is version"):
        digest(connection, "", DIGEST)
    process = start(**{FAULT: "swap.before:1:SIGSTOP"})
    until(lambda: _state(process) == "T", "just before the swap")
    assert versions(connection) == (1, "rules-1")
    assert connection.execute("SELECT count(*) FROM events JOIN bundles b ON b.key = bundle").fetchone() == (EVENTS,)
    assert main(["events", "tail", "-n", "3", "--data", str(older.folder.path)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    append(connection, frame(SHOP, {"messageId": "meanwhile", "type": "track", "event": "Seen", "userId": "ann"}))
    os.kill(process.pid, signal.SIGCONT)
    until(lambda: versions(connection) == wanted(older), "the swap")
    query = "SELECT count(*) FROM events"
    until(lambda: connection.execute(query).fetchone() == (EVENTS + 1,), "what came meanwhile")
    new = digest(connection, "", DIGEST)
    assert (new.projection, new.rules) == wanted(older)
    assert new == as_if_new(older, other_database, tmp_path / "new")
    assert "made anew from" in (tmp_path / "said").read_text() and process.poll() is None
    assert connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'derived_%'").fetchone() == (0,)


def _state(process: "subprocess.Popen[bytes]") -> str:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.slow
def test_killed_meanwhile_the_next_start_does_it(
    older: App, connection: Connection, start: Start, tmp_path: Path
) -> None:
    assert start(**{FAULT: "swap.before:1"}).wait(PATIENCE) == -signal.SIGKILL
    assert versions(connection) == (1, "rules-1")
    assert connection.execute("SELECT to_regnamespace(%s)", (shadow.SHADOW_SCHEMA,)).fetchone() != (None,)
    start()
    until(lambda: versions(connection) == wanted(older) and led(connection), "made anew")
    until(lambda: "leads from place" in (tmp_path / "said").read_text(), "leading")
    assert connection.execute("SELECT to_regnamespace(%s)", (shadow.SHADOW_SCHEMA,)).fetchone() == (None,)


@pytest.mark.slow
def test_another_rebuild_under_way_is_waited_for(
    older: App, connection: Connection, start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with older.connect() as other:
        assert shadow.begin_rebuild(other)
        process = start()
        until(lambda: "making it anew" in (tmp_path / "said").read_text(), "waiting")
        time.sleep(0.5)
        assert process.poll() is None and versions(connection) == (1, "rules-1")
    until(lambda: versions(connection) == wanted(older), "made anew")


@pytest.mark.slow
def test_changed_settings_are_taken_up_at_the_next_start(older: App, connection: Connection, start: Start) -> None:
    process = start()
    until(lambda: versions(connection) == wanted(older), "made anew")
    process.kill()
    process.wait(PATIENCE)
    path = older.folder.path / "regulars.toml"
    path.write_text(f"{path.read_text()}\n[rules]\nhub = 40\n")
    before = versions(connection)
    start()
    until(lambda: versions(connection) != before, "made anew under the new rules")


def test_an_older_program_does_not_lead_what_a_newer_one_made(
    older: App, connection: Connection, start: Start, tmp_path: Path
) -> None:
    connection.execute("UPDATE cursor SET projection_version = 99")
    assert start().wait(PATIENCE) == 1
    line = (tmp_path / "said").read_text().splitlines()[0]
    assert line.startswith("regulars: what is derived was made by version 99 with rules-1, this is version")
    assert "run that version of Regulars or a newer one" in line
    assert versions(connection) == (99, "rules-1")
    assert main(["rebuild", "--data", str(older.folder.path)]) == 0
    assert versions(connection) == wanted(older)


def test_an_older_program_does_not_start_on_a_newer_ones_truth(older: App, connection: Connection) -> None:
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    words = "a newer version of Regulars has brought this database to 9999, this one knows .* at most: run that version"
    with pytest.raises(WrongVersion, match=words):
        older.prepare()
    argv = [sys.executable, "-m", "regulars", "up", "--port", str(free_port()), "--data", str(older.folder.path)]
    ended = subprocess.run(argv, env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("regulars: a newer version of Regulars has brought this database to 9999")
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_the_older_program_keeps_appending_while_the_newer_migrates(database: str) -> None:
    """Every migration from the first on, while rows are appended as the first program did."""
    with psycopg.connect(database) as link:
        link.execute(gzip.decompress(OLDER.read_bytes()))
    done, appended = threading.Event(), 0
    errors: list[Exception] = []

    def keep_appending() -> None:
        nonlocal appended
        try:
            with connect(database, autocommit=True) as connection:
                while not done.is_set():
                    append(connection, frame(SHOP, {"messageId": f"m-{appended}", "type": "track", "event": "Seen"}))
                    appended += 1
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=keep_appending, daemon=True)
    thread.start()
    until(lambda: appended > 20 or bool(errors), "appending")
    schema().prepare(database)
    before = appended
    until(lambda: appended > before + 20 or bool(errors), "appending afterwards")
    done.set()
    thread.join(PATIENCE)
    assert errors == []
    with connect(database) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (schema().head(),)
        assert connection.execute("SELECT count(*) FROM log").fetchone() == (10 + appended,)


def columns(link: psycopg.Connection[tuple[object, ...]]) -> dict[tuple[str, str], tuple[str, bool]]:
    """Each column of the truth: its type, and whether a program that does not know it may leave it out."""
    query = """
        SELECT table_name, column_name, data_type,
            is_nullable = 'YES' OR column_default IS NOT NULL OR is_identity = 'YES'
        FROM information_schema.columns WHERE table_schema = 'regulars'
    """
    return {(str(row[0]), str(row[1])): (str(row[2]), bool(row[3])) for row in link.execute(query)}


def test_migrations_only_add(database: str) -> None:
    """So whatever an older program wrote and read it can go on writing and reading."""
    script = schema().ScriptDirectory.from_config(schema()._config())
    revisions = [each.revision for each in script.walk_revisions()][::-1]
    assert all(not hasattr(each.module, "downgrade") for each in script.walk_revisions())
    with psycopg.connect(database, autocommit=True) as link:
        known: dict[tuple[str, str], tuple[str, bool]] = {}
        for revision in revisions:
            migrate(database, revision)
            found = columns(link)
            tables = {table for table, _ in known}
            assert known.items() <= found.items(), f"{revision} drops or changes a column"
            new = {column for column in found.keys() - known.keys() if column[0] in tables}
            assert [column for column in new if not found[column][1]] == [], f"{revision} asks older programs for more"
            known = found


def migrate(conninfo: str, revision: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as link:
        link.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS regulars"))
    engine = schema()._engine(conninfo, "regulars")
    with engine.begin() as migrating:
        schema().command.upgrade(schema()._config(migrating), revision)
    engine.dispose()


def test_a_change_of_what_is_derived_raises_the_projections_version() -> None:
    """An older program tells by it alone that it is the older one: a new entry comes with a higher version."""
    assert list(SINCE.values()) == sorted(set(SINCE.values()))
    assert SINCE[VERSION, NORMALISER_VERSION, RULES.version] <= PROJECTION_VERSION
