"""`regulars restore`: a back-up becomes an installation again, in an empty folder; what is derived is made anew."""

import argparse
import gc
import os
import re
import shutil
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from regulars.app import App, schema
from regulars.cli.backup import ERASURES, FILES, SECRET
from regulars.cli.command import CliError, Subparsers, command, progress, show
from regulars.erasure import missing
from regulars.pipeline import Pipeline
from regulars.settings import FILE, load
from regulars.storage import log
from regulars.storage.archive import Contents, check
from regulars.storage.backup import Header, begin_restore, header_of, mark_unfinished, read_tables, take_back
from regulars.storage.database import Connection
from regulars.storage.erasures import keep, kept
from regulars.storage.folder import RESTORING
from regulars.storage.queries import start_cursor

_OLD_DATABASE = re.compile(r"^(?=[ \t]*[\"']?database_url[\"']?[ \t]*=)", re.MULTILINE)


def add(subparsers: Subparsers) -> None:
    """Declare the command."""
    restore = command(subparsers, "restore", "Make an installation from a back-up, in a new or empty folder", _restore)
    restore.add_argument("file", type=Path, metavar="FILE", help="what `regulars backup` wrote")
    restore.add_argument(
        "--erasures", type=Path, metavar="FILE", help="a newer erasures.jsonl, whose erasures are applied too"
    )


def _restore(options: argparse.Namespace) -> None:
    started = time.monotonic()
    later = [] if options.erasures is None else [options.erasures]
    if later and not later[0].is_file():
        raise CliError(f"--erasures: there is no file {later[0]}")
    contents = check(options.file)
    header = header_of(options.file, contents)
    if not schema().knows(header.revision):
        raise CliError(f"{options.file} is of a newer version: restore it by Regulars {header.regulars} or newer")
    folder = load(options.data).data
    with _new_folder(folder):
        _write_files(folder, contents)
        app = App(load(folder), create=True, restoring=True)
        events = _fill(app, options.file, header, contents, later)
    seconds = time.monotonic() - started
    rows = {name: entry.rows for name, entry in contents.tables.items()}
    data = {"created": header.created, "rows": rows, "events": events, "seconds": round(seconds, 3)}
    show(options, data, f"restored as of {header.created}; made anew from the log: {events} events, {seconds:.1f} s")


def _fill(app: App, file: Path, header: Header, contents: Contents, later: list[Path]) -> int:
    """Load the tables, then fold the log; returns the number of events."""
    with ExitStack() as stack:
        stack.enter_context(app.folder.locked())
        cluster = app.cluster()
        if cluster is not None:
            stack.callback(cluster.stop)
            cluster.start()
        keeper = stack.enter_context(app.connect())
        if begin_restore(keeper):
            progress("restore: dropped what a restore that broke off had left in the database")
        with _taken_back(keeper):
            with schema().filling(app.conninfo, header.revision) as connection:
                read_tables(connection, file, header, contents)
                mark_unfinished(connection)
            app.prepare()
            _erase_again(app, [app.folder.path / ERASURES, *later])
            rows = contents.tables["log"].rows
            progress(f"restore: {rows} rows of the log are back; making what is derived from them")
            events = _fold(app)
            mark_unfinished(keeper, False)
        return events


@contextmanager
def _taken_back(keeper: Connection) -> Iterator[None]:
    """Empties the database again when something fails, so that it can be restored into once more."""
    try:
        yield
    except BaseException:
        try:
            take_back(keeper)
        except psycopg.Error:
            progress("restore: broke off; the database is not whole: restore into it again, which drops what is there")
        else:
            progress("restore: broke off; folder and database are empty again")
        raise


def _erase_again(app: App, files: list[Path]) -> None:
    """Append the erasures that were asked for after the back-up was made, so that what is made anew leaves them out."""
    asked = {each.at: each for file in files for each in kept(file)}
    with app.connect() as connection:
        frames = missing(connection, [each for _, each in sorted(asked.items())])
        log.append(connection, [[frame] for frame in frames])
    held = {each.at for each in kept(app.folder.path / ERASURES)}
    for at, each in sorted(asked.items()):
        if at not in held:
            keep(app.folder.path, at, bytes(each.record))


def _fold(app: App) -> int:
    """Make what is derived from the log, as the pipeline does; returns how many events it accepted."""
    events = 0
    with app.connect() as worker:
        worker.execute("SET synchronous_commit = off")
        start_cursor(worker, app.context().rules_name)
        pipeline = Pipeline(worker, app.context())
        while batch := pipeline.step():
            events += batch.accepted
            progress(f"restore: {events} events")
            gc.collect()
    return events


def _write_files(folder: Path, contents: Contents) -> None:
    """Write the secret (unless the environment holds it) and the other files, without the name of the old database."""
    wanted = {name: contents.files[name] for name in FILES if name in contents.files}
    if os.environ.get("REGULARS_SECRET") is None:
        wanted[SECRET] = contents.files[SECRET]
    if FILE in wanted:
        wanted[FILE] = _OLD_DATABASE.sub("# left out by restore: ", wanted[FILE].decode()).encode()
        if "database_url" in tomllib.loads(wanted[FILE].decode()):
            raise CliError(f"{FILE} in the back-up names a database in a way that cannot be left out")
    for name, content in wanted.items():
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """An empty folder, marked until the end as not whole; emptied again when something fails. Raises CliError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if set(os.listdir(folder)) - {"lost+found"}:
            raise CliError(f"{folder} is not empty: give --data a new or empty folder")
        (folder / RESTORING).touch(0o600)
    except OSError as error:
        raise CliError(f"{folder} cannot be used: {error.strerror or error}") from None
    try:
        yield
    except BaseException:
        _empty(folder)
        raise
    (folder / RESTORING).unlink()


def _empty(folder: Path) -> None:
    """Remove all that a restore that failed has made, the mark last."""
    for path in folder.iterdir():
        if path.is_dir() and path.name != "lost+found":
            shutil.rmtree(path)
        elif path.name not in (RESTORING, "lost+found"):
            path.unlink()
    (folder / RESTORING).unlink()
