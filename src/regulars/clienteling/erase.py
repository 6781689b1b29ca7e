"""What an erasure removes of the shop floor: addresses that were to be confirmed. A claimed receipt names nobody."""

from regulars.clienteling import queries
from regulars.model.parts import Erasure
from regulars.storage.binary import byteas
from regulars.storage.database import Connection


def erase_wishes(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove what waits to be confirmed at her addresses; a part of it."""
    return {"confirmations": connection.execute(queries.ERASE_WISHES, (byteas(erasure.identifiers),)).rowcount}
