"""Sessions: who is signed in where; only the hash of a session's token is kept."""

import secrets
import time
from hashlib import sha256
from typing import NamedTuple

import msgspec

from regulars.model.user import User
from regulars.storage.users import COLUMNS, Connection, user_of

IDLE_SECONDS = 7 * 24 * 3600
LONGEST_SECONDS = 30 * 24 * 3600
SEEN_SECONDS = 60
"""A session's last use is kept to this."""

AGENT_LENGTH = 300

START = "INSERT INTO sessions (hash, user_id, created, seen, agent) VALUES (%s, %s, %s, %s, %s)"
PRUNE = "DELETE FROM sessions WHERE seen <= %s OR created <= %s"
FIND = f"""
SELECT s.seen, {COLUMNS} FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.hash = %s AND s.seen > %s AND s.created > %s AND u.ended IS NULL AND u.password <> ''
"""
SEEN = "UPDATE sessions SET seen = %s WHERE hash = %s AND seen < %s"
OF_USER = """
SELECT hash, created, seen, agent FROM sessions
WHERE user_id = %s AND seen > %s AND created > %s ORDER BY seen DESC, created DESC
"""
COUNTS = "SELECT user_id, count(*), max(seen) FROM sessions WHERE seen > %s AND created > %s GROUP BY user_id"
END = "DELETE FROM sessions WHERE hash = %s RETURNING user_id"
END_ONE = "DELETE FROM sessions WHERE user_id = %s AND encode(substring(hash FROM 1 FOR 8), 'hex') = %s"
END_ALL = "DELETE FROM sessions WHERE user_id = %s AND hash <> %s"


class Session(msgspec.Struct, frozen=True):
    """One place where a user is signed in; `id` names it on pages, times are microseconds since 1970 UTC."""

    id: str
    created: int
    seen: int
    agent: str


class Use(NamedTuple):
    """How often a user is signed in now, and when one of these sessions was last used."""

    sessions: int
    seen: int


def token_hash(token: str) -> bytes:
    """What is kept of a token: it is 256 random bits, so a plain hash cannot be reversed."""
    return sha256(token.encode("utf-8", "replace")).digest()


def session_id(token: str) -> str:
    """The id by which pages name the session of a token."""
    return token_hash(token)[:8].hex()


async def start_session(connection: Connection, user: int, agent: str) -> str:
    """Sign a user in; the new session's token. Sessions that are too old are thrown away."""
    token = secrets.token_urlsafe(32)
    now = time.time_ns() // 1000
    await connection.execute(PRUNE, _bounds(now))
    await connection.execute(START, (token_hash(token), user, now, now, agent.replace("\0", "")[:AGENT_LENGTH]))
    return token


async def find_session(connection: Connection, token: str) -> User | None:
    """Who is signed in by a token; its use is noted."""
    hashed, now = token_hash(token), time.time_ns() // 1000
    row = await (await connection.execute(FIND, (hashed, *_bounds(now)))).fetchone()
    if row is None:
        return None
    stale = now - SEEN_SECONDS * 1_000_000
    if row[0] < stale:
        await connection.execute(SEEN, (now, hashed, stale))
    return user_of(row[1:])


async def sessions_of(connection: Connection, user: int) -> list[Session]:
    """Where a user is signed in, last used first."""
    rows = await (await connection.execute(OF_USER, (user, *_bounds(time.time_ns() // 1000)))).fetchall()
    return [Session(row[0][:8].hex(), *row[1:]) for row in rows]


async def uses(connection: Connection) -> dict[int, Use]:
    """How each user who is signed in uses it."""
    rows = await (await connection.execute(COUNTS, _bounds(time.time_ns() // 1000))).fetchall()
    return {user: Use(n, seen) for user, n, seen in rows}


async def end_session(connection: Connection, token: str) -> None:
    """Sign out."""
    await connection.execute(END, (token_hash(token),))


async def end_one(connection: Connection, user: int, id: str) -> bool:
    """End one of a user's sessions by its id; False where there is none."""
    return (await connection.execute(END_ONE, (user, id))).rowcount > 0


async def end_all(connection: Connection, user: int, but: str = "") -> int:
    """End all sessions of a user, but for that of a token; how many there were."""
    return (await connection.execute(END_ALL, (user, token_hash(but)))).rowcount


def _bounds(now: int) -> tuple[int, int]:
    return now - IDLE_SECONDS * 1_000_000, now - LONGEST_SECONDS * 1_000_000
