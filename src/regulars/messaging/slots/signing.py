"""How a shop vouches for who is signed in on its site, so that a public key alone says nothing of anybody."""

import hmac
from hashlib import sha256
from typing import Final

from regulars.model.secret import Secret

LONGEST: Final = 86_400
"""Seconds that a signature may hold at most."""


def signing_secret(secret: Secret, source: str) -> str:
    """The secret that a shop signs user ids of a source with: 64 characters, to be kept on its server."""
    return secret.mac("slot user", source, size=32).hex()


def signature(signing: str, user: str, until: int) -> str:
    """The signature of a user id that holds until a time (seconds since 1970).

    In any language: HMAC-SHA-256, keyed with the secret's characters, over the user id, a dot and the time's digits; in
    hexadecimal digits.
    """
    return hmac.digest(signing.encode(), f"{user}.{until}".encode("utf-8", "surrogatepass"), sha256).hex()


def is_signed(secret: Secret, source: str, user: str, until: int, given: str, now: int) -> bool:
    """Whether the shop signed this user id, for now (seconds since 1970) and for no longer than `LONGEST`."""
    if not user or not now < until <= now + LONGEST or not given.isascii():
        return False
    return hmac.compare_digest(signature(signing_secret(secret, source), user, until), given)
