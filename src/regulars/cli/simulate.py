"""`regulars simulate`: a town whose truth is known, written to files."""

import argparse
from pathlib import Path

from regulars.cli.command import CliError, Subparsers, command, show
from regulars.simulation.hard import generate
from regulars.simulation.report import Report


def add(subparsers: Subparsers) -> None:
    """Declare the command."""
    simulate = command(subparsers, "simulate", "Write the events of a simulated town, its truth apart", _simulate)
    simulate.add_argument("--hard", action="store_true", help="the town's hard corner: shared devices, typos, junk")
    simulate.add_argument("--customers", type=int, required=True, metavar="N")
    simulate.add_argument("--days", type=int, required=True, metavar="D")
    simulate.add_argument("--seed", type=int, required=True, metavar="S", help="the same seed gives the same bytes")
    simulate.add_argument("--out", type=Path, required=True, metavar="DIR")


def _simulate(options: argparse.Namespace) -> None:
    if not options.hard:
        raise CliError("only the town's hard corner is there so far: add --hard")
    try:
        report = generate(options.customers, options.days, options.seed, options.out)
    except (ValueError, OSError) as error:
        raise CliError(str(error)) from None
    show(options, report, _text(report))


def _text(report: Report) -> str:
    """The town in lines: what was written, and each difficulty beside the rate that was asked for."""
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
