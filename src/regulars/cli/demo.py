"""`regulars demo remove`: all example data out again, while what is real stays."""

import argparse
import time

import msgspec

from regulars.cli.command import CliError, Subparsers, command, group, open_app, progress, show
from regulars.cli.imports import mark_demo
from regulars.cli.projection import caught_up
from regulars.cli.runs import ACTOR, undone_text
from regulars.collection.retracted import DEMO, EXAMPLE
from regulars.retaking import look
from regulars.retraction import retraction_frame
from regulars.storage import audit, imports, log
from regulars.storage.awaited import awaited, finish
from regulars.storage.imports import Retraction


def add(subparsers: Subparsers) -> None:
    """Declare the command."""
    demo = group(subparsers, "demo", "The example data")
    remove = command(demo, "remove", "Take out all example data, and leave what is real", _remove)
    remove.add_argument("--dry-run", action="store_true", help="only say what would go")


def _remove(options: argparse.Namespace) -> None:
    app = open_app(options)
    progress("looking through the log for example data; this may take minutes ...")
    with app.connect() as connection:
        if options.dry_run:
            seen = look(connection, app.context(), EXAMPLE, log.last(connection) + 1)
            words = f"{seen.events:,} events of {seen.customers:,} customers would go"
            show(options, {"dry_run": True, **msgspec.structs.asdict(seen)}, words)
            return
        # First, so that no `up` that is started meanwhile imports them again.
        mark_demo(app)
        at = time.time_ns() // 1000
        with connection.transaction():
            # Whoever still reads them stops before the next row.
            stopped = imports.begin_undo_of(connection, DEMO.name)
            finish(audit.record(awaited(connection), ACTOR, "remove demo"))
            log.append(connection, [[retraction_frame(EXAMPLE, at)]])
            place = log.last(connection)
        for _ in caught_up(connection, place):
            pass
        done = imports.retraction_at(connection, place)
        imports.end_undo_of(connection, stopped)
    if done is None:
        raise CliError("the example data are not removed: look at `regulars doctor`, then try again")
    show(options, {"dry_run": False, **msgspec.structs.asdict(done)}, _text(done))


def _text(done: Retraction) -> str:
    return f"example data removed: {undone_text(done)}" if done.events else "there are no example data"
