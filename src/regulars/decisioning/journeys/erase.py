"""What an erasure removes of journeys: that she was in any."""

from regulars.decisioning.journeys import queries
from regulars.model.parts import Erasure
from regulars.storage.binary import byteas
from regulars.storage.database import Connection


def erase_entries(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove her entries, past ones too; a part of it."""
    done = connection.cursor().execute(queries.ERASE, (byteas(erasure.customers),))
    return {"journey_entries": done.rowcount}
