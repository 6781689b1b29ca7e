"""How far events were read; a rebuild, which numbers them anew, loses none and repeats few."""

import msgspec

from regulars.decisioning.journeys import queries
from regulars.storage.database import Connection

MARGIN = 600_000_000
"""After a rebuild it is read again from so many microseconds before; who came in by an event does not come in twice."""


class Place(msgspec.Struct, frozen=True):
    """The last event that was read, when it was received (microseconds), and which table of events it stood in."""

    generation: int
    place: int
    received: int


def last(connection: Connection) -> tuple[int, int]:
    """The newest event's number, and which table of events this is."""
    row = connection.execute(queries.LAST_EVENT).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def read(connection: Connection, since: int) -> Place:
    """From where to go on; the first time from what was received at `since` (microseconds), or later."""
    newest, generation = last(connection)
    row = connection.execute(queries.PLACE).fetchone()
    if row is None:
        return keep(connection, generation, _before(connection, newest, since))
    known = Place(*row)
    if known.generation == generation and known.place <= newest:
        return known
    return Place(generation, _before(connection, newest, known.received - MARGIN), known.received)


def keep(connection: Connection, generation: int, place: int) -> Place:
    """Note that events were read up to here, in the caller's transaction."""
    row = connection.execute(queries.LAST_RECEIVED, (place,)).fetchone()
    made = Place(generation, place, int(row[0]) if row else 0)
    connection.execute(queries.PUT_PLACE, (made.generation, made.place, made.received))
    return made


def _before(connection: Connection, newest: int, received: int) -> int:
    """The last event before the first that was received at this time or later: events are numbered as they came."""
    low, high = 0, newest
    while low < high:
        middle = (low + high + 1) // 2
        row = connection.execute(queries.RECEIVED_FROM, (middle,)).fetchone()
        if row is None or row[1] >= received:
            high = middle - 1
        else:
            low = middle
    return low


def is_behind(connection: Connection) -> bool:
    """Whether the pipeline has yet to take in some of the log."""
    row = connection.execute(queries.BEHIND).fetchone()
    return bool(row and row[0])
