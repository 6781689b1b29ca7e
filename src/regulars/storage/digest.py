"""One hash over everything derived that must come out the same from the same events."""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from regulars.storage.database import Connection, WrongVersion
from regulars.storage.inspection import versions
from regulars.storage.shadow import unswapped
from regulars.storage.versions import PROJECTION_VERSION


class Digest(msgspec.Struct, frozen=True):
    """The digest, and what it is made of: by which projection and rules, and for each part rows and a hash."""

    digest: str
    projection: int
    rules: str
    parts: dict[str, str]
    rows: dict[str, int]


def digest(connection: Connection, rules: str, parts: Iterable[tuple[str, str]]) -> Digest:
    """Hash the rows of these (name, query) parts, in the order each query gives, all as of one moment.

    The rules are those that made the rows; `rules` where no pipeline ever ran. Raises WrongVersion where another
    version of the projection made them, for its tables may be others.
    """
    hashes: dict[str, str] = {}
    rows: dict[str, int] = {}
    encode = msgspec.msgpack.Encoder().encode
    with unswapped(connection), connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        projection, rules = versions(connection) or (PROJECTION_VERSION, rules)
        if projection != PROJECTION_VERSION:
            raise WrongVersion(
                f"what is derived was made by version {projection}, this is version {PROJECTION_VERSION}: "
                "start the pipeline of this version, which makes it anew, or run the other"
            )
        for name, query in parts:
            each = sha256()
            count = 0
            with connection.cursor(f"digest_{name}", binary=True) as cursor:
                cursor.itersize = 10_000
                for row in cursor.execute(query):
                    each.update(encode(row))
                    count += 1
            hashes[name], rows[name] = each.hexdigest(), count
    whole = sha256(encode([projection, rules, sorted(hashes.items())])).hexdigest()
    return Digest(whole, projection, rules, hashes, rows)
