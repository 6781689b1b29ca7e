"""`regulars evaluate`: how well it does, against a truth that only an evaluation may read."""

import argparse
from pathlib import Path

from regulars.cli.command import CliError, Subparsers, command, group, open_app, progress, show
from regulars.cli.shuffled import ShuffledRun
from regulars.evaluation.identity import evaluate
from regulars.evaluation.table import render
from regulars.identity.assignments import assignments, shared_records


def add(subparsers: Subparsers) -> None:
    """Declare the command."""
    judges = group(subparsers, "evaluate", "How well it does, against a known truth")
    identity = command(judges, "identity", "How well persons are recognised in a simulated town", _identity)
    identity.add_argument("truth", type=Path, metavar="TRUTH", help="the folder that `regulars simulate` wrote")
    identity.add_argument("--shuffle", type=int, default=1, metavar="SEED", help="the order of the second run")
    identity.add_argument("--no-shuffle", action="store_true", help="leave out the second run in another order")


def _identity(options: argparse.Namespace) -> None:
    app = open_app(options)
    folder = options.truth if options.truth.is_dir() else options.truth.parent
    if not folder.is_dir():
        raise CliError(f"{folder}: no such folder; name the one that `regulars simulate` wrote")
    with app.connect() as connection:
        found, unaddressed = assignments(connection), shared_records(connection)
    again = None
    if not options.no_shuffle:
        progress("the same events in another order, to compare ...")
        with ShuffledRun(app, options.shuffle) as connection:
            again = assignments(connection)
    try:
        result = evaluate(folder, found, unaddressed, again)
    except (OSError, ValueError) as error:
        raise CliError(f"{folder}: {error}") from None
    show(options, result, render(result))
    missed = [target["name"] for target in result["targets"] if not target["passed"]]
    if missed:
        raise CliError(f"{len(missed)} of {len(result['targets'])} targets missed: {', '.join(missed)}")
