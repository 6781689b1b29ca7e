"""`regulars import FILE… --map MAP`: a retailer's files, read by a map."""

import argparse
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from regulars.app import App
from regulars.cli.command import CliError, Subparsers, command, open_app, show, show_line
from regulars.cli.importing import done_text, file_of
from regulars.cli.projection import caught_up
from regulars.collection.files.frames import Part, parts_of
from regulars.collection.files.inputs import Input, Meter, inputs
from regulars.collection.files.mapfile import Map, load_map
from regulars.collection.files.piped import with_piped
from regulars.collection.files.problem import Problem
from regulars.collection.files.read import Reader
from regulars.collection.queries import REFUSED_BEFORE
from regulars.model.frame import Frame
from regulars.model.rejection import Reason
from regulars.model.secret import Secret
from regulars.model.source import Source, Trust
from regulars.storage import imports, log
from regulars.storage.database import Connection
from regulars.storage.sources import Sources, register

WHAT = "map"
SHOWN = 20
"""How many events a dry run shows, unless told."""


def add(subparsers: Subparsers) -> None:
    """Declare the command."""
    files = command(subparsers, "files", "Files of yours, read by a map; the word `files` may be left out", _files)
    files.add_argument("files", nargs="+", metavar="FILE", help="files, folders, or patterns in quotes; - for a pipe")
    files.add_argument("--map", required=True, metavar="MAP", help="a map in TOML, or the name of a shipped one")
    files.add_argument("--set", action="append", metavar="KEY=VALUE", help="change the map: formats.currency=EUR")
    files.add_argument("--as-of", metavar="DAY", help="the time of what carries none, such as the day of the export")
    files.add_argument("--dry-run", action="store_true", help="only show what the rows would become, and each problem")
    files.add_argument("--rows", type=int, default=SHOWN, metavar="N", help=f"events it shows (default: {SHOWN})")


def _files(options: argparse.Namespace) -> None:
    settings = list(options.set or ())
    if options.as_of:
        settings.append(f"as_of={options.as_of}")
    map = load_map(options.map, settings)
    with with_piped(options.files, map.file.format) as names:
        sources = inputs(names, map.file.format)
        if options.dry_run:
            _dry_run(options, map, sources)
        else:
            _bring_in(options, map, sources)


def _bring_in(options: argparse.Namespace, map: Map, sources: list[Input]) -> None:
    app = open_app(options)
    for source in sources:
        Reader(map, app.secret, datetime.now(UTC)).check(source)
    with app.connect() as connection:
        try:
            run, reader = _import(app, connection, map, sources)
        except imports.Stopped as stopped:
            raise CliError(str(stopped)) from None
    counts = {"items": run.items, "added": run.added, "present": run.present, "rejected": run.rejected}
    data = {"run": run.id, **counts, "report": reader.notes.lines()}
    show(options, data, f"{done_text(run)}\n{reader.notes}")


def _dry_run(options: argparse.Namespace, map: Map, sources: list[Input]) -> None:
    # Nothing is kept, so an installation is not needed: the message ids of a real run are others.
    reader = Reader(map, Secret(bytes(32)), datetime.now(UTC))
    events = 0
    for row, found in reader.found(sources):
        if isinstance(found, Problem):
            show_line(options, {"row": row, "problem": found}, f"PROBLEM  {found}")
            continue
        events += 1
        if events <= options.rows:
            show_line(options, {"row": row, "event": msgspec.Raw(found)}, f"row {row}  {found.decode()}")
    words = f"{events - options.rows} more events are not shown\n" if events > options.rows else ""
    show(options, {"report": reader.notes.lines()}, f"{words}{reader.notes}\nnothing was imported")


def _import(app: App, connection: Connection, map: Map, sources: list[Input]) -> tuple[imports.Run, Reader]:
    source = Source(map.source, Trust.SERVER, map.group, map.precedence)
    register(connection, source)
    known = Sources(connection).of(source.name, source.trust)
    if known != source:
        said = f"group {known.group} and precedence {known.precedence}"
        raise CliError(f"the source {source.name} has {said} since it was first used; say the same in the map")
    files = [file_of(path) for path in dict.fromkeys(each.path for each in sources)]
    key = sha256(msgspec.json.encode(map)).hexdigest()
    # What the log still holds of an earlier import must be judged before it is known what was refused there.
    _wait(connection)
    run = imports.open_run(connection, WHAT, [(source.name, int(source.trust))], files, key)
    reader = Reader(map, app.secret, datetime.fromtimestamp(run.started / 1_000_000, UTC))
    meter = Meter(sum(each.bytes for each in files))
    with imports.held(connection, run):
        found = reader.found(sources, meter)
        parts = parts_of(found, source, run.started, app.settings.ip, int(run.place or 0))
        for part in _shown(parts, reader, meter):
            imports.append(connection, run, _new(connection, source, part.frames), str(part.place))
        _wait(connection)
        return imports.finish(connection, run, msgspec.json.encode(reader.notes.lines())), reader


def _wait(connection: Connection) -> None:
    for _ in caught_up(connection, log.last(connection)):
        pass


def _shown(parts: Iterator[Part], reader: Reader, meter: Meter) -> Iterator[Part]:
    """The parts, while a bar says how far it is, how fast, and how long it will take."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]}"),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    # Apart from the result, which programs read.
    console = Console(stderr=True)
    started = time.monotonic()
    with Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(reader.map.name, total=meter.total, rows="")
        for part in parts:
            yield part
            rate = reader.rows / max(1e-9, time.monotonic() - started)
            bar.update(task, completed=meter.done, rows=f"{reader.rows:,} rows, {rate:,.0f}/s")
        bar.update(task, completed=meter.total)


def _new(connection: Connection, source: Source, frames: Sequence[Frame]) -> list[Frame]:
    """Without the problems that an earlier import of the same rows has told already."""
    refused = [frame.body for frame in frames if frame.call == "refused"]
    if not refused:
        return list(frames)
    values: tuple[Any, ...] = (source.name, int(source.trust), [str(each) for each in Reason], refused)
    known = {bytes(row[0]) for row in connection.execute(REFUSED_BEFORE, values)}
    return [frame for frame in frames if frame.call != "refused" or frame.body not in known]
