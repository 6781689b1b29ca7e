"""One hash over everything derived that must come out the same from the same events."""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from regulars.storage.database import Connection


class Digest(msgspec.Struct, frozen=True):
    """The digest, and what it is made of: the version of the rules, rows and a hash for each part."""

    digest: str
    rules: str
    parts: dict[str, str]
    rows: dict[str, int]


def digest(connection: Connection, rules: str, parts: Iterable[tuple[str, str]]) -> Digest:
    """Hash the rows of these (name, query) parts, in the order each query gives, all as of one moment."""
    hashes: dict[str, str] = {}
    rows: dict[str, int] = {}
    encode = msgspec.msgpack.Encoder().encode
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for name, query in parts:
            each = sha256()
            count = 0
            with connection.cursor(f"digest_{name}", binary=True) as cursor:
                cursor.itersize = 10_000
                for row in cursor.execute(query):
                    each.update(encode(row))
                    count += 1
            hashes[name], rows[name] = each.hexdigest(), count
    whole = sha256(encode([rules, sorted(hashes.items())])).hexdigest()
    return Digest(whole, rules, hashes, rows)
