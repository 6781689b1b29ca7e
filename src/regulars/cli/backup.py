"""`regulars backup`: the truth of a running system in one file."""

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from regulars.app import App
from regulars.cli.command import CliError, Subparsers, command, open_app, show
from regulars.cli.imports import DEMO_MARK
from regulars.settings import FILE
from regulars.storage.archive import Writer
from regulars.storage.backup import write_tables

SECRET = "secret"
ERASURES = "erasures.jsonl"
FILES = (FILE, DEMO_MARK, ERASURES)
"""The files of the data folder that a back-up holds beside the secret, as far as they are there."""


def add(subparsers: Subparsers) -> None:
    """Declare the command."""
    backup = command(
        subparsers, "backup", "Write the truth of the running system, secret included, to one file", _backup
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="the new file; it must not exist yet")


def _backup(options: argparse.Namespace) -> None:
    app = open_app(options)
    started = time.monotonic()
    with _written_whole(options.file) as file:
        rows = write(app, file)
        size = file.tell()
    seconds = time.monotonic() - started
    data = {"file": str(options.file), "bytes": size, "rows": rows, "seconds": round(seconds, 3)}
    total = sum(rows.values())
    show(
        options,
        data,
        f"{options.file}: {total} rows in {size} bytes, {seconds:.1f} s; it holds the secret: keep it safe",
    )


def write(app: App, file: BinaryIO) -> dict[str, int]:
    """Write the archive of an installation; returns how many rows of each table it holds."""
    writer = Writer(file)
    with app.connect() as connection:
        header = write_tables(connection, writer, app.context().rules_name)
    writer.add_file(SECRET, app.folder.secret().hex().encode() + b"\n")
    # Last, so that it names all erasures of which the tables show anything.
    for name in FILES:
        with suppress(FileNotFoundError):
            writer.add_file(name, (app.folder.path / name).read_bytes())
    writer.close()
    return {name: writer.rows[name] for name in header.tables}


@contextmanager
def _written_whole(path: Path) -> Iterator[BinaryIO]:
    """A new file (0600) that appears under its name only when it is whole and on disk. Raises CliError."""
    if path.exists():
        raise CliError(f"{path} is there already: give the back-up a name of its own")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.rename(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise CliError(f"{path} cannot be written: {error.strerror or error}") from None


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
