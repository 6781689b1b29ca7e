"""What an erasure removes of decisions: all that were taken for her, and what was to be delivered."""

from regulars.decisioning import queries
from regulars.model.parts import Erasure
from regulars.storage.binary import byteas
from regulars.storage.database import Connection


def erase_decisions(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove her decisions, contacts and deliveries; a part of it."""
    customers = byteas(erasure.customers)
    return {table: connection.cursor().execute(query, (customers,)).rowcount for table, query in queries.ERASE.items()}
