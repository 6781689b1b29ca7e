"""The data folder: its layout, permissions, secret, passwords and lock."""

import fcntl
import hmac
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from psycopg.conninfo import make_conninfo

from regulars.storage.processes import working_in

SECRET_BYTES = 32
DATABASE = "regulars"
RESTORING = "restore.unfinished"
"""The file that stands in a folder while a back-up is restored into it: what it holds until then is not whole."""

_OWN_NAMES = frozenset({"postgres", "secret.fingerprint"})
_ALLOWED_NAMES = frozenset({"lost+found", "regulars.toml"})
# struct sockaddr_un holds 104 bytes (macOS) or 108 (Linux), the closing NUL included
_SOCKET_PATH_BYTES = 103 - len("/.s.PGSQL.5432.lock")


class FolderError(Exception):
    """The data folder, or the PostgreSQL in it, cannot be used; the message says in one sentence how to mend it."""


class DataFolder:
    """One installation's folder: `postgres/`, `run/` (sockets, pids), `logs/`, `secret`, `lock`; what is made anew.

    The latter is `lake/` and `recommendations/`. Created with mode 0700 unless `create` is False. Raises FolderError
    for a path that is no folder, that belongs to somebody else, or that holds other things already.
    """

    def __init__(self, path: Path | str, *, create: bool = True, restoring: bool = False) -> None:
        self.path = Path(path).expanduser().absolute().resolve()
        self._lock: int | None = None
        self._held = 0
        self._check(create, restoring)
        for folder in (self.path, self.postgres, self.run, self.logs):
            private_folder(folder)

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data directory."""
        return self.path / "postgres"

    @property
    def run(self) -> Path:
        """What exists while it runs: sockets and the record of child processes."""
        return self.path / "run"

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.path / "logs"

    @property
    def lake(self) -> Path:
        """The lake's Parquet files; whoever writes them makes it."""
        return self.path / "lake"

    @property
    def recommendations(self) -> Path:
        """The model that recommends; whoever learns it makes it."""
        return self.path / "recommendations"

    @property
    def sockets(self) -> Path:
        """The 0700 folder of PostgreSQL's socket; under the system's temp folder where the path would be too long."""
        inside = self.run / "postgres"
        if len(os.fsencode(inside)) <= _SOCKET_PATH_BYTES:
            return inside
        name = f"regulars-{os.geteuid()}-{sha256(os.fsencode(self.path)).hexdigest()[:16]}"
        return Path(tempfile.gettempdir()) / name

    def secret(self) -> bytes:
        """The installation's secret: REGULARS_SECRET (hex), else the file `secret`, made on first use.

        Raises FolderError when REGULARS_SECRET is not this folder's, or when the folder's secret is lost.
        """
        path, fingerprint = self.path / "secret", self.path / "secret.fingerprint"
        given = os.environ.get("REGULARS_SECRET")
        kept = _read(path)
        if given is None and kept is None:
            if fingerprint.exists():
                raise FolderError(
                    f"the secret of {self.path} is not in it: set REGULARS_SECRET to it, or put back the file {path}"
                )
            kept = _write_once(path, secrets.token_hex(SECRET_BYTES))
        key = _from_hex(given, "REGULARS_SECRET") if given is not None else _from_hex(kept or "", str(path))
        if given is not None and kept is not None and not hmac.compare_digest(key, _from_hex(kept, str(path))):
            raise FolderError(_wrong_secret(self.path))
        # the secret comes first: a fingerprint without its secret would lock a fresh folder for ever
        expected = _write_once(fingerprint, hmac.digest(key, b"regulars secret fingerprint", "sha256").hex())
        if not hmac.compare_digest(expected, hmac.digest(key, b"regulars secret fingerprint", "sha256").hex()):
            raise FolderError(_wrong_secret(self.path))
        return key

    def password(self, user: str) -> str:
        """The database password of `user`, kept in a file of mode 0600, made on first use."""
        return _write_once(self.path / f"{user}.password", secrets.token_hex(24))

    def conninfo(self, database: str = DATABASE, user: str = DATABASE) -> str:
        """How to reach the embedded server, as a psycopg conninfo string that holds the password: never log it."""
        return make_conninfo(
            host=str(self.sockets), port="5432", dbname=database, user=user, password=self.password(user)
        )

    def database_url(self) -> str:
        """REGULARS_DATABASE_URL if set, else the conninfo of the running embedded server.

        Raises FolderError when no server of this folder runs.
        """
        given = os.environ.get("REGULARS_DATABASE_URL")
        if given:
            return given
        if not working_in(self.postgres, "postgres"):
            raise FolderError(f"PostgreSQL of {self.path} is not running: start it by `regulars up --data {self.path}`")
        return self.conninfo()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Own the folder: only one process at a time may run it. May be nested; FolderError when another owns it."""
        if self._held == 0:
            self._lock = self._take_lock()
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if self._held == 0 and self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def _take_lock(self) -> int:
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(handle, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(handle)
            raise FolderError(
                f"{self.path} is in use by process {owner}: stop that `regulars up` first, or choose another --data"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        return handle

    def _check(self, create: bool, restoring: bool) -> None:
        if not self.path.exists():
            if not create:
                raise FolderError(f"{self.path} is no data folder: make it by `regulars up --data {self.path}`")
            return
        if not self.path.is_dir():
            raise FolderError(f"{self.path} is a file: give --data a folder")
        owner = self.path.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise FolderError(f"{self.path} belongs to user {owner}: run as that user, or choose another --data")
        names = set(os.listdir(self.path))
        if RESTORING in names and not restoring:
            raise FolderError(
                f"a restore into {self.path} is under way or broke off: if so, empty it and restore again"
            )
        if names & _OWN_NAMES or restoring:
            return
        if not create or names - _ALLOWED_NAMES:
            raise FolderError(f"{self.path} is no data folder of Regulars: give --data a new or empty folder")


def private_folder(path: Path, owner: tuple[int, int] | None = None) -> None:
    """Make sure that `path` is a folder of mode 0700, of ours or of `owner` (uid, gid).

    Raises FolderError when it is a link, or belongs to anybody else (the temp folder is open to everyone).
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
        allowed = {os.geteuid()} if owner is None else {os.geteuid(), owner[0]}
        # root may take over what lies in its own folders, never what anybody may have laid into an open one
        trusted = os.geteuid() == 0 and not path.parent.stat().st_mode & stat.S_IWOTH
        if not stat.S_ISDIR(found.st_mode) or (found.st_uid not in allowed and not trusted):
            raise FolderError(f"{path} is not a folder of ours: remove it, or choose another --data")
        if owner is not None and (found.st_uid, found.st_gid) != owner and os.geteuid() == 0:
            os.chown(path, *owner)
        if stat.S_IMODE(found.st_mode) != 0o700:
            path.chmod(0o700)
    except OSError as error:
        raise FolderError(
            f"{path} cannot be used ({error.strerror}): mend its permissions, or choose another --data"
        ) from None


def open_log(path: Path, most: int = 16 << 20) -> BinaryIO:
    """Open a log file (0600) to append; one of more than `most` bytes is set aside first, as NAME.log.1."""
    with suppress(FileNotFoundError):
        if path.lstat().st_size > most:
            path.rename(path.with_suffix(".log.1"))
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    return os.fdopen(handle, "ab", buffering=0)


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FolderError(f"{path} cannot be read ({error.strerror}): mend its permissions") from None


def _write_once(path: Path, text: str) -> str:
    """Write the file (0600, durable) unless it is there; return what it holds, so that two who race agree."""
    kept = _read(path)
    if kept:
        return kept
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            if kept == "":  # an empty file is what a full disk left behind
                os.replace(temporary, path)
                return text
            os.link(temporary, path)
        finally:
            Path(temporary).unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        return _read(path) or text
    except OSError as error:
        raise FolderError(f"{path} cannot be written ({error.strerror}): mend it, or choose another --data") from None
    return text


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _from_hex(text: str, name: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise FolderError(f"{name} is not hexadecimal: give the {2 * SECRET_BYTES} digits of the secret") from None
    if len(key) < SECRET_BYTES:
        raise FolderError(f"{name} is too short: it must have {2 * SECRET_BYTES} hexadecimal digits")
    return key


def _wrong_secret(path: Path) -> str:
    return f"REGULARS_SECRET is not the secret of {path}: unset it, or set it to what this folder was made with"
