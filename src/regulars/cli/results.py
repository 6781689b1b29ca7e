"""`regulars results`: what campaigns, journeys and actions changed."""

import argparse
import os
import time

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show, show_line
from regulars.measurement.result import PEOPLE, PURCHASES, SALES, Result
from regulars.measurement.store import all_results, put_all
from regulars.model.money import money_text

NICE = 15
"""Measuring gives way to whatever else runs."""


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    made = group(subparsers, "results", "What campaigns, journeys and actions changed")
    command(made, "measure", "Measure everything now; done by itself as the lake changes", _measure)
    command(made, "list", "Every result as it was last measured", _list)


def _measure(options: argparse.Namespace) -> None:
    # Only this command needs it, and DuckDB is slow to load.
    from regulars.measurement.measure import measure
    from regulars.storage.engine import LakeError

    app = open_app(options)
    os.nice(NICE)
    started, now = time.monotonic(), time.time_ns() // 1000
    with app.connect() as connection:
        try:
            count = put_all(connection, measure(connection, app.folder.lake, now), now)
        except LakeError as error:
            raise CliError(str(error)) from None
    seconds = time.monotonic() - started
    show(options, {"measured": count, "seconds": round(seconds, 3)}, f"{count:,} measured in {seconds:.1f} s")


def _list(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        for each in all_results(connection):
            name = f"{each.name} ({each.source})" if each.source else each.name
            show_line(options, each, f"{each.kind:<9} {name:<32} {_told(each)}")


def _told(result: Result) -> str:
    """A result in one line; where the test is no fair one it says so, and no number."""
    sales, people, orders = (result.extra(each) for each in (SALES, PEOPLE, PURCHASES))
    if sales is None or people is None or orders is None:
        return result.verdict
    low, middle, high = (money_text(round(each), result.currency) for each in (sales.low, sales.middle, sales.high))
    return (
        f"extra sales {middle} ({low} to {high}), "
        f"people {people.middle:,.0f} ({people.low:,.0f} to {people.high:,.0f}), "
        f"orders {orders.middle:,.0f} ({orders.low:,.0f} to {orders.high:,.0f})"
    )
