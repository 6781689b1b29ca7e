"""Passwords: hashed by argon2id, a few at a time, so that sign-ins cannot use up the memory."""

import asyncio
import os
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from litestar.concurrency import sync_to_thread

SHORTEST = 10
LONGEST = 200
AT_ONCE = 2

# RFC 9106, section 4, the second recommended option: 64 MB, three passes.
_PASSES, _LANES, _KILOBYTES = 3, 4, 65_536
_BEGINS = f"$argon2id$v=19$m={_KILOBYTES},t={_PASSES},p={_LANES}$"


def hash_password(password: str) -> str:
    """What is kept of a password: the PHC string of argon2id under a salt of its own; takes 64 MB."""
    salt = os.urandom(16)
    hasher = Argon2id(salt=salt, length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_KILOBYTES)
    return hasher.derive_phc_encoded(password.encode("utf-8", "replace"))


@cache
def _nobody() -> str:
    return hash_password("a password that nobody has")


def fault_of(password: str, again: str, name: str, email: str) -> str:
    """What is wrong with a new password, in words; '' where nothing is."""
    if password != again:
        return "The two passwords differ."
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. A few words in a row are easy to remember."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if len(set(password)) < 4 or password.casefold() in (name.casefold(), email.casefold()):
        return "That is too easy to guess."
    return ""


class Passwords:
    """Hashes and compares, at most `AT_ONCE` at a time: each takes 64 MB."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def hashed(self, password: str) -> str:
        """What is kept of a password."""
        async with self._room:
            return await sync_to_thread(hash_password, password)

    async def matches(self, kept: str, password: str) -> bool:
        """Whether this is the password; takes as long where there is none."""
        if len(password) > LONGEST:
            return False
        async with self._room:
            return await sync_to_thread(_matches, kept, password.encode("utf-8", "replace"))


def outdated(kept: str) -> bool:
    """Whether a hash was made with weaker parameters than are used now."""
    return not kept.startswith(_BEGINS)


def _matches(kept: str, password: bytes) -> bool:
    try:
        Argon2id.verify_phc_encoded(password, kept or _nobody())
    except (InvalidKey, ValueError):
        return False
    return bool(kept)
