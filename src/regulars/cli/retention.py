"""`regulars retention run|show`: what has been kept long enough is removed; when that last happened, and how much."""

import argparse
from datetime import UTC, datetime

import msgspec

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show
from regulars.cli.retaining import Outcome, run_retention
from regulars.model.retention import CLASSES
from regulars.storage import retention
from regulars.storage.retention import Run

SHOWN = 20


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    commands = group(subparsers, "retention", "How long each class of data is kept")
    run = command(commands, "run", "Remove now what has been kept long enough", _run)
    run.add_argument("--dry-run", action="store_true", help="only say how much would be removed")
    shown = command(commands, "show", "How long each class is kept, and what the last runs did", _show)
    shown.add_argument("-n", type=int, default=SHOWN, metavar="N", help=f"how many entries (default: {SHOWN})")


def _run(options: argparse.Namespace) -> None:
    outcomes = run_retention(open_app(options), options.dry_run)
    classes = [{**msgspec.structs.asdict(each), "cutoff": _time(each.cutoff)} for each in outcomes]
    for each in classes:
        each["class"] = each.pop("kind")
    word = "would go" if options.dry_run else "gone"
    show(options, {"dry_run": options.dry_run, "classes": classes}, "\n".join(_line(each, word) for each in outcomes))
    failed = [f"{each.kind} ({each.error})" for each in outcomes if each.error]
    if failed:
        raise CliError(f"not done: {', '.join(failed)}")


def _show(options: argparse.Namespace) -> None:
    if options.n < 0:
        raise CliError("-n: must not be below 0")
    app = open_app(options)
    days = {kind: getattr(app.settings.retention, kind) for kind in CLASSES}
    with app.connect() as connection:
        runs = retention.runs(connection, options.n)
    data = {"days": days, "runs": [_entry(each) for each in runs]}
    kept = [f"{kind:<10} {_kept(each)}" for kind, each in days.items()]
    show(options, data, "\n".join([*kept, "", *map(_told, runs)] if runs else [*kept, "", "it never ran"]))


def _entry(run: Run) -> dict[str, object]:
    return {
        "class": run.kind,
        "cutoff": _time(run.cutoff),
        "removed": run.removed,
        "started": _time(run.started),
        "finished": _time(run.finished),
        "error": run.error,
    }


def _line(outcome: Outcome, word: str) -> str:
    if outcome.days is None:
        return f"{outcome.kind:<10} {_kept(None)}"
    return f"{outcome.kind:<10} {outcome.removed} {word}, of before {_time(outcome.cutoff)}"


def _told(run: Run) -> str:
    how = run.error or ("done" if run.finished else "under way")
    return f"{_time(run.started)}  {run.kind:<10} {run.removed:>8} gone, of before {_time(run.cutoff)}: {how}"


def _kept(days: int | None) -> str:
    return "kept for ever" if days is None else f"{days} days"


def _time(moment: int | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment / 1_000_000, UTC).isoformat(timespec="seconds")
