"""What is never written to: addresses that bounce or complained, and persons whom staff marked "Never contact".

A suppression is kept under the keyed name of an identifier, so it outlives an erasure without saying whose it was.
"""

from typing import Final

from regulars.consent import queries
from regulars.consent.standing import NEVER
from regulars.identity.bundle import identifier_key
from regulars.model.consent import ALL
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.storage.database import Connection

BOUNCE: Final = "hard_bounce"
BOUNCES: Final = "bounces"
"""Messages came back again and again, though none said that the address is no more."""
COMPLAINT: Final = "complaint"
STAFF: Final = "staff"
REASONS: Final = (BOUNCE, BOUNCES, COMPLAINT, STAFF)
"""Why one address may be stopped; a person is stopped by `never_contact`."""


def suppress(
    connection: Connection,
    secret: Secret,
    identifier: Identifier,
    reason: str,
    at: int,
    actor: str,
    channel: str = ALL,
    proof: str = "",
) -> None:
    """Send nothing to this address by `channel` any more; repeated, the first time stands.

    `reason` is one of `REASONS`, else ValueError; `at` in microseconds since 1970 UTC, `actor` who says so.
    """
    if reason not in REASONS:
        raise ValueError(f"'{reason}' must be one of {', '.join(REASONS)}")
    key = identifier_key(identifier, secret)
    connection.execute(queries.SUPPRESS, (key, channel, reason, at, actor, proof[:500]))


def lift(connection: Connection, secret: Secret, identifier: Identifier, reason: str) -> bool:
    """Take the suppressions of an address for a reason back; False where there was none."""
    return connection.execute(queries.LIFT, (identifier_key(identifier, secret), reason)).rowcount > 0


def never_contact(connection: Connection, customer: bytes, at: int, actor: str, proof: str = "") -> int:
    """Never contact this current customer again, by whatever address; returns under how many identifiers it is kept.

    It goes with each of them through merges and splits.
    """
    values = (ALL, NEVER, at, actor, proof[:500], customer)
    return connection.execute(queries.SUPPRESS_HERS, values).rowcount


def contact_again(connection: Connection, customer: bytes) -> int:
    """Take "Never contact" back; returns of how many identifiers. What she agreed to counts again, nothing more."""
    return connection.execute(queries.LIFT_HERS, (NEVER, customer)).rowcount
