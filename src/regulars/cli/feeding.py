"""`regulars simulate --send`: a town fed through the tracking API of a running installation."""

import argparse
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from regulars.app import App
from regulars.cli.command import CliError, open_app, progress
from regulars.simulation import feed as feeds
from regulars.simulation.everyday.calendar import DAY, SATURDAY, Calendar
from regulars.simulation.everyday.call import SOURCES
from regulars.simulation.feed import Moment
from regulars.simulation.sending import Sender, SendFailed, play
from regulars.storage.sources import create_key, revoke_key

SPEED = 500.0
"""Events a second where nothing else is said."""


def options(simulate: argparse.ArgumentParser) -> None:
    """Declare the options of sending."""
    simulate.add_argument("--send", action="store_true", help="feed the town through the tracking API")
    simulate.add_argument("--speed", type=float, metavar="EVENTS", help=f"events a second (default: {SPEED:g}; 0: all)")
    simulate.add_argument(
        "--live", type=float, metavar="MINUTES", help="play one Saturday in so many minutes, as if it were now"
    )
    simulate.add_argument("--url", metavar="URL", help="the server (default: host and port of the settings)")


def check(options: argparse.Namespace) -> None:
    """Raises CliError where the options of sending do not go together."""
    asked = [name for name in ("speed", "live", "url") if getattr(options, name) is not None]
    if asked and not options.send:
        raise CliError(f"--{asked[0]} needs --send")
    if options.live is not None and options.speed is not None:
        raise CliError("--live has a speed of its own; leave --speed out")
    if options.live is not None and not 0 < options.live <= 1440:
        raise CliError("--live: a number of minutes above 0, at most 1440")
    if options.speed is not None and not 0 <= options.speed < 1_000_000:
        raise CliError("--speed: a number of events a second, 0 for as fast as they are taken")


def feed(options: argparse.Namespace, calendar: Calendar, folder: Path) -> None:
    """Feed the town in `folder` to the server. Raises CliError."""
    app = open_app(options)
    address = options.url or f"http://{app.settings.host}:{app.settings.port}"
    try:
        with _sender(app, address) as sender:
            if options.live is None:
                speed = SPEED if options.speed is None else options.speed
                _play(sender, feeds.steady(folder, speed), "Sending", None)
            else:
                _saturday(sender, calendar, folder, options.live)
    except SendFailed as error:
        raise CliError(str(error)) from None


def _saturday(sender: Sender, calendar: Calendar, folder: Path, minutes: float) -> None:
    """The last Saturday; before it, what the shop had been told by then."""
    day = calendar.start + calendar.last(SATURDAY) * DAY
    moments = feeds.one_day(folder, day, minutes)
    before = [Moment(0, call) for call in feeds.known_before(folder, day)]
    _play(sender, iter(before), "What the shop knew", len(before))
    progress(f"a Saturday ({calendar.local(day):%Y-%m-%d} in the town) in {minutes:g} minutes, as if it were now ...")
    begin = time.time_ns() // 1_000_000
    now = feeds.as_of_now(moments, begin, secrets.token_hex(3))
    _play(sender, now, "Saturday", sender.sent + len(moments))


def _play(sender: Sender, moments: Iterator[Moment], title: str, total: int | None) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"), TimeElapsedColumn())
    # Apart from the result, which programs read.
    console = Console(stderr=True)
    with Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(title, total=total)
        play(sender, moments, lambda sent: bar.update(task, completed=sent))


@contextmanager
def _sender(app: App, address: str) -> Iterator[Sender]:
    """A sender with a key for each source, made for this run and revoked after it."""
    with app.connect() as connection:
        kinds = {"client": "write", "server": "secret"}
        keys = {s["name"]: create_key(connection, kinds[s["trust"]], s["name"], s["group"]) for s in SOURCES}
        sender = Sender(address, keys)
        try:
            yield sender
        finally:
            sender.close()
            for key in keys.values():
                revoke_key(connection, key)
