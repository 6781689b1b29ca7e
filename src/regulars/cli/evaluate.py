"""`regulars evaluate`: how well it does, against a truth that only an evaluation may read."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

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
    recommendations = command(
        judges, "recommendations", "How well the lists foretell what households buy next", _recommendations
    )
    recommendations.add_argument(
        "--before", type=_day, metavar="DAY", help="learn from what was bought before this day (default: 2017-12-04)"
    )


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
    _missed(result)


def _recommendations(options: argparse.Namespace) -> None:
    # Only this command needs them, and they are slow to load.
    from regulars.evaluation import recommendations
    from regulars.evaluation.households import CUT, DAYS, read, split
    from regulars.evaluation.recommendations_table import render as table

    cut = options.before or CUT
    progress(f"learning from what was bought before {cut} and looking at the {DAYS} days after ...")
    data = split(read(), cut)
    if not data.wanted:
        raise CliError(f"no household of the data set bought both before {cut} and in the {DAYS} days after")
    result = recommendations.evaluate(data)
    show(options, result, table(result, cut, DAYS))
    _missed(result)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _missed(result: dict[str, Any]) -> None:
    """Raises CliError where a target is missed."""
    missed = [target["name"] for target in result["targets"] if not target["passed"]]
    if missed:
        raise CliError(f"{len(missed)} of {len(result['targets'])} targets missed: {', '.join(missed)}")
