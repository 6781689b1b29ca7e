"""Whose each event is, for all events at once: what an evaluation judges."""

from regulars.identity.queries import ASSIGNMENTS, SHARED_RECORDS
from regulars.storage.database import Connection


def assignments(connection: Connection) -> dict[tuple[str, str], str | None]:
    """The customer id (hex) of every accepted event, by (source, message id); None where it belongs to nobody."""
    return {(source, message): customer for source, message, customer in connection.execute(ASSIGNMENTS)}


def shared_records(connection: Connection) -> set[str]:
    """The ids (hex) of records of kind *shared*: visible, never addressed."""
    return {row[0] for row in connection.execute(SHARED_RECORDS)}
