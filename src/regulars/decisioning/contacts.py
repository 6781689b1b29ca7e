"""When she was contacted, over all her ids: what was sent or waits to be, and what was shown."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from regulars.decisioning import queries
from regulars.model.contact import REACH, SERVICE
from regulars.model.decision import Contact
from regulars.storage.binary import byteas
from regulars.storage.database import Connection

UNSEEN: Final = 10 * 60_000_000
"""What was decided for a place on the site counts for so long, in microseconds, though nobody has said it was shown."""

Ids = Mapping[bytes, Sequence[bytes]]
"""All ids of each customer."""

_rows: Final = msgspec.json.Decoder(list[tuple[str, int, str, str, str]]).decode


def asked(ids: Ids, now: int) -> dict[str, Any]:
    """What `queries.CONTACTS` asks for customers' contacts by; `now` in microseconds since 1970 UTC."""
    return {"ids": byteas({id for hers in ids.values() for id in hers}), "since": now - REACH, "unseen": now - UNSEEN}


def found(said: str, ids: Ids) -> dict[bytes, tuple[Contact, ...]]:
    """The contacts of the last 90 days of each customer, in order of time, by what `queries.CONTACTS` said."""
    whose = {id.hex(): customer for customer, hers in ids.items() for id in hers}
    contacts: dict[bytes, list[Contact]] = defaultdict(list)
    for id, at, channel, purpose, action in _rows(said):
        contacts[whose[id]].append(Contact(at, channel, purpose in SERVICE, action))
    return {customer: tuple(sorted(contacts[customer])) for customer in ids}


def contacts_of(connection: Connection, ids: Ids, now: int) -> dict[bytes, tuple[Contact, ...]]:
    """The contacts of the 90 days before `now` of each customer, given all ids of each; in order of time."""
    row = connection.cursor(binary=True).execute(queries.CONTACTS, asked(ids, now)).fetchone()
    return found("[]" if row is None else row[0], ids)
