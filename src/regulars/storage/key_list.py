"""Keys and the sources that they speak for, as people look after them: listed, made, revoked, given back."""

import secrets
import time
from typing import Any

import msgspec
import psycopg

from regulars.model.source import Trust
from regulars.storage.sources import PUT_KEY, PUT_SOURCE, TRUST_OF, key_hash

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

MOST = 20_000
"""So many of the newest events are looked through for when a source was last heard."""
HOUR = 3_600 * 1_000_000

KEYS = """
SELECT encode(substring(hash FROM 1 FOR 8), 'hex'), kind, source, hint, created, revoked FROM keys
ORDER BY source, kind, created, hash
"""
SOURCES = "SELECT name, trust, id_group, precedence FROM sources ORDER BY name, trust"
HEARD = """
SELECT source, trust, max(received), count(*) FILTER (WHERE received >= %(since)s) FROM (
    SELECT * FROM (SELECT source, trust, received FROM events ORDER BY id DESC LIMIT %(most)s) AS accepted
    UNION ALL
    SELECT * FROM (SELECT source, trust, received FROM rejected ORDER BY id DESC LIMIT %(most)s) AS refused
) AS newest GROUP BY source, trust
"""
_NAMED = "WHERE encode(substring(hash FROM 1 FOR 8), 'hex') = %s"
REVOKE = f"UPDATE keys SET revoked = %s {_NAMED} AND revoked IS NULL RETURNING source"
GIVE_BACK = f"UPDATE keys SET revoked = NULL {_NAMED} AND revoked IS NOT NULL RETURNING source"


class Key(msgspec.Struct, frozen=True):
    """One key: `id` names it on pages, `hint` is how it begins; times in microseconds since 1970 UTC."""

    id: str
    kind: str
    source: str
    hint: str
    created: int
    revoked: int | None


class Sender(msgspec.Struct, frozen=True):
    """One source with its keys; `last` is when it was last heard (0: not among what is newest), `hour` how much it
    sent in the last hour, refused things too.
    """

    name: str
    trust: Trust
    group: str
    precedence: int
    keys: tuple[Key, ...]
    last: int
    hour: int

    @property
    def open_keys(self) -> int:
        """How many of its keys work."""
        return sum(key.revoked is None for key in self.keys)


async def senders(connection: Connection, now: int) -> list[Sender]:
    """All sources, by name."""
    keys: dict[tuple[str, Trust], list[Key]] = {}
    for row in await (await connection.execute(KEYS)).fetchall():
        key = Key(*row)
        keys.setdefault((key.source, TRUST_OF[key.kind]), []).append(key)
    values = {"since": now - HOUR, "most": MOST}
    heard = {(row[0], row[1]): row[2:] for row in await (await connection.execute(HEARD, values)).fetchall()}
    found = []
    for name, trust, group, precedence in await (await connection.execute(SOURCES)).fetchall():
        last, hour = heard.get((name, trust), (0, 0))
        trust = Trust(trust)
        found.append(Sender(name, trust, group, precedence, tuple(keys.get((name, trust), ())), last, hour))
    return found


async def make_key(connection: Connection, kind: str, source: str, group: str) -> str:
    """Make a key of kind `write` or `secret` for a source, which is registered where it is new; returned only now."""
    await connection.execute(PUT_SOURCE, (source, int(TRUST_OF[kind]), group, 0))
    key = f"{'wk' if kind == 'write' else 'sk'}_{secrets.token_urlsafe(32)}"
    await connection.execute(PUT_KEY, (key_hash(key), kind, source, key[:7], time.time_ns() // 1000))
    return key


async def revoke(connection: Connection, id: str) -> str | None:
    """Revoke a key; the source that it spoke for, None where it is unknown or revoked already."""
    return await _source(connection, REVOKE, time.time_ns() // 1000, id)


async def give_back(connection: Connection, id: str) -> str | None:
    """Let a revoked key work again; its source, None where it is unknown or works."""
    return await _source(connection, GIVE_BACK, id)


async def _source(connection: Connection, query: str, *values: object) -> str | None:
    row = await (await connection.execute(query.encode(), values)).fetchone()
    return None if row is None else str(row[0])
