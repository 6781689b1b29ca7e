"""The embedded PostgreSQL of a data folder: made, started, checked and stopped by ourselves."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from regulars.storage import binaries
from regulars.storage.folder import DATABASE, DataFolder, FolderError, open_log, private_folder
from regulars.storage.processes import HAS_PROC, die_with_parent, send, started, wait_gone, working_in
from regulars.storage.server_settings import DURABLE, INCLUDE, settings_text

MAJOR = "18"
SUPERUSER = "postgres"
EXTENSIONS = ("pg_trgm", "unaccent")
STARTUP_SECONDS = 900.0
FAST_SECONDS = 30.0
# SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one
STOP = ((signal.SIGINT, FAST_SECONDS), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))


class Launch(NamedTuple):
    """How to run the server: `argv` and the keyword arguments that `subprocess.Popen` needs beside it."""

    argv: list[str]
    arguments: Mapping[str, Any]


class Cluster:
    """PostgreSQL in `folder.postgres`, reached only through a socket in a 0700 folder, by password.

    Use `start` and `stop`; or, to supervise the process oneself, `prepare`, `launch` and `ready`, which may be called
    again after each end of the server. What must be mended is a FolderError.
    """

    def __init__(self, folder: DataFolder, shared_buffers: str = "256MB") -> None:
        self.folder = folder
        self.shared_buffers = shared_buffers
        self._process: subprocess.Popen[bytes] | None = None
        self._handles: dict[Path, int] = {}
        self._prepared = ""

    def conninfo(self, database: str = DATABASE, user: str = DATABASE) -> str:
        """How to reach a database of the server; the users are `regulars` and, for set-up only, `postgres`."""
        return self.folder.conninfo(database, user)

    def start(self) -> None:
        """Start the server and wait until it answers, first stopping one that an earlier run left behind.

        It ends with this process where the caller is the main thread (Linux); else `stop` must be called.
        """
        self.prepare()
        launch = self.launch()
        main = threading.current_thread() is threading.main_thread()
        tie = die_with_parent(signal.SIGINT) if main else None
        with open_log(self._start_log) as log:
            self._process = subprocess.Popen(  # a group of its own: Ctrl-C at the terminal is for us
                launch.argv, stdout=log, stderr=log, preexec_fn=tie, process_group=0, **launch.arguments
            )
        try:
            self.ready(self._process.pid)
        except BaseException as error:
            self.stop()
            if isinstance(error, psycopg.Error):
                raise FolderError(f"PostgreSQL of {self.folder.path} could not be set up: {error}") from error
            raise

    def stop(self) -> None:
        """Stop whatever server owns the folder: fast, after 30 s at once; returns when no process of it is left."""
        if self._postmaster() is not None:
            self._pg_ctl_stop("fast", FAST_SECONDS)
            if self._postmaster() is not None:
                self._pg_ctl_stop("immediate", 10)
        self._end_leftovers()
        if self._process is not None:
            self._process.wait()
            self._process = None
        self._close_handles()
        with suppress(OSError):  # one in the system's temp folder; it stays if anything is left in it
            if not self.folder.sockets.is_relative_to(self.folder.path):
                self.folder.sockets.rmdir()

    def running(self) -> bool:
        """Whether a live postgres process of this very folder answers `SELECT 1`."""
        return self._postmaster() is not None and self._answers() is None

    def prepare(self) -> None:
        """All that comes before the server: end leftovers, remove stale lock files, initdb if new, settings."""
        self.stop()
        self._prepared = datetime.now(UTC).isoformat(" ", "milliseconds")[:23]
        user = self._user
        private_folder(self.folder.postgres, user)
        self._check_version()
        for folder in (self.folder.sockets, self.folder.logs / "postgres"):
            private_folder(folder, user)
        for stale in (self.folder.postgres / "postmaster.pid", *self.folder.sockets.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)
        self._write_settings()
        self._start_log.unlink(missing_ok=True)

    def launch(self) -> Launch:
        """How to run the server in the foreground, after `prepare`; it logs to `logs/postgres/`."""
        argv = [str(self._programs / "postgres"), "-D", self._reach(self.folder.postgres)]
        argv += ["-c", f"unix_socket_directories={self._reach(self.folder.sockets)}"]
        argv += ["-c", f"log_directory={self._reach(self.folder.logs / 'postgres')}"]
        return Launch(argv, self._arguments())

    def ready(self, pid: int) -> None:
        """Wait until the server answers, however long it recovers; then set up and check what must hold.

        Raises FolderError when the process ends, or does not answer within 15 minutes; psycopg.Error when it breaks off
        while it is set up.
        """
        deadline, pause = time.monotonic() + STARTUP_SECONDS, 0.02
        while (reason := self._answers()) is not None:
            if started(pid) is None:
                raise FolderError(f"PostgreSQL of {self.folder.path} did not start: {self._why()}")
            if "password authentication failed" in reason:
                raise FolderError(f"PostgreSQL refuses the password in {self.folder.path}: restore postgres.password")
            if time.monotonic() > deadline:
                raise FolderError(f"PostgreSQL of {self.folder.path} does not answer ({reason}): see {self._start_log}")
            time.sleep(pause)
            pause = min(1.0, pause * 1.3)
        self._set_up()
        self._assert_durable()

    @property
    def _user(self) -> binaries.ServerUser:
        return binaries.server_user(self.folder.postgres)

    @property
    def _programs(self) -> Path:
        return binaries.programs(self._user)

    @property
    def _making(self) -> Path:
        return self.folder.path / "postgres.new"

    @property
    def _start_log(self) -> Path:
        return self.folder.logs / "postgres.log"

    def _reach(self, path: Path) -> str:
        """A name by which the server's user reaches `path`, although the folders above it are closed to that user.

        Root hands over an open directory, and the server names it through /proc; so no folder need be opened to others.
        """
        if not (self._user.dropped and HAS_PROC):
            return str(path)
        if path not in self._handles:
            self._handles[path] = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return f"/proc/self/fd/{self._handles[path]}"

    def _close_handles(self) -> None:
        for handle in self._handles.values():
            os.close(handle)
        self._handles.clear()

    def _arguments(self) -> dict[str, Any]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
        base = {"stdin": subprocess.DEVNULL, "cwd": "/", "env": kept, "umask": 0o077}
        return base | self._user.arguments() | {"pass_fds": tuple(self._handles.values())}

    def _run(self, program: str, *options: str) -> subprocess.CompletedProcess[str]:
        argv = [str(self._programs / program), *options]
        tie = die_with_parent(signal.SIGKILL)  # an initdb that outlives us would meet the next one
        return subprocess.run(
            argv, capture_output=True, text=True, errors="replace", check=False, preexec_fn=tie, **self._arguments()
        )

    def _postmaster(self) -> int | None:
        """The pid in postmaster.pid, if that process is a postgres of this very folder."""
        try:
            pid = int((self.folder.postgres / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if pid in working_in(self.folder.postgres, "postgres") else None

    def _pg_ctl_stop(self, mode: str, seconds: float) -> None:
        data = self._reach(self.folder.postgres)
        self._run("pg_ctl", "stop", "-D", data, "-m", mode, "-w", "-t", str(int(seconds)), "-s")

    def _end_leftovers(self) -> None:
        """End processes without a live postmaster: they still hold shared memory, which no new server may meet."""
        folders = (self.folder.postgres, self._making)
        for number, seconds in ((signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            left = [pid for folder in folders for pid in working_in(folder, "postgres")]
            for pid in left:
                send(pid, number)
            if not wait_gone(left, seconds):
                return
        raise FolderError(f"an older PostgreSQL of {self.folder.path} cannot be ended: end processes {left} by hand")

    def _check_version(self) -> None:
        version = self.folder.postgres / "PG_VERSION"
        if not version.exists():
            self._make()
        found = version.read_text().strip()
        if found != MAJOR:
            raise FolderError(
                f"{self.folder.path} was made by PostgreSQL {found}, this is {MAJOR}: "
                "restore a back-up into a new folder, or use the version of Regulars that made it"
            )

    def _make(self) -> None:
        """Run initdb beside the final place and move it there whole, so that a kill leaves nothing half made."""
        if any(self.folder.postgres.iterdir()):
            raise FolderError(f"{self.folder.postgres} holds files but no database: restore a back-up, or remove it")
        making = self._making
        if making.exists():
            shutil.rmtree(making)
        private_folder(making, self._user)
        passwords = self.folder.path / "initdb.password"
        passwords.unlink(missing_ok=True)
        handle = os.open(passwords, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            os.write(handle, self.folder.password(SUPERUSER).encode() + b"\n")
            os.fchown(handle, *self._user)
            self._handles[passwords] = handle
            self._initdb(making, self._reach(passwords))
        finally:
            os.close(self._handles.pop(passwords, handle))
            passwords.unlink(missing_ok=True)
            if (made := self._handles.pop(making, None)) is not None:
                os.close(made)
        os.rename(making, self.folder.postgres)

    def _initdb(self, making: Path, passwords: str) -> None:
        # the built-in provider sorts the same on every machine and version of the C library
        done = self._run(
            "initdb", "-D", self._reach(making), "-U", SUPERUSER, f"--pwfile={passwords}", "--data-checksums",
            "--auth-local=scram-sha-256", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--text-search-config=simple",
        )  # fmt: skip
        if done.returncode != 0:
            raise FolderError(f"PostgreSQL could not be set up in {self.folder.path}: {_last_line(done.stderr)}")
        with open(making / "postgresql.conf", "a") as file:
            file.write(INCLUDE)

    def _write_settings(self) -> None:
        path = self.folder.postgres / "regulars.conf"
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w") as file:
            os.fchown(handle, *self._user)
            file.write(settings_text(self.shared_buffers, self._run("pg_config", "--configure").stdout))

    def _answers(self) -> str | None:
        """None if the server answers `SELECT 1`, else why not."""
        try:
            with psycopg.connect(self.conninfo("postgres", SUPERUSER), connect_timeout=5, autocommit=True) as link:
                link.execute("SELECT 1")
        except psycopg.Error as error:
            return _last_line(str(error))
        return None

    def _set_up(self) -> None:
        """Make the role, the database and the extensions, as far as they are missing."""
        with psycopg.connect(self.conninfo("postgres", SUPERUSER), autocommit=True) as link:
            if link.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [DATABASE]).fetchone() is None:
                hashed = link.pgconn.encrypt_password(
                    self.folder.password(DATABASE).encode(), DATABASE.encode(), b"scram-sha-256"
                )
                role = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                link.execute(role.format(sql.Identifier(DATABASE), sql.Literal(hashed.decode())))
            if link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                link.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(DATABASE)))
        with psycopg.connect(self.conninfo(DATABASE, SUPERUSER), autocommit=True) as link:
            have = {name for (name,) in link.execute("SELECT extname FROM pg_extension")}
            for extension in EXTENSIONS:
                if extension not in have:
                    link.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))

    def _assert_durable(self) -> None:
        with psycopg.connect(self.conninfo()) as link:
            shown = {name: link.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone() for name in DURABLE}
        off = [name for name, value in shown.items() if value != ("on",)]
        if off:
            raise FolderError(
                f"{', '.join(off)} of PostgreSQL in {self.folder.path} must be on: "
                "remove the line from postgres/postgresql.auto.conf (it was set by ALTER SYSTEM) or ALTER … RESET it"
            )

    def _why(self) -> str:
        """The last line that tells why the server ended; its own log holds what came after the first moment."""
        lines = _lines(self._start_log)
        for path in (self.folder.logs / "postgres").glob("*.log"):
            lines += [line for line in _lines(path) if line >= self._prepared]
        fatal = [line for line in lines if any(mark in line for mark in ("FATAL", "PANIC", "could not"))]
        telling = [line for line in fatal if "the database system is" not in line]
        return telling[-1].partition("] ")[2].strip() or telling[-1] if telling else f"see {self._start_log}"


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
