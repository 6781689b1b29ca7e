"""What insight forgets of who is erased."""

from regulars.insights.queries import DELETE
from regulars.model.parts import Erasure
from regulars.storage.binary import byteas
from regulars.storage.database import Connection


def erase_insights(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove the rows of the erased; a part of an erasure. The lake's files follow with its next state."""
    gone = connection.cursor(binary=True).execute(DELETE, (byteas(erasure.customers),)).rowcount
    return {"insights": gone}
