"""An address that somebody typed is confirmed before it is written to for marketing: by a message with a signed link.

A wish waits until the pipeline knows whose the address is; then a service message is decided like any other, and goes
to that very address. Only who follows its link, and says so there, agrees: scanners follow links as well.
"""

import base64
import hmac
from typing import Final

import msgspec

from regulars.clienteling import queries
from regulars.consent.change import Means, Origin, speak
from regulars.consent.spoken import Choice, word_at
from regulars.decisioning.deciding import Deciding, what_came_of
from regulars.identity.bundle import identifier_key
from regulars.model.decision import Action, Occasion, occasion_id
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.storage.database import Connection

WORDING: Final = "receipt claim 1"
"""The version of the words beside the box on the page; another one with every change of them."""
PATH: Final = "/confirm/"
MESSAGE: Final = "confirm-address"
HOUR: Final = 3_600_000_000
DAY: Final = 24 * HOUR
AGAIN: Final = DAY
"""So long an address is not asked again, whoever types it; in microseconds."""
LASTS: Final = 30 * DAY
"""So long a link may be followed."""
AT_ONCE: Final = 100

_ACTION: Final = Action(
    MESSAGE, title="Confirm an address", purpose="service", message=MESSAGE, channels=("email",), worth=100_000,
    base_rate=1.0,
)  # fmt: skip
_MAC: Final = 16
_LABEL: Final = "confirm address"


class Wish(msgspec.Struct, frozen=True):
    """What is to be confirmed: a purpose by a channel at an address, since `at`; `confirmed` 0 while it is not."""

    key: bytes
    purpose: str
    channel: str
    proof: str
    at: int
    confirmed: int


def wish(
    connection: Connection, secret: Secret, address: Identifier, purpose: str, channel: str, proof: str, now: int
) -> None:
    """Have an address confirmed for a purpose; within a day it is asked once. `proof` names where it was typed."""
    key = identifier_key(address, secret)
    connection.execute(queries.WISH, (key, purpose, channel, proof, now, now - AGAIN))


def ask(connection: Connection, deciding: Deciding, base: str, now: int) -> int:
    """Decide to write to those whose wish waits, as far as the pipeline knows them; returns how many were asked.

    A wish and its decision are written in one transaction, so that nobody is asked twice. What cannot go now is tried
    again an hour later, while the link would last.
    """
    with connection.transaction():
        connection.execute(queries.FORGET_WISHES, (now - LASTS,))
        cursor = connection.cursor(binary=True)
        rows = cursor.execute(queries.WISHES, (now - HOUR, AT_ONCE)).fetchall()
        wanted = [(customer, _occasion(deciding.secret, key, at, base, now)) for key, at, customer in rows]
        decisions = deciding.settle(connection, wanted, (_ACTION,), now)
        for (key, _, _), decision in zip(rows, decisions, strict=True):
            connection.execute(queries.TRIED, (now, what_came_of(decision) == "sent", key))
    return len(rows)


def is_waiting(connection: Connection) -> bool:
    """Whether any wish waits for somebody to be known."""
    row = connection.execute(queries.IS_WISHED).fetchone()
    return bool(row and row[0])


def link_token(secret: Secret, key: bytes, at: int) -> str:
    """The token of the link that confirms a wish of that time, by the address's keyed name."""
    said = key + at.to_bytes(8)
    return base64.urlsafe_b64encode(said + secret.mac_bytes(_LABEL, said, _MAC)).decode().rstrip("=")


def wish_of(connection: Connection, secret: Secret, token: str, now: int) -> Wish | None:
    """The wish that a link is about; None where it is none of ours, too old, or there is nothing to be confirmed."""
    said = _read(secret, token)
    if said is None:
        return None
    row = connection.cursor(binary=True).execute(queries.WISH_OF, (said[:16], now - LASTS)).fetchone()
    # The link of an earlier wish for the same address confirms the later one as well.
    return None if row is None or int.from_bytes(said[16:]) > row[4] else Wish(*row)


def confirm(connection: Connection, means: Means, token: str, now: int) -> Wish | None:
    """Let the word of consent hold from now on; repeated, nothing more is said. None for a link that does not work."""
    with connection.transaction():
        found = wish_of(connection, means.secret, token, now)
        if found is None:
            return None
        row = connection.cursor(binary=True).execute(queries.ADDRESS_OF, (found.key,)).fetchone()
        if row is None:
            # Nobody is known by it any more, or the derived tables are being made: it may be said again.
            return None
        if connection.execute(queries.CONFIRMED, (now, found.key)).rowcount == 0:
            return found
        type_, space, value, customer = row
        word = word_at(Identifier(type_, space, value), Choice(True, found.purpose, found.channel))
        speak(connection, means, customer or b"", [word], Origin(f"{found.proof} confirmed", wording=WORDING), now)
        return msgspec.structs.replace(found, confirmed=now)


def _occasion(secret: Secret, key: bytes, at: int, base: str, now: int) -> Occasion:
    said = f"{MESSAGE}:{key.hex()}:{now // HOUR}"
    facts = {"confirm_url": f"{base}{PATH}{link_token(secret, key, at)}"}
    return Occasion(
        id=occasion_id(secret, said), key=said, kind="api", name=MESSAGE, actions=(MESSAGE,),
        context={"to": key.hex(), "facts": facts},
    )  # fmt: skip


def _read(secret: Secret, token: str) -> bytes | None:
    if len(token) != 54 or not token.isascii():
        return None
    try:
        whole = base64.b64decode(f"{token}==", altchars=b"-_", validate=True)
    except ValueError:
        return None
    said = whole[:-_MAC]
    return said if hmac.compare_digest(secret.mac_bytes(_LABEL, said, _MAC), whole[-_MAC:]) else None
