"""What an erasure removes of campaigns: that she was to be asked again."""

from regulars.decisioning.campaigns import queries
from regulars.model.parts import Erasure
from regulars.storage.binary import byteas
from regulars.storage.database import Connection


def erase_waiting(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove her from who waits; a part of it."""
    done = connection.cursor().execute(queries.ERASE, (byteas(erasure.customers),))
    return {"campaign_waiting": done.rowcount}
