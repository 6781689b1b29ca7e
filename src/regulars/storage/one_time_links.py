"""One-time links: by one a user sets a password without having one; only the hash of its secret part is kept."""

import secrets
import time
from hashlib import sha256

from regulars.model.user import User
from regulars.storage.users import COLUMNS, Connection, user_of

LIFETIME_SECONDS = 7 * 24 * 3600

MAKE = "INSERT INTO one_time_links (hash, user_id, created, expires) VALUES (%s, %s, %s, %s)"
FORGET = "DELETE FROM one_time_links WHERE user_id = %s OR expires <= %s"
FIND = f"""
SELECT {COLUMNS} FROM one_time_links l JOIN users u ON u.id = l.user_id
WHERE l.hash = %s AND l.expires > %s AND u.ended IS NULL
"""
USE = "DELETE FROM one_time_links WHERE hash = %s AND expires > %s RETURNING user_id"


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()


def _now() -> int:
    return time.time_ns() // 1000


async def make_link(connection: Connection, user: int) -> str:
    """A new secret part for a user's link; links made for this user before stop working."""
    now = _now()
    await connection.execute(FORGET, (user, now))
    token = secrets.token_urlsafe(32)
    await connection.execute(MAKE, (_hash(token), user, now, now + LIFETIME_SECONDS * 1_000_000))
    return token


async def user_of_link(connection: Connection, token: str) -> User | None:
    """Whom a link is for; None where it is unknown, used or too old."""
    row = await (await connection.execute(FIND, (_hash(token), _now()))).fetchone()
    return user_of(row) if row else None


async def use_link(connection: Connection, token: str) -> bool:
    """Take a link out of use; False where somebody else was faster."""
    return (await connection.execute(USE, (_hash(token), _now()))).rowcount == 1


async def forget_links(connection: Connection, user: int) -> None:
    """Take all of a user's links out of use."""
    await connection.execute(FORGET, (user, _now()))
