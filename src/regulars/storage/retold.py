"""Bundles whose past has changed: what was derived of them was removed and told anew, or is gone.

Noted by whatever changes the past (erasure, retention, a retraction), in its transaction; read by whoever keeps a copy
of what is derived elsewhere, such as the lake. What only adds to the past is not noted here.
"""

from collections.abc import Collection

from regulars.model.parts import Erasure
from regulars.storage.database import Connection

NOBODY = b""
"""Stands for what belongs to no bundle."""

NOTE = "INSERT INTO retold (bundle) SELECT unnest(%b::bytea[])"


def note(connection: Connection, bundles: Collection[bytes]) -> None:
    """Note that the past of these bundles changes in this transaction."""
    if bundles:
        connection.cursor().execute(NOTE, (sorted(bundles),))


def note_erased(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Note the bundles of which an erasure removes rows; a part of it."""
    note(connection, erasure.bundles)
    return {}
