"""Joining and leaving: the row of a membership and the event that tells it are one transaction."""

from collections.abc import Iterable
from typing import Final

import msgspec

from regulars.identity.rules import Rules
from regulars.identity.saying import Word, say
from regulars.identity.speaker import speakers
from regulars.segments import queries
from regulars.segments.store import Segment
from regulars.storage.database import Connection

JOINED: Final = "Segment Joined"
LEFT: Final = "Segment Left"
AT_ONCE: Final = 500
"""Changes in one transaction."""
SOURCE: Final = "segments"
"""As which source joining and leaving are told."""


class Changes(msgspec.Struct):
    """How many joined and how many left."""

    joined: int = 0
    gone: int = 0


def change(
    connection: Connection, rules: Rules, segment: Segment, joined: Iterable[bytes], gone: Iterable[bytes], now: int
) -> Changes:
    """Let these customers be in a segment, and those not any more; who is or is not already stays untouched.

    Whoever is no customer any more (merged, erased) joins nothing, and leaves without an event. `now` in microseconds.
    """
    done = Changes()
    wanted = [*((each, True) for each in joined), *((each, False) for each in gone)]
    for start in range(0, len(wanted), AT_ONCE):
        part = _change(connection, rules, segment, dict(wanted[start : start + AT_ONCE]), now)
        done.joined += part.joined
        done.gone += part.gone
    return done


def _change(connection: Connection, rules: Rules, segment: Segment, wanted: dict[bytes, bool], now: int) -> Changes:
    with connection.transaction():
        connection.execute(queries.LOCK_MEMBERSHIPS)
        cursor = connection.cursor(binary=True)
        rows = cursor.execute(queries.HELD, (sorted(wanted), segment.name)).fetchall()
        changes = {customer: (count or 0) + 1 for customer, count, held in rows if held != wanted[customer]}
        speaking = speakers(connection, changes, rules, SOURCE)
        joined = [each for each in changes if wanted[each] and each in speaking]
        gone = [each for each in changes if not wanted[each]]
        if not joined and not gone:
            return Changes()
        simulated = {row[0] for row in cursor.execute(queries.SIMULATED, (sorted(changes),))}
        cursor.execute(queries.JOIN, (segment.name, now, joined))
        cursor.execute(queries.LEAVE, (now, segment.name, gone))
        words = [_word(segment, each, wanted[each], changes[each], now, each in simulated) for each in (*joined, *gone)]
        say(connection, words, rules, SOURCE, now, speaking)
    return Changes(len(joined), len(gone))


def _word(segment: Segment, customer: bytes, joined: bool, number: int, now: int, simulated: bool) -> Word:
    return Word(
        event=JOINED if joined else LEFT,
        # The same change has the same id, whoever makes it.
        message_id=f"{segment.name}:{customer.hex()}:{number}",
        at=now,
        properties={"segment": segment.name, "title": segment.title, "version": segment.version},
        customer=customer,
        simulated=simulated,
    )
