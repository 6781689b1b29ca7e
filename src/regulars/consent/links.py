"""Signed links for one customer each: to her preference page, and to unsubscribe with one click.

A link names an address by its keyed name, or a customer by an id; neither tells anything to who holds the link. After a
merge it leads to the person who has that address, or stands for that id, now.
"""

import base64
import binascii
import hmac
from typing import Final, Literal

import msgspec

from regulars.identity.bundle import identifier_key
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret

PATH: Final = "/me/"
DAY: Final = 86_400_000_000
LENGTH: Final = 48
"""Characters of a token."""

_LABEL: Final = "preference link"
_MAC: Final = 16
_KINDS: Final[dict[int, Literal["address", "customer"]]] = {1: "address", 2: "customer"}


class Link(msgspec.Struct, frozen=True):
    """What a link says: an `address` by its keyed name or a `customer` by an id, and the day on which it was made.

    `made` is the beginning of that day, in microseconds since 1970 UTC.
    """

    kind: Literal["address", "customer"]
    id: bytes
    made: int


def preferences_path(secret: Secret, who: Identifier | bytes, at: int) -> str:
    """The path of her preference page: of who has this address, else of this customer id; `at` is now, in microseconds.

    Take the address where a message goes to one: then a link in an old message still finds who has the address.
    """
    return PATH + token_of(secret, who, at)


def unsubscribe_path(secret: Secret, who: Identifier | bytes, at: int) -> str:
    """The path that a one-click unsubscribe (RFC 8058) is posted to, and that asks first when it is looked at."""
    return f"{PATH}{token_of(secret, who, at)}/unsubscribe"


def token_of(secret: Secret, who: Identifier | bytes, at: int) -> str:
    """The token of a link: 48 characters fit for a path."""
    kind, id = (1, identifier_key(who, secret)) if isinstance(who, Identifier) else (2, who)
    if len(id) != 16:
        raise ValueError("a customer id has 16 bytes")
    said = bytes((1, kind)) + (at // DAY).to_bytes(2) + id
    return base64.urlsafe_b64encode(said + secret.mac_bytes(_LABEL, said, _MAC)).decode()


def read_token(secret: Secret, token: str) -> Link | None:
    """What a token says; None where it is not one of ours."""
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        whole = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    said, mac = whole[:-_MAC], whole[-_MAC:]
    if not hmac.compare_digest(secret.mac_bytes(_LABEL, said, _MAC), mac):
        return None
    kind = _KINDS.get(said[1])
    if said[0] != 1 or kind is None:
        return None
    return Link(kind, said[4:], int.from_bytes(said[2:4]) * DAY)
