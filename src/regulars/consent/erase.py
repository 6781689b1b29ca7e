"""The part of consent in an erasure."""

from regulars.consent import queries
from regulars.model.parts import Erasure
from regulars.storage.binary import byteas
from regulars.storage.database import Connection


def erase_consent(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove her words, preferences and holds; suppressions stay, keyed, so that she is not written to by mistake."""
    keys, counts = byteas(erasure.identifiers), {}
    for table, query in queries.ERASES.items():
        values = (keys, byteas(erasure.customers)) if table == "consent_words" else (keys,)
        counts[table] = connection.cursor().execute(query, values).rowcount
    return counts
