"""Sources and keys: who may send, and as whom."""

import secrets
import time
from hashlib import sha256

from regulars.model.source import Source, Trust
from regulars.storage.database import Connection

TRUST_OF = {"write": Trust.CLIENT, "secret": Trust.SERVER}
"""A key's kind decides how far its source is trusted: a write key is public, so anybody may use it."""

FIND = """
SELECT s.name, s.trust, s.id_group, s.precedence FROM keys k
JOIN sources s ON s.name = k.source AND s.trust = (CASE k.kind WHEN 'secret' THEN 1 ELSE 0 END)
WHERE k.hash = %s AND k.revoked IS NULL
"""

GET = "SELECT name, trust, id_group, precedence FROM sources"

PUT_SOURCE = """
INSERT INTO sources (name, trust, id_group, precedence) VALUES (%s, %s, %s, %s) ON CONFLICT (name, trust) DO NOTHING
"""

PUT_KEY = "INSERT INTO keys (hash, kind, source, hint, created) VALUES (%s, %s, %s, %s, %s)"

REVOKE = "UPDATE keys SET revoked = %s WHERE hash = %s AND revoked IS NULL"


class Sources:
    """The sources as rows of the log name them; read again when an unknown one turns up."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, int], Source] = {}

    def of(self, name: str, trust: Trust) -> Source:
        """The source of this name and trust; one that was never registered has the defaults."""
        found = self._known.get((name, trust))
        if found is None:
            for row in self._connection.execute(GET):
                source = Source(row[0], Trust(row[1]), row[2], row[3])
                self._known[source.name, source.trust] = source
            found = self._known.setdefault((name, trust), Source(name, trust))
        return found


def key_hash(key: str) -> bytes:
    """What is kept of a key. Keys are 256 random bits, so a plain hash cannot be reversed."""
    return sha256(key.encode("utf-8", "replace")).digest()


def register(connection: Connection, source: Source) -> None:
    """Make a source known; one that is known stays as it is."""
    connection.execute(PUT_SOURCE, (source.name, int(source.trust), source.group, source.precedence))


def create_key(connection: Connection, kind: str, source: str, group: str = "main", precedence: int = 0) -> str:
    """Make a key of kind `write` or `secret` for a source, which is registered where it is new; returned only now."""
    register(connection, Source(source, TRUST_OF[kind], group, precedence))
    key = f"{'wk' if kind == 'write' else 'sk'}_{secrets.token_urlsafe(32)}"
    connection.execute(PUT_KEY, (key_hash(key), kind, source, key[:7], time.time_ns() // 1000))
    return key


def revoke_key(connection: Connection, key: str) -> bool:
    """Revoke a key; False where it is unknown or revoked already."""
    return connection.execute(REVOKE, (time.time_ns() // 1000, key_hash(key))).rowcount == 1
