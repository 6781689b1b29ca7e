"""`regulars simulate`: a town whose truth is known, written to files or fed through the tracking API."""

import argparse
import tempfile
from datetime import date
from pathlib import Path

from regulars.cli import feeding
from regulars.cli.command import CliError, Subparsers, command, progress, show
from regulars.simulation.everyday.generate import FIRST_DAY, generate, own_world
from regulars.simulation.everyday.numbers import page
from regulars.simulation.everyday.world import World
from regulars.simulation.hard import generate as generate_hard
from regulars.simulation.report import Report

OVER = "completejourney"


def add(subparsers: Subparsers) -> None:
    """Declare the command."""
    simulate = command(subparsers, "simulate", "Write the events of a simulated town, its truth apart", _simulate)
    simulate.add_argument("--customers", type=int, required=True, metavar="N", help="persons; with --over, cards")
    simulate.add_argument("--days", type=int, required=True, metavar="D")
    simulate.add_argument("--seed", type=int, required=True, metavar="S", help="the same seed gives the same bytes")
    simulate.add_argument("--out", type=Path, metavar="DIR", help="where the files go; may be left out with --send")
    simulate.add_argument(
        "--from", type=_day, dest="first", metavar="DAY", help=f"the first day (default: {FIRST_DAY})"
    )
    kind = simulate.add_mutually_exclusive_group()
    kind.add_argument("--hard", action="store_true", help="the town's hard corner: shared devices, typos, junk")
    kind.add_argument("--over", choices=[OVER], help="lay the town over the receipts of this data set")
    feeding.options(simulate)


def _simulate(options: argparse.Namespace) -> None:
    if options.out is None and not options.send:
        raise CliError("say where the files go by --out DIR, or feed them to the tracking API by --send")
    if options.hard and (options.send or options.first):
        raise CliError("--hard writes files from 1 January 2025 on; leave --send and --from out")
    if options.over and options.first:
        raise CliError("--over begins with the first day of the receipts; leave --from out")
    feeding.check(options)
    if options.out is not None:
        _write(options, options.out)
        return
    with tempfile.TemporaryDirectory(prefix="regulars-town-") as folder:
        _write(options, Path(folder))


def _write(options: argparse.Namespace, out: Path) -> None:
    try:
        if options.hard:
            report = generate_hard(options.customers, options.days, options.seed, out)
            show(options, report, _text(report))
            return
        world = _world(options)
        if options.send:
            progress("making the town ...")
        found = generate(world, out)
    except (ValueError, OSError) as error:
        raise CliError(str(error)) from None
    if options.send:
        feeding.feed(options, world.calendar, out)
    show(options, found, page(found))


def _world(options: argparse.Namespace) -> World:
    if options.over:
        # DuckDB is slow to load, and only this needs it.
        from regulars.simulation.everyday.journey import laid_over

        return laid_over(options.customers, options.days, options.seed)
    return own_world(options.customers, options.days, options.seed, options.first or FIRST_DAY)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as {FIRST_DAY}") from None


def _text(report: Report) -> str:
    """The hard corner in lines: what was written, and each difficulty beside the rate that was asked for."""
    head = [
        f"{report.events} events ({report.lines} lines with duplicates, {report.strong} with a strong identifier)",
        f"{report.customers} customers in {report.households} households, {report.days} days, seed {report.seed}",
        *(f"  {name:<16} {count:>9,} events" for name, count in report.sources.items()),
    ]
    rates = [
        f"  {name:<16} {share.observed:>8.1%} of {share.of:,} (asked for {share.wanted:.1%})"
        for name, share in report.shares.items()
    ]
    return "\n".join((*head, *rates))
