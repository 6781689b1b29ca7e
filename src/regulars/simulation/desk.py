"""Where the town's events are written: the call, its faults on the way, and its truth in a file apart."""

from datetime import UTC, datetime
from random import Random
from typing import Any, BinaryIO

import msgspec

from regulars.simulation.junk import JUNK
from regulars.simulation.rates import Rates
from regulars.simulation.report import Tally
from regulars.simulation.spool import Spool
from regulars.simulation.town import Person, uuid

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
"""Lengths of time in milliseconds."""

SOURCES = (
    {"name": "web", "trust": "client", "group": "main"},
    {"name": "app", "trust": "client", "group": "main"},
    {"name": "shop", "trust": "server", "group": "main"},
    {"name": "till", "trust": "server", "group": "main"},
    {"name": "newsletter", "trust": "server", "group": "main"},
    {"name": "care", "trust": "server", "group": "main"},
)
_CLIENTS = {source["name"] for source in SOURCES if source["trust"] == "client"}
_LIBRARY = {
    "web": {"name": "analytics.js", "version": "2.11.1"},
    "app": {"name": "analytics-kotlin", "version": "1.19.2"},
}
_SERVER_LIBRARY = {"name": "analytics-python", "version": "2.4.0"}
_STRONG = ("user_id", "loyalty_id", "email")
_EXTERNAL = ("loyalty_id", "payment_token", "device_id")
_encode = msgspec.json.Encoder().encode


class Ids(msgspec.Struct, frozen=True):
    """The identifiers an event carries, as they were typed or sent; '' where there is none."""

    user_id: str = ""
    anonymous_id: str = ""
    email: str = ""
    phone: str = ""
    loyalty_id: str = ""
    payment_token: str = ""
    device_id: str = ""


class Call(msgspec.Struct, frozen=True):
    """One tracking call before it is sent; `time` in milliseconds since 1970 UTC."""

    source: str
    kind: str
    name: str
    ids: Ids
    time: int
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    agent: str = ""


def iso(time: int) -> str:
    """Milliseconds since 1970 as the SDKs write them."""
    return datetime.fromtimestamp(time / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def item(call: Call, message_id: str) -> dict[str, Any]:
    """The call in the shape of the Segment spec; an identify carries its traits itself, others in the context."""
    ids = call.ids
    traits = dict(call.traits)
    if ids.email:
        traits["email"] = ids.email
    if ids.phone:
        traits["phone"] = ids.phone
    context: dict[str, Any] = {"library": _LIBRARY.get(call.source, _SERVER_LIBRARY)}
    if call.agent:
        context["userAgent"] = call.agent
    external = [{"id": getattr(ids, kind), "type": kind} for kind in _EXTERNAL if getattr(ids, kind)]
    if external:
        context["externalIds"] = external
    body: dict[str, Any] = {"type": call.kind, "messageId": message_id}
    if call.kind == "track":
        body["event"] = call.name
    elif call.kind in ("page", "screen"):
        body["name"] = call.name
    if call.kind == "identify":
        body["traits"] = traits
    elif traits:
        context["traits"] = traits
    if ids.user_id:
        body["userId"] = ids.user_id
    if ids.anonymous_id:
        body["anonymousId"] = ids.anonymous_id
    body["originalTimestamp" if call.source in _CLIENTS else "timestamp"] = iso(call.time)
    body["context"] = context
    if call.properties:
        body["properties"] = call.properties
    body["origin"] = "simulated"
    return body


class Desk:
    """Takes the calls of all persons: spoils some, delays some, sends some twice, and notes who truly acted."""

    def __init__(self, spool: Spool, truth: BinaryIO, rates: Rates, tally: Tally) -> None:
        self._spool = spool
        self._truth = truth
        self._rates = rates
        self._tally = tally
        self.events = 0

    def send(self, actor: Person, household: str, rng: Random, call: Call) -> None:
        """Write one event of `actor`, with its arrival and its truth."""
        ids, spoiled = self._spoil(rng, call.ids)
        message_id = uuid(rng)
        strong = any(getattr(ids, kind) and kind != spoiled for kind in _STRONG)
        event = item(msgspec.structs.replace(call, ids=ids), message_id)
        for arrival in self._arrivals(rng, call.time):
            line = {"source": call.source, "received_at": iso(arrival), "event": event}
            self._spool.add(arrival, _encode(line))
        truth = {
            "message_id": message_id,
            "source": call.source,
            "person": actor.name,
            "household": household,
            "strong": strong,
        }
        self._truth.write(_encode(truth) + b"\n")
        self.events += 1
        self._tally.sources[call.source] += 1
        self._tally.strong += strong

    def _spoil(self, rng: Random, ids: Ids) -> tuple[Ids, str]:
        """Now and then one identifier is replaced by junk; also says which type that was, or ''."""
        present = [kind for kind in JUNK if getattr(ids, kind)]
        if not present or not self._tally.note("junk", rng.random() < self._rates.junk):
            return ids, ""
        kind = rng.choice(present)
        return msgspec.structs.replace(ids, **{kind: rng.choice(JUNK[kind])}), kind

    def _arrivals(self, rng: Random, time: int) -> list[int]:
        """When the call is received, once or twice, never more than thirty days after it happened."""
        rates, tally = self._rates, self._tally
        latest = time + 30 * DAY
        arrival = time + rng.randrange(3 * SECOND)
        if tally.note("late", rng.random() < rates.late):
            arrival = rng.randrange(time + HOUR, latest)
        elif tally.note("out_of_order", rng.random() < rates.out_of_order / (1 - rates.late)):
            arrival = rng.randrange(time + MINUTE, time + 6 * HOUR)
        if not tally.note("duplicate", rng.random() < rates.duplicate):
            return [arrival]
        return [arrival, min(latest, arrival + rng.randrange(SECOND, 3 * DAY))]
