"""Soft bounces add up: an address from which messages come back again and again is written to no more.

Mail servers take a message and send it back hours later, so a hand-over alone is no success: it is one once the message
has not come back for `SETTLED`. A delivery report, or a reply, is one at once.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from regulars.consent.suppress import BOUNCES, suppress
from regulars.identity.bundle import identifier_key
from regulars.messaging.delivery import queries
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.storage.binary import byteas
from regulars.storage.database import Connection

DAY: Final = 86_400_000_000
SETTLED: Final = 3 * DAY
"""What has not come back by then has arrived; in microseconds."""


class Soft(msgspec.Struct, frozen=True):
    """So many soft bounces in a row, the last so many days after the first, stop an address; `most` 0 never does."""

    most: int = 5
    days: int = 14


USUAL: Final = Soft()


def bounced(connection: Connection, secret: Secret, address: Identifier, soft: Soft, now: int, actor: str) -> bool:
    """Count a message that came back for a while only; returns whether its address is suppressed by that."""
    key = identifier_key(address, secret)
    row = connection.execute(queries.SOFT_BOUNCE, (key, now, now)).fetchone()
    assert row is not None
    many, first = row
    if not soft.most or many < soft.most or now - first < soft.days * DAY:
        return False
    suppress(connection, secret, address, BOUNCES, now, actor, "email", f"{many} soft bounces")
    # Whoever takes the suppression back gives the address a new start.
    connection.execute(queries.FORGET_SOFT, (key,))
    return True


def arrived(connection: Connection, secret: Secret, address: Identifier) -> None:
    """A message reached this address: what came back before counts no more."""
    connection.execute(queries.FORGET_SOFT, (identifier_key(address, secret),))


def handed_over(connection: Connection, secret: Secret, addresses: Iterable[Identifier], now: int) -> None:
    """Messages to these addresses were taken: the ones before that did not come back have arrived."""
    keys = byteas(identifier_key(each, secret) for each in addresses)
    cursor = connection.cursor(binary=True)
    cursor.execute(queries.SOFT_SETTLED, (keys, now - SETTLED))
    cursor.execute(queries.SOFT_HANDED, (now, keys))
