"""`regulars wait|digest|rebuild`: what is derived from the log."""

import argparse
import time
from collections.abc import Iterator

from regulars.app import DIGEST
from regulars.cli.command import CliError, Subparsers, command, open_app, progress, show
from regulars.cli.rebuilding import rebuild_all, rebuild_some
from regulars.projections import PROJECTIONS
from regulars.storage import log, stale
from regulars.storage.database import Connection
from regulars.storage.digest import digest
from regulars.storage.leadership import led
from regulars.storage.queries import left_to_do

LEADERLESS_SECONDS = 20.0


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    wait = command(subparsers, "wait", "Return once the pipeline has taken in all that was acknowledged", _wait)
    wait.add_argument("--timeout", type=float, default=0, metavar="SECONDS", help="give up after (default: never)")
    command(subparsers, "digest", "One hash over all that is derived: equal events give an equal digest", _digest)
    rebuild = command(subparsers, "rebuild", "Throw away what is derived and make it again from the log", _rebuild)
    only = "make only this anew; may be repeated (default: everything)"
    rebuild.add_argument("--only", action="append", choices=sorted(PROJECTIONS), default=[], help=only)


def caught_up(connection: Connection, until: int) -> Iterator[int]:
    """How many items are left up to a place of the log, again and again until none is; raises CliError."""
    leaderless = 0.0
    while left := left_to_do(connection, until):
        yield left
        if led(connection):
            leaderless = 0.0
        else:
            leaderless = leaderless or time.monotonic()
            if time.monotonic() - leaderless > LEADERLESS_SECONDS:
                raise CliError("no pipeline is running: start `regulars up` or `regulars serve pipeline`")
        time.sleep(0.1)
    yield 0


def _wait(options: argparse.Namespace) -> None:
    started = time.monotonic()
    with open_app(options).connect() as connection:
        for left in caught_up(connection, log.last(connection)):
            if left and options.timeout and time.monotonic() - started > options.timeout:
                raise CliError(f"{left} items are still to be taken in after {options.timeout:g} s")
        while stale.left(connection) and led(connection):
            if options.timeout and time.monotonic() - started > options.timeout:
                raise CliError(f"the list of customers is still to be brought up to date after {options.timeout:g} s")
            time.sleep(0.05)
    show(options, {"caught_up": True}, "caught up")


def _digest(options: argparse.Namespace) -> None:
    app = open_app(options)
    with app.connect() as connection:
        found = digest(connection, app.context().rules_name, DIGEST)
    show(options, found, f"{found.digest} (projection {found.projection}, {found.rules})")


def _rebuild(options: argparse.Namespace) -> None:
    app = open_app(options)
    started = time.monotonic()

    def tell(events: int) -> None:
        progress(f"rebuild: {events} events")

    events = rebuild_some(app, options.only, tell) if options.only else rebuild_all(app, tell)
    seconds = time.monotonic() - started
    data = {"events": events, "seconds": round(seconds, 3)}
    show(options, data, f"rebuilt from {events} events in {seconds:.1f} s")
