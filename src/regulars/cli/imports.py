"""`regulars import`: what comes in as files goes through the same log and pipeline as everything else."""

import argparse
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from regulars.app import App
from regulars.cli.command import Subparsers, command, group, open_app, show
from regulars.cli.projection import caught_up
from regulars.collection.receive import keep
from regulars.collection.report import Counts
from regulars.collection.tracked import tracked_calls
from regulars.model.frame import Frame
from regulars.model.source import Source, Trust
from regulars.storage import log
from regulars.storage.database import Connection
from regulars.storage.queries import count_events
from regulars.storage.sources import register

DEMO = Source("completejourney", Trust.SERVER)
DEMO_MARK = "demo.imported"
DEMO_ITEMS = 261_053
"""How many items the whole data set gives: the length of the progress bar, no more."""

FRAME_BYTES = 400_000
FRAME_ITEMS = 500
ROW_FRAMES = 500
ROW_BYTES = 8 * FRAME_BYTES
"""A row of the log holds at most so many frames and about so many bytes; each row is one commit."""


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    imports = group(subparsers, "import", "Bring in data from files")
    journey = command(imports, "completejourney", "The Complete Journey data set: a grocer's year", _journey)
    journey.add_argument("--folder", type=Path, help="where its Parquet files are (default: the installed package)")
    journey.add_argument("--demo", action="store_true", help=argparse.SUPPRESS)
    calls = command(imports, "events", "Tracking calls as `regulars simulate` writes them", _calls)
    calls.add_argument("folder", type=Path, metavar="DIR", help="a folder with events.jsonl and sources.json")


def demo_is_there(app: App) -> bool:
    """Whether the demo data was imported before."""
    return (app.folder.path / DEMO_MARK).exists()


def _journey(options: argparse.Namespace) -> None:
    # DuckDB is slow to load, and only this command needs it.
    from regulars.collection.completejourney import completejourney_items

    app = open_app(options)
    report = Counts()
    items = completejourney_items(report, options.folder)
    received = time.time_ns() // 1000
    frames = (keep(DEMO, "import", body, received, app.settings.ip) for body in _bodies(items))
    with app.connect() as connection:
        before = count_events(connection, DEMO.name)
        register(connection, DEMO)
        sent = _send(connection, frames, "Demo data" if options.demo else "Complete Journey", DEMO_ITEMS)
        added = count_events(connection, DEMO.name) - before
    (app.folder.path / DEMO_MARK).touch()
    data = {"items": sent, "added": added, "report": report.lines()}
    show(options, data, f"{sent} items read, {added} added\n{report}")


def _calls(options: argparse.Namespace) -> None:
    app = open_app(options)
    sources, calls = tracked_calls(options.folder)
    with app.connect() as connection:
        for source in sources:
            register(connection, source)
        before = sum(count_events(connection, source.name) for source in sources)
        frames = (keep(s, "import", body, received, app.settings.ip) for s, received, body in calls)
        sent = _send(connection, frames, "Events", None)
        added = sum(count_events(connection, source.name) for source in sources) - before
    show(options, {"items": sent, "added": added}, f"{sent} items read, {added} added")


def _send(connection: Connection, frames: Iterable[Frame], title: str, total: int | None) -> int:
    """Append frames to the log, then wait until the pipeline has taken them in; returns the number of items."""
    sent = 0
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"), TimeElapsedColumn())
    # Apart from the result, which programs read.
    console = Console(stderr=True)
    with Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as bar:
        reading = bar.add_task(f"{title}: reading", total=total)
        for row in _rows(frames):
            log.append(connection, [row])
            sent += sum(frame.items for frame in row)
            bar.update(reading, completed=sent)
        bar.update(reading, total=sent)
        end = log.last(connection)
        taking = bar.add_task(f"{title}: taking in", total=sent)
        for left in caught_up(connection, end):
            bar.update(taking, completed=sent - left)
    return sent


def _rows(frames: Iterable[Frame]) -> Iterator[list[Frame]]:
    row: list[Frame] = []
    size = 0
    for frame in frames:
        row.append(frame)
        size += len(frame.body)
        if len(row) >= ROW_FRAMES or size >= ROW_BYTES:
            yield row
            row, size = [], 0
    if row:
        yield row


def _bodies(items: Iterable[bytes]) -> Iterator[bytes]:
    """Bodies of batch calls within the limits of one."""
    part: list[msgspec.Raw] = []
    size = 0
    for item in items:
        if part and (size + len(item) > FRAME_BYTES or len(part) >= FRAME_ITEMS):
            yield msgspec.json.encode({"batch": part})
            part, size = [], 0
        part.append(msgspec.Raw(item))
        size += len(item)
    if part:
        yield msgspec.json.encode({"batch": part})
