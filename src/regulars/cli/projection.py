"""`regulars wait|digest|rebuild`: what is derived from the log."""

import argparse
import time
from collections.abc import Iterator

from regulars.app import DIGEST
from regulars.cli.command import CliError, Subparsers, command, open_app, progress, show
from regulars.pipeline import Pipeline
from regulars.storage import log, shadow
from regulars.storage.database import Connection
from regulars.storage.digest import digest
from regulars.storage.leadership import led
from regulars.storage.queries import left_to_do, start_cursor

LEADERLESS_SECONDS = 20.0


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    wait = command(subparsers, "wait", "Return once the pipeline has taken in all that was acknowledged", _wait)
    wait.add_argument("--timeout", type=float, default=0, metavar="SECONDS", help="give up after (default: never)")
    command(subparsers, "digest", "One hash over all that is derived: equal events give an equal digest", _digest)
    command(subparsers, "rebuild", "Throw away what is derived and make it again from the log", _rebuild)


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
    show(options, {"caught_up": True}, "caught up")


def _digest(options: argparse.Namespace) -> None:
    app = open_app(options)
    with app.connect() as connection:
        found = digest(connection, app.context().rules_name, DIGEST)
    show(options, found, f"{found.digest} ({found.rules})")


def _rebuild(options: argparse.Namespace) -> None:
    app = open_app(options)
    started, events = time.monotonic(), 0
    with app.connect() as keeper, app.connect(shadow.SHADOW_SCHEMA) as worker:
        if not shadow.begin_rebuild(keeper):
            raise CliError("another rebuild is under way")
        app.create_derived(shadow.SHADOW_SCHEMA)
        worker.execute("SET synchronous_commit = off")
        start_cursor(worker, app.context().rules_name)
        pipeline = Pipeline(worker, app.context())
        while True:
            while batch := pipeline.step():
                events += batch.accepted
                progress(f"rebuild: {events} events")
            if shadow.swap(keeper, pipeline.place):
                break
    seconds = time.monotonic() - started
    data = {"events": events, "seconds": round(seconds, 3)}
    show(options, data, f"rebuilt from {events} events in {seconds:.1f} s")
