"""When she was contacted, over all her ids: what was sent or waits to be, and what was shown."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from regulars.decisioning import queries
from regulars.model.contact import REACH, SERVICE
from regulars.model.decision import Contact
from regulars.storage.binary import byteas
from regulars.storage.database import Connection

UNSEEN: Final = 10 * 60_000_000
"""What was decided for a place on the site counts for so long, in microseconds, though nobody has said it was shown."""


class Asked:
    """A question for contacts that is sent; `found` waits for the answer, so that others can be sent with it."""

    def __init__(self, connection: Connection, ids: Mapping[bytes, Sequence[bytes]], now: int) -> None:
        self._ids = ids
        self._whose = {id: customer for customer, hers in ids.items() for id in hers}
        every, since = byteas(self._whose), now - REACH
        values = (every, since, every, since, now - UNSEEN)
        self._rows = connection.cursor(binary=True).execute(queries.CONTACTS, values)

    def found(self) -> dict[bytes, tuple[Contact, ...]]:
        """The contacts of the 90 days before `now` of each customer, given all ids of each; in order of time."""
        found: dict[bytes, list[Contact]] = defaultdict(list)
        for id, at, channel, purpose, action in self._rows:
            found[self._whose[id]].append(Contact(at, channel, purpose in SERVICE, action))
        return {customer: tuple(sorted(found[customer])) for customer in self._ids}


def contacts_of(
    connection: Connection, ids: Mapping[bytes, Sequence[bytes]], now: int
) -> dict[bytes, tuple[Contact, ...]]:
    """As `Asked.found`, at once."""
    return Asked(connection, ids, now).found()
