"""`regulars simulate`: a town whose truth is known, written to files."""

import argparse
from pathlib import Path

from regulars.cli.command import CliError, Subparsers, command, show
from regulars.simulation.hard import generate


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
    show(options, report, str(report))
