"""What an erasure removes of measurement: what she opened and followed. Results hold nobody."""

from regulars.measurement import queries
from regulars.model.parts import Erasure
from regulars.storage.binary import byteas
from regulars.storage.database import Connection


def erase_touches(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove what was noted of her messages; a part of it."""
    done = connection.cursor().execute(queries.ERASE, (byteas(erasure.customers),))
    return {"touches": done.rowcount}
