"""`regulars events tail`: what has been accepted, as it comes."""

import argparse
from typing import Any

import msgspec

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show_line
from regulars.cli.whom import ACTOR
from regulars.profiles.history import TimelineEvent, timeline_event
from regulars.storage import audit
from regulars.storage.database import Connection
from regulars.storage.reading import last_events, listen

SECONDS = 1.0
"""How often, at least, new events are asked for: the log's notification comes before the pipeline's commit."""

MOST = 10_000


class TailedEvent(TimelineEvent, frozen=True, kw_only=True):
    """An accepted event and whose it is: the customer's id in hex, or None."""

    customer: str | None


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    events = group(subparsers, "events", "Accepted events")
    tail = command(events, "tail", "The newest accepted events, oldest of them first", _tail)
    tail.add_argument("-n", type=int, default=10, metavar="N", help="how many at first (default: 10)")
    tail.add_argument("--follow", action="store_true", help="go on as more are accepted, until Ctrl-C")


def _tail(options: argparse.Namespace) -> None:
    if not 0 <= options.n <= MOST:
        raise CliError(f"-n: must be 0 to {MOST}")
    with open_app(options).connect() as connection:
        audit.note(connection, ACTOR, "events tail", "follow" if options.follow else "")
        if options.follow:
            listen(connection)
        last = _show_after(connection, options, 0, options.n)
        if not last and options.n == 0:
            last = max((int(str(row[0])) for row in last_events(connection, 0, 1)), default=0)
        while options.follow:
            for _ in connection.notifies(timeout=SECONDS, stop_after=1):
                pass
            last = _show_after(connection, options, last, MOST)


def _show_after(connection: Connection, options: argparse.Namespace, last: int, most: int) -> int:
    for row in last_events(connection, last, most):
        event = tailed(row)
        show_line(options, event, _line(event))
        last = int(str(row[0]))
    return last


def tailed(row: tuple[Any, ...]) -> TailedEvent:
    """An event from a row of `last_events`."""
    customer = row[-1]
    said = msgspec.structs.asdict(timeline_event(row[1:-1]))
    return TailedEvent(**said, customer=None if customer is None else customer.hex())


def _line(event: TailedEvent) -> str:
    whose = event.customer[:8] if event.customer else "nobody"
    return f"{event.time:%Y-%m-%d %H:%M:%S}  {whose:<8}  {event.summary}"
