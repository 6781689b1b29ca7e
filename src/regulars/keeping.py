"""The table of customers kept right by whoever leads: at once when nothing waits, and a little between batches."""

import time

from regulars.context import Context
from regulars.profiles.listing.refresh import Refresher
from regulars.storage import shadow, stale
from regulars.storage.database import Connection
from regulars.storage.queries import hold_cursor
from regulars.storage.shadow import hold_schema
from regulars.storage.versions import PROJECTION_VERSION

SHARE = 20
"""Between batches no more than one in so many seconds goes into it."""


class Keeper:
    """Keeps the table of customers right for the process that leads."""

    def __init__(self, connection: Connection, context: Context) -> None:
        """Where the table was never made, all of it is noted as stale."""
        self._connection = connection
        self._context = context
        self._refresher = Refresher(connection, context.rules, context.reading.currency)
        self._due = 0.0
        if stale.never_made(connection):
            stale.mark_all(connection)

    def step(self, place: int) -> int:
        """Bring some rows up to date; 0 where all are.

        `place` is where the cursor stands: raises CursorMoved where this process no longer leads, writing nothing.
        """
        with self._connection.transaction():
            hold_schema(self._connection)
            hold_cursor(self._connection, place, self._context.rules_name)
            return self._refresher.step()

    def due(self) -> bool:
        """Whether its share of the time allows a step while batches go on coming."""
        return time.monotonic() >= self._due

    def between(self, place: int) -> None:
        """As `step`, when it is due; batches go on coming."""
        started = time.monotonic()
        self.step(place)
        ended = time.monotonic()
        self._due = ended + SHARE * (ended - started)


def list_everybody(connection: Connection, context: Context) -> None:
    """Fill the table in the shadow, which is empty: with what serves where that was made by the same versions.

    Its rows are then made anew after the swap, when there is time; where the versions differ, at once.
    """
    stale.mark_all(connection)
    if shadow.serving_versions(connection) == (PROJECTION_VERSION, context.rules_name):
        with connection.transaction():
            shadow.adopt(connection, ("customers", "name_words"))
    else:
        Refresher(connection, context.rules, context.reading.currency).run()
