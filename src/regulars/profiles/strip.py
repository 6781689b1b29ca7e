"""What is derived from browsing, brought in line with what is left of it in the log."""

from collections.abc import Sequence

import msgspec

from regulars.model.event import Event
from regulars.model.interaction import Interaction
from regulars.model.source import Source, Trust
from regulars.profiles import queries
from regulars.profiles.activity import DAY
from regulars.profiles.browsing import KINDS
from regulars.profiles.fragment import DEFAULT_BOUNDS
from regulars.profiles.interactions import KIND_OF, add_up, interactions_of
from regulars.profiles.store import Fold
from regulars.storage.database import Connection
from regulars.storage.later import AtOnce

NAMES = [name for name, kind in KIND_OF.items() if kind in KINDS]

_encode = msgspec.json.Encoder().encode
_body = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_object = msgspec.json.Decoder(dict[str, object]).decode


class Left(msgspec.Struct, frozen=True):
    """An accepted browsing event as it is left in the log, and its bundle."""

    bundle: bytes | None
    event: Event


def event_body(event: Event) -> bytes:
    """What the table of events holds of what was said."""
    parts = {"properties": event.properties, "traits": event.traits, "context": event.context}
    return _encode({name: value for name, value in parts.items() if value})


def put_left(connection: Connection, left: Sequence[Left]) -> None:
    """Bring the events in line, and count anew what was done with products on the days they tell of."""
    rows = [
        (each.bundle, e.time, e.source.name, int(e.source.trust), e.message_id, e.name, event_body(e))
        for each in left
        for e in (each.event,)
    ]
    days: set[tuple[bytes, int]] = set()
    for query, named in ((queries.STRIP_NAMED, True), (queries.STRIP_NAMELESS, False)):
        part = [row for row in rows if (row[0] is not None) is named]
        if part:
            columns = tuple([row[i] for row in part] for i in range(7))
            for bundle, time in connection.cursor(binary=True).execute(query, columns):
                if bundle is not None:
                    days.add((bundle, time // DAY))
    if days:
        _count_anew(connection, sorted(days))


def _count_anew(connection: Connection, days: list[tuple[bytes, int]]) -> None:
    columns = ([bundle for bundle, _ in days], [day for _, day in days])
    cursor = connection.cursor(binary=True)
    cursor.execute(queries.FORGET_DAYS, (*columns, list(KINDS)))
    fold = Fold(DEFAULT_BOUNDS)
    cursor.execute(queries.EVENTS_OF_DAYS, (*columns, NAMES, DAY, DAY, DAY))
    told: dict[bytes, list[Interaction]] = {}
    for bundle, name, time, message_id, body in cursor:
        told.setdefault(bundle, []).extend(interactions_of(_event(name, time, message_id, body)))
    for bundle, rows in told.items():
        fold.add(bundle, b"", "", add_up(rows))
    fold.write(connection, AtOnce(), {}, ())


def _event(name: str, time: int, message_id: str, body: bytes) -> Event:
    """As much of an event as its interactions are read from."""
    properties = _object(_body(body).get("properties", msgspec.Raw(b"{}")))
    source = Source("", Trust.CLIENT)
    return Event(source, message_id, "track", name, time, time, "", "", "", "", {}, properties, {}, (), "", False, b"")
