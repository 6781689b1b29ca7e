"""`regulars rejected`: what could not be taken in, and taking it up again once the cause is mended."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show, show_line
from regulars.collection.again import NotReplayable
from regulars.collection.replay import Replay
from regulars.model.frame import Frame
from regulars.model.rejection import Reason
from regulars.storage import log, reading
from regulars.storage.database import Connection
from regulars.storage.reading import RejectedItem

PART = 500
"""How many items are read and appended at a time."""


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    rejected = group(subparsers, "rejected", "Events that could not be read")
    reasons = [str(reason) for reason in Reason]
    shown = command(rejected, "list", "List them, newest first", _list)
    shown.add_argument("--reason", choices=reasons, metavar="REASON", help=", ".join(reasons))
    shown.add_argument("-n", type=int, default=20, metavar="N", help="how many at most (default: 20)")
    replay = command(rejected, "replay", "Send them in again, byte for byte", _replay)
    replay.add_argument("ids", nargs="*", type=int, metavar="ID", help="as `rejected list` shows them")
    replay.add_argument("--reason", choices=reasons, metavar="REASON", help="all with this reason")
    replay.add_argument("--all", action="store_true", help="all of them")


def _list(options: argparse.Namespace) -> None:
    if options.n < 1:
        raise CliError("-n: must be at least 1")
    with open_app(options).connect() as connection:
        items = reading.rejected(connection, options.reason, options.n)
    for item in items:
        show_line(options, _document(item), _line(item))
    if not items and not options.json:
        print("nothing is rejected")


def _document(item: RejectedItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "place": f"{item.seq}:{item.item}",
        "received": _time(item.received),
        "source": item.source,
        "trust": "server" if item.trust else "client",
        "reason": item.reason,
        "where": item.path,
        "message": item.message,
        "body": item.body.decode("utf-8", "replace"),
    }


def _line(item: RejectedItem) -> str:
    words = "".join(each if each.isprintable() else " " for each in item.body[:200].decode("utf-8", "replace"))
    told = f"{item.id:>8}  {_time(item.received):%Y-%m-%d %H:%M:%S}  {item.source:<12}  {item.reason}"
    return f"{told}\n          {item.path}: {item.message}\n          {words}"


def _time(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1_000_000, UTC)


def _replay(options: argparse.Namespace) -> None:
    if sum((bool(options.ids), options.reason is not None, options.all)) != 1:
        raise CliError("say what to replay: ids, --reason REASON, or --all")
    replayed, left = 0, 0
    with open_app(options).connect() as connection:
        again = Replay(connection)
        for items in _chosen(connection, options):
            if options.ids:
                log.append(connection, [[_framed(again, item) for item in items]])
                replayed += len(items)
            else:
                sent, refused = again.send(items)
                replayed, left = replayed + sent, left + len(refused)
    words = f"sent in again: {replayed}" + (f"; left, as they cannot be sent in again: {left}" if left else "")
    show(options, {"replayed": replayed, "left": left}, words)


def _chosen(connection: Connection, options: argparse.Namespace) -> Iterator[list[RejectedItem]]:
    if options.ids:
        found = reading.rejected_of(connection, options.ids)
        if missing := sorted(set(options.ids) - {item.id for item in found}):
            raise CliError(f"there is no rejected item {missing[0]}")
        yield found
        return
    # What is replayed and fails again gets a new, larger id: only what stands now is gone through.
    newest = reading.rejected(connection, options.reason, 1)
    last, end = 0, newest[0].id if newest else 0
    while part := reading.rejected_after(connection, last, options.reason, PART):
        chosen = [item for item in part if item.id <= end]
        if not chosen:
            return
        yield chosen
        last = chosen[-1].id


def _framed(again: Replay, item: RejectedItem) -> Frame:
    try:
        return again.frame(item)
    except NotReplayable as why:
        raise CliError(f"{item.id}: {why}") from None
