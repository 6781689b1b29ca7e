"""`regulars insights`: understand customers now, and say what is understood of one."""

import argparse
import os
from datetime import UTC, date, datetime, timedelta
from typing import Any

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show
from regulars.cli.whom import ACTOR, WHO, AsyncConnection, one, read
from regulars.insights.insight import Insight
from regulars.insights.reader import insight_of, understood
from regulars.storage import audit

EPOCH = date(1970, 1, 1)
NICE = 15
"""It gives way to whatever else runs."""


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    made = group(subparsers, "insights", "What is understood of customers")
    run = command(made, "run", "Bring insight to where the lake is; done by itself as the lake changes", _run)
    run.add_argument("--as-of", metavar="DAY", help="as of this day, YYYY-MM-DD (default: of the latest event)")
    run.add_argument("--full", action="store_true", help="compute everybody anew, not only who has changed")
    shown = command(made, "show", "What is understood of one customer, with reasons", _show)
    shown.add_argument("who", metavar="ID|TYPE:VALUE", help=WHO)


def _run(options: argparse.Namespace) -> None:
    # Only this command needs it, and DuckDB is slow to load.
    from regulars.insights.job import run
    from regulars.storage.engine import LakeError

    app = open_app(options)
    os.nice(NICE)
    with app.connect() as connection:
        try:
            done = run(connection, app.folder.lake, _day(options.as_of), full=options.full)
        except LakeError as error:
            raise CliError(str(error)) from None
    words = f"as of {done.as_of}: {done.customers:,} customers, {done.computed:,} of them computed anew"
    if not done.customers:
        words = "there is nobody to understand yet"
    show(options, done, f"{words}, in {done.seconds:.1f} s")


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise CliError(f"--as-of: must be a day such as 2026-03-31, not {text}") from None
    if found.year < 2000 or found.year > 9000:
        raise CliError(f"--as-of: {text} is no day of a shop's life")
    return found


def _show(options: argparse.Namespace) -> None:
    app = open_app(options)

    async def run(connection: AsyncConnection) -> tuple[Insight, int]:
        customer = await one(connection, app, options.who)
        whole, found = await understood(connection), await insight_of(connection, customer)
        if whole is None or found is None:
            raise CliError("nothing is understood of this customer yet: `regulars insights run` does it now")
        await audit.record(connection, ACTOR, "insight", [customer])
        return found, whole.as_of

    found, as_of = read(app, run)
    day = EPOCH + timedelta(days=as_of)
    show(options, {"as_of": day, "insight": found}, "\n".join(_lines(found, day, as_of)))


def _lines(found: Insight, day: date, as_of: int) -> list[str]:
    """The same in words; amounts in minor units as they are kept."""
    said: list[tuple[str, Any]] = [("as of", day), ("stage", found.stage or "never bought")]
    if found.orders:
        said += [
            ("orders", f"{found.orders} on {found.days} days"),
            ("first, last order", f"{_moment(found.first_order)}, {_moment(found.last_order)}"),
            ("recency", f"{found.recency(as_of)} days"),
            ("rhythm", f"{found.rhythm} days (median gap {found.gap_median}, mean {found.gap_mean})"),
            ("spend", ", ".join(f"{each.spend} {each.currency}" for each in found.spends or [])),
            ("in the year", f"{found.spend_year} {found.currency}"),
            ("given back", "–" if found.returns_share is None else f"{found.returns_share:.1%}"),
            ("discount", "nobody stated any" if found.discount_share is None else f"{found.discount_share:.1%}"),
            ("recency, frequency, money", f"{found.r}, {found.f}, {found.m} of 5"),
            ("bought by", ", ".join(found.channels)),
            ("stores", ", ".join(found.stores)),
        ]
    for label, likes in (("likes", found.categories), ("likes brand", found.brands)):
        said += [(label, f"{each.name}: {each.days} days, {each.lift} times as often as others") for each in likes]
    for label, looks in (("looks at", found.viewed_categories), ("looks at brand", found.viewed_brands)):
        said += [(label, f"{each.name}: {each.products} products, {each.lift} times others' share") for each in looks]
    return [f"{label + ':':<27}{value}" for label, value in said]


def _moment(at: int | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at / 1_000_000, UTC).date().isoformat()
