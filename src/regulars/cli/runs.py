"""`regulars import list|report|undo`: what each import brought in, and taking one back as if it had never come."""

import argparse
import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from regulars.app import App
from regulars.cli.command import CliError, Subparsers, command, open_app, progress, show
from regulars.cli.import_files import WHAT
from regulars.cli.projection import caught_up
from regulars.retaking import look
from regulars.retraction import retraction_frame
from regulars.simulation.everyday.numbers import Numbers, page
from regulars.storage import audit, imports, log
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection
from regulars.storage.imports import RUNNING, UNDOING, UNDONE, Retraction, Run

ACTOR = "cli"
INTERRUPTED = "interrupted"
"""A run that is not done, while no process is at it."""


def add(commands: Subparsers) -> None:
    """Declare the commands."""
    listed = command(commands, "list", "The import runs, newest first", _list)
    listed.add_argument("-n", type=int, default=20, metavar="N", help="how many at most (default: 20)")
    report = command(commands, "report", "What one import run read, and what became of it", _report)
    undo = command(commands, "undo", "Take an import run back, as if it had never come", _undo)
    for each in (report, undo):
        each.add_argument("id", metavar="RUN", help="its id, or how it begins")
    undo.add_argument("--dry-run", action="store_true", help="only say what would go")


def _list(options: argparse.Namespace) -> None:
    if options.n < 1:
        raise CliError("-n: must be at least 1")
    with open_app(options).connect() as connection:
        found = [_document(connection, run) for run in imports.runs(connection, options.n)]
    show(options, found, "\n".join(map(_line, found)) or "nothing was imported")


def _report(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        data = _document(connection, _find(connection, options.id))
    show(options, data, _text(data))


def _undo(options: argparse.Namespace) -> None:
    app = open_app(options)
    with app.connect() as connection:
        run = _find(connection, options.id)
        if run.state == UNDONE:
            raise CliError(f"import {run.id} is undone already{_when(connection, run.id)}")
        progress("looking through the log for what it brought in; this may take minutes ...")
        if options.dry_run:
            seen = look(connection, app.context(), run.id, log.last(connection) + 1)
            data: dict[str, Any] = {"run": run.id, "dry_run": True, **msgspec.structs.asdict(seen)}
            show(options, data, f"{seen.events:,} events of {seen.customers:,} customers would go")
            return
        done = undo(app, connection, run)
    data = {"run": run.id, "dry_run": False, **msgspec.structs.asdict(done)}
    show(options, data, f"undone {run.id}: {undone_text(done)}")


def undo(app: App, connection: Connection, run: Run) -> Retraction:
    """Ask for a run's retraction, unless that was done before, and wait until it is carried out."""
    if run.state == UNDOING:
        progress("its undo was asked for before; waiting for it")
    with connection.transaction():
        if imports.begin_undo(connection, run.id):
            finish(audit.record(awaited(connection), ACTOR, "undo import", detail=run.id))
            log.append(connection, [[retraction_frame(run.id, time.time_ns() // 1000)]])
    for _ in caught_up(connection, log.last(connection)):
        pass
    done = imports.retraction(connection, run.id)
    if done is None:
        raise CliError(f"import {run.id} is not undone: look at `regulars doctor`, then undo it again")
    return done


def undone_text(done: Retraction) -> str:
    """What a retraction did, in words."""
    words = f"{done.events:,} events are gone"
    if done.back:
        words += f"; {done.back:,} of them came again from elsewhere, and count from there now"
    return words


def _find(connection: Connection, start: str) -> Run:
    found = imports.find_runs(connection, start)
    if not start or not found:
        raise CliError(f"there is no import run {start!r}: `regulars import list` shows them")
    if len(found) > 1 and found[0].id != start:
        raise CliError(f"more than one import run begins with {start!r}")
    return found[0]


def _when(connection: Connection, id: str) -> str:
    done = imports.retraction(connection, id)
    return "" if done is None else f": {undone_text(done)}"


def _document(connection: Connection, run: Run) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.structs.asdict(run)
    if run.state == RUNNING:
        counted = imports.counts(connection, run.id)
        data.update(added=counted.added, present=counted.present, rejected=counted.rejected)
        data["state"] = RUNNING if imports.is_held(connection, run.id) else INTERRUPTED
    data["sources"] = [name for name, _ in run.sources]
    data["started"], data["finished"] = _time(run.started), _time(run.finished)
    data["report"] = msgspec.json.decode(run.report) if run.report else None
    done = imports.retraction(connection, run.id) if run.state == UNDONE else None
    data["undone"] = None if done is None else {"events": done.events, "back": done.back}
    return data


def _line(data: dict[str, Any]) -> str:
    words = (("items", "read"), ("added", "added"), ("present", "there already"), ("rejected", "rejected"))
    counts = ", ".join(f"{data[name]:,} {word}" for name, word in words)
    what = data["what"]
    if what == WHAT:
        first, *more = data["files"]
        what = f"{first.name} and {len(more)} more" if more else first.name
    return f"{data['id']}  {data['started']:%Y-%m-%d %H:%M}  {data['state']:<11}  {what}: {counts}"


def _text(data: dict[str, Any]) -> str:
    lines = [
        _line(data),
        f"sources: {', '.join(data['sources'])}",
        *(f"file: {file.name}, {file.bytes} bytes, SHA-256 {file.sha256}" for file in data["files"]),
    ]
    if data["map"]:
        lines.append(f"map: SHA-256 {data['map']}")
    if data["state"] in (RUNNING, INTERRUPTED):
        lines.append(f"place: {data['place'] or 'the beginning'}")
    if data["finished"] is not None:
        lines.append(f"finished: {data['finished']:%Y-%m-%d %H:%M:%S}")
    if data["undone"]:
        lines.append(f"undone: {undone_text(Retraction(**data['undone']))}")
    return "\n".join([*lines, *report_lines(data["report"])])


def report_lines(report: Any) -> list[str]:
    """The lines of a report that is a list of counts, as `collection.report` writes them, or a town's numbers."""
    if isinstance(report, dict) and report.get("origin") == "simulated":
        return page(msgspec.convert(report, Numbers)).splitlines()
    if not isinstance(report, list):
        return []
    counts = [each for each in report if isinstance(each, dict) and {"name", "count", "done"} <= each.keys()]
    width = max((len(each["name"]) for each in counts), default=0)
    return [f"{each['name']:<{width}}  {each['count']:>11,}  {each['done']}" for each in counts]


def _time(micros: int | None) -> datetime | None:
    return None if micros is None else datetime.fromtimestamp(micros / 1_000_000, UTC)
