"""Who was touched by what the pipeline took in since the last look."""

from typing import Final

from regulars.segments import queries
from regulars.storage.database import Connection

MOST: Final = 5_000
"""More events than this since the last look are no longer looked at one by one: everybody is evaluated instead."""


def last_event(connection: Connection) -> int:
    """The number of the newest event; 0 where there is none."""
    row = connection.execute(queries.LAST_EVENT).fetchone()
    return int(row[0]) if row else 0


class Touched:
    """Follows the events from where they are when it is made."""

    def __init__(self, connection: Connection) -> None:
        """On a connection in autocommit."""
        self._connection = connection
        self._place = last_event(connection)

    def look(self) -> set[bytes] | None:
        """The customers of the events that came since the last look; None where these are too many to be named."""
        last = last_event(self._connection)
        if last == self._place:
            return set()
        # After a rebuild events are numbered anew.
        if last < self._place or last - self._place > MOST:
            self._place = last
            return None
        rows = self._connection.cursor(binary=True).execute(queries.TOUCHED, (self._place, last)).fetchall()
        self._place = last
        return {customer for (customer,) in rows}
