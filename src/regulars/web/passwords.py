"""Passwords: hashed by argon2id, a few at a time, so that sign-ins cannot use up the memory."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from litestar.concurrency import sync_to_thread

SHORTEST = 10
LONGEST = 200
AT_ONCE = 2

_hasher = PasswordHasher()
_nobody = _hasher.hash("a password that nobody has")


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
            return await sync_to_thread(_hasher.hash, password.encode("utf-8", "replace"))

    async def matches(self, kept: str, password: str) -> bool:
        """Whether this is the password; takes as long where there is none."""
        if len(password) > LONGEST:
            return False
        async with self._room:
            return await sync_to_thread(_matches, kept, password.encode("utf-8", "replace"))


def outdated(kept: str) -> bool:
    """Whether a hash was made with weaker parameters than are used now."""
    return _hasher.check_needs_rehash(kept)


def _matches(kept: str, password: bytes) -> bool:
    try:
        _hasher.verify(kept or _nobody, password)
    except (Argon2Error, InvalidHashError):
        return False
    return bool(kept)
