"""`regulars import`: what comes in as files goes through the same log and pipeline as everything else."""

import argparse
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from regulars.app import App
from regulars.cli import import_files, import_guess, runs
from regulars.cli.command import CliError, Subparsers, command, group, open_app, progress, show
from regulars.cli.importing import Input, Part, bring_in, done_text, file_of, rows_of
from regulars.collection.completejourney_files import find_files, installed
from regulars.collection.receive import keep
from regulars.collection.report import Counts
from regulars.collection.retracted import DEMO
from regulars.collection.tracked import tracked_calls
from regulars.simulation.everyday.numbers import page
from regulars.storage.imports import Run, Stopped

DEMO_MARK = "demo.imported"
DEMO_ITEMS = 261_053
"""How many items the whole data set gives: the length of the progress bar, no more."""

FRAME_BYTES = 400_000
FRAME_ITEMS = 500


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    imports = group(subparsers, "import", "Bring in data from files", fallback="files")
    import_files.add(imports)
    import_guess.add(imports)
    journey = command(imports, "completejourney", "The Complete Journey data set: a grocer's year", _journey)
    journey.add_argument("--folder", type=Path, help="where its Parquet files are (default: the installed package)")
    journey.add_argument("--demo", action="store_true", help=argparse.SUPPRESS)
    calls = command(imports, "events", "Tracking calls as `regulars simulate` writes them", _calls)
    calls.add_argument("folder", type=Path, metavar="DIR", help="a folder with events.jsonl and sources.json")
    runs.add(imports)


def demo_is_there(app: App) -> bool:
    """Whether the demo data was imported before."""
    return (app.folder.path / DEMO_MARK).exists()


def _journey(options: argparse.Namespace) -> None:
    # DuckDB is slow to load, and only this command needs it.
    from regulars.collection.completejourney import completejourney_items

    app = open_app(options)
    if options.demo and demo_is_there(app):
        return
    report = Counts()
    folder = installed() if options.folder is None else options.folder
    given = Input("completejourney", [DEMO], [file_of(file) for file in find_files(folder).values()])
    items = completejourney_items(report, folder)

    def parts(run: Run) -> Iterator[Part]:
        start = int(run.place or 0)
        bodies = islice(_bodies(items), start, None)
        yield from rows_of((keep(DEMO, "import", body, run.started, app.settings.ip) for body in bodies), start)

    title = "Demo data" if options.demo else "Complete Journey"
    try:
        with app.connect() as connection:
            # One that was killed behind the receipts goes on with the town.
            run = bring_in(connection, given, parts, title, DEMO_ITEMS, report.lines, once=options.demo)
            met = msgspec.json.decode(run.report)
            told = "\n".join([done_text(run), *runs.report_lines(met)])
            data = {"run": run.id, **_counts(run), "report": met}
            # Removed as soon as it was there: the rest need not come.
            if options.demo and not demo_is_there(app):
                # Only here: it needs DuckDB too.
                from regulars.cli.demo_town import lay_over

                town, numbers = lay_over(app, connection)
                told += f"\n\n{done_text(town)}\n{page(numbers)}"
                data |= {"town": {"run": town.id, **_counts(town), "numbers": numbers}}
    except Stopped as stopped:
        if not options.demo:
            raise CliError(str(stopped)) from None
        progress(str(stopped))
        return
    mark_demo(app)
    show(options, data, told)


def _calls(options: argparse.Namespace) -> None:
    app = open_app(options)
    sources, calls = tracked_calls(options.folder)
    given = Input("events", sources, [file_of(options.folder / name) for name in ("sources.json", "events.jsonl")])

    def parts(run: Run) -> Iterator[Part]:
        start = int(run.place or 0)
        told = islice(calls, start, None)
        yield from rows_of((keep(s, "import", body, received, app.settings.ip) for s, received, body in told), start)

    try:
        with app.connect() as connection:
            run = bring_in(connection, given, parts, "Events")
    except Stopped as stopped:
        raise CliError(str(stopped)) from None
    show(options, {"run": run.id, **_counts(run)}, done_text(run))


def mark_demo(app: App) -> None:
    """Note that the demo data were imported, or were removed, so that `up` does not import them."""
    (app.folder.path / DEMO_MARK).touch()


def _counts(run: Run) -> dict[str, int]:
    return {"items": run.items, "added": run.added, "present": run.present, "rejected": run.rejected}


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
