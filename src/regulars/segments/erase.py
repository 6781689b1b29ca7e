"""What an erasure removes of segments: that she was in any."""

from regulars.model.parts import Erasure
from regulars.segments import queries
from regulars.storage.binary import byteas
from regulars.storage.database import Connection


def erase_memberships(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove her memberships, past ones too; a part of it."""
    done = connection.cursor().execute(queries.ERASE, (byteas(erasure.customers),))
    return {"memberships": done.rowcount}
