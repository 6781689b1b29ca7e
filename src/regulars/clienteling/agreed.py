"""The words of consent that come with a claim: for the very address that was typed, and never over a no of hers.

Whoever holds a receipt may type any address. So what is agreed to here counts for this address alone, and takes back
nothing that was withdrawn before: that is done where it is sure who speaks, on her preference page.
"""

from collections.abc import Sequence
from typing import Final

from regulars.clienteling import queries
from regulars.clienteling.confirm import WORDING, wish
from regulars.consent.change import Means, Origin, speak, standing_of
from regulars.consent.spoken import Choice, word_at
from regulars.identity.bundle import identifier_key
from regulars.model.identifier import Identifier
from regulars.storage.database import Connection

CONFIRMED: Final = "email"
"""The channel at whose addresses it counts only once who reads them has said so."""
CHANNELS: Final = {"email": "email", "phone": "sms"}
"""By which channel each type of address can be written to; a card is no address."""
REFUSED: Final = frozenset({"withdrawn", "topic_off", "suppressed", "shared_address"})


def agree(
    connection: Connection,
    means: Means,
    address: Identifier,
    purposes: Sequence[str],
    proof: str,
    now: int,
) -> list[str]:
    """Have it hold at once, or at an e-mail address once it is confirmed there; nothing for what stands withdrawn.

    Returns the purposes that wait to be confirmed. In a transaction of the caller's. `proof` names the claim; `now` in
    microseconds since 1970 UTC.
    """
    channel = CHANNELS.get(address.type)
    if channel is None:
        return []
    row = connection.cursor(binary=True).execute(queries.HOLDER, (identifier_key(address, means.secret),)).fetchone()
    holder = row[0] if row else None
    standing = None if holder is None else standing_of(connection, means, holder)
    permits = {each: standing.permit(channel, each, at=now) for each in purposes} if standing else {}
    wanted = [each for each in purposes if each not in permits or permits[each].code not in REFUSED]
    if channel == CONFIRMED:
        wanted = [each for each in wanted if each not in permits or permits[each].address != address]
        for purpose in wanted:
            wish(connection, means.secret, address, purpose, channel, proof, now)
        return wanted
    words = [word_at(address, Choice(True, each, channel)) for each in wanted]
    speak(connection, means, holder or b"", words, Origin(proof, wording=WORDING), now)
    return []
