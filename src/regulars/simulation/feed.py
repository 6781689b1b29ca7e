"""A town's calls one after the other for the tracking API: at a steady speed, or one day of them in a few minutes."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from regulars.simulation.everyday.call import CLIENTS, NAMES
from regulars.simulation.everyday.chance import mark

SECOND, DAY = 1_000, 86_400_000
"""Lengths of time in milliseconds."""
OPENS = 6 * 3_600_000
"""A day that is played begins at six in the morning: there is nothing to see before."""
KNOWN = ("identify", "Loyalty Joined", "Consent Given", "Consent Withdrawn")
THINGS = ("Product Updated", "Store Updated", "Stock Updated", "Article Updated", "Coupon Updated", "Campaign Updated")
"""What the shop knew before the day that is played."""


_CLIENTS = frozenset(NAMES[name] for name in CLIENTS)


class Call(msgspec.Struct):
    """One line of `events.jsonl`: who sends, and what."""

    source: str
    event: msgspec.Raw


class _When(msgspec.Struct):
    originalTimestamp: str = ""
    timestamp: str = ""
    type: str = ""
    event: str = ""


_call = msgspec.json.Decoder(Call)
_when = msgspec.json.Decoder(_When)


class Moment(msgspec.Struct, frozen=True):
    """One call with the time at which it is due, in milliseconds since the beginning of the sending."""

    due: int
    call: Call


def read(folder: Path) -> Iterator[Call]:
    """The calls of a town's folder in the order of their arrival. Raises OSError."""
    with (folder / "events.jsonl").open("rb") as lines:
        yield from map(_call.decode, lines)


def steady(folder: Path, speed: float) -> Iterator[Moment]:
    """All calls as they are, so many in a second; 0 means as fast as they are taken."""
    for number, call in enumerate(read(folder)):
        yield Moment(int(number * SECOND / speed) if speed else 0, call)


def known_before(folder: Path, day: int) -> Iterator[Call]:
    """What the shop's servers had been told before a day (its beginning in ms): accounts, cards, consents, goods."""
    for call in read(folder):
        when = _when.decode(call.event)
        if _time(when) < day and (when.event in THINGS or (call.source not in _CLIENTS and _known(when))):
            yield call


def one_day(folder: Path, day: int, minutes: float) -> list[Moment]:
    """The calls of one day (its beginning in ms), from six in the morning, so that it passes in so many minutes."""
    pace = minutes * 60 * SECOND / (DAY - OPENS)
    found = []
    for call in read(folder):
        since = _time(_when.decode(call.event)) - day - OPENS
        if 0 <= since < DAY - OPENS:
            found.append(Moment(int(since * pace), call))
    return sorted(found, key=lambda moment: moment.due)


def as_of_now(moments: Sequence[Moment], begin: int, run: str) -> Iterator[Moment]:
    """The same calls as if they happened when they are sent, from `begin` (ms since 1970) on.

    Message ids, and the ids of orders placed that day, are made of the old ones and `run`, so that the same day can be
    played again.
    """
    orders = {id for moment in moments for id in _placed(moment.call)}
    for moment in moments:
        event = _stamped(moment.call.event, begin + moment.due, run, orders)
        yield Moment(moment.due, Call(moment.call.source, event))


def _stamped(event: msgspec.Raw, time: int, run: str, orders: set[str]) -> msgspec.Raw:
    item: dict[str, Any] = msgspec.json.decode(event)
    moment = datetime.fromtimestamp(time / 1000, UTC)
    field = "originalTimestamp" if "originalTimestamp" in item else "timestamp"
    item[field] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    item["messageId"] = "live-" + mark(run, item["messageId"])
    properties = item.get("properties", {})
    for name in ("order_id", "receipt_id"):
        if properties.get(name) in orders:
            properties[name] = f"{properties[name]}-{run}"
    return msgspec.Raw(msgspec.json.encode(item))


def _placed(call: Call) -> Iterator[str]:
    if _when.decode(call.event).event == "Order Completed":
        properties = msgspec.json.decode(call.event)["properties"]
        yield properties["order_id"]


def _known(when: _When) -> bool:
    return when.type in KNOWN or when.event in KNOWN


def _time(when: _When) -> int:
    return int(datetime.fromisoformat(when.originalTimestamp or when.timestamp).timestamp() * 1000)
