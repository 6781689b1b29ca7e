"""The words of consent that come with a claim: for the very address that was typed, and never over a no of hers.

Whoever holds a receipt may type any address. So what is agreed to here counts for this address alone, and takes back
nothing that was withdrawn before: that is done where it is sure who speaks, on her preference page.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from regulars.clienteling import queries
from regulars.consent.standing import standings
from regulars.identity.bundle import identifier_key
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.storage.database import Connection

WORDING: Final = "receipt claim 1"
"""The version of the words beside the box on the page; another one with every change of them."""
CHANNELS: Final = {"email": "email", "phone": "sms"}
"""By which channel each type of address can be written to; a card is no address."""
REFUSED: Final = frozenset({"withdrawn", "topic_off", "suppressed", "shared_address"})


def agreed(
    connection: Connection,
    secret: Secret,
    rules: Rules,
    address: Identifier,
    purposes: Iterable[str],
    proof: str,
    now: int,
) -> list[dict[str, Any]]:
    """The calls that say so, without whom they are about; none for what stands withdrawn, and for a card.

    `proof` names the claim; `now` in microseconds since 1970 UTC.
    """
    channel = CHANNELS.get(address.type)
    if channel is None:
        return []
    row = connection.cursor(binary=True).execute(queries.HOLDER, (identifier_key(address, secret),)).fetchone()
    holder = row[0] if row else None
    standing = None if holder is None else standings(connection, [holder], rules, "UTC")[holder]
    open_to = [
        purpose
        for purpose in purposes
        if standing is None or standing.permit(channel, purpose, at=now).code not in REFUSED
    ]
    return [_given(purpose, channel, address, proof, now) for purpose in open_to]


def _given(purpose: str, channel: str, address: Identifier, proof: str, now: int) -> dict[str, Any]:
    properties = {
        "purpose": purpose, "channel": channel, address.type: address.value, "wording": WORDING, "basis": "consent",
        "proof": proof,
    }  # fmt: skip
    moment = datetime.fromtimestamp(now / 1_000_000, UTC).isoformat(timespec="milliseconds")
    return {
        "type": "track", "event": "Consent Given", "messageId": f"{proof}-{purpose}-{channel}", "timestamp": moment,
        "properties": properties,
    }  # fmt: skip
