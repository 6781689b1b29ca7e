"""The profiles' part in an erasure."""

from collections.abc import Iterable

from regulars.model.parts import Erasure
from regulars.profiles import queries
from regulars.storage.database import Connection


def nameless_bundles(connection: Connection, hers: Iterable[bytes]) -> frozenset[bytes]:
    """Bundles that belong to nobody and speak of an order of hers, and of nobody else's."""
    wanted = sorted(hers)
    rows = connection.cursor(binary=True).execute(queries.NAMELESS_WITH, (wanted, wanted, wanted, wanted))
    return frozenset(row[0] for row in rows)


def erase_profiles(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove what is folded of the bundles, search columns included; a part of `app.ERASE`."""
    cursor = connection.cursor()
    return {table: cursor.execute(query, (erasure.bundles,)).rowcount for table, query in queries.DELETES.items()}
