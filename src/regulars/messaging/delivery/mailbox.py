"""The test mailbox: what would have been delivered, to be looked at; the last ones are kept."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from regulars.messaging.delivery import queries
from regulars.storage.binary import byteas
from regulars.storage.database import Connection

KEPT: Final = 25_000
"""The last so many; older ones go."""


class NewMail(msgspec.Struct, frozen=True):
    """One message that goes into the mailbox; `body` as it would be sent."""

    at: int
    decision: bytes
    customer: bytes
    channel: str
    recipient: str
    subject: str
    message_id: str
    body: bytes


class Mail(msgspec.Struct, frozen=True):
    """One message that lies in it; `at` in microseconds since 1970 UTC."""

    id: int
    at: int
    decision: bytes
    customer: bytes
    channel: str
    recipient: str
    subject: str
    message_id: str
    body: bytes = b""


def put(connection: Connection, mails: Sequence[NewMail]) -> None:
    """Add these; one that lies there already under its decision stays as it is."""
    if not mails:
        return
    columns: list[Any] = [[getattr(mail, name) for mail in mails] for name in NewMail.__struct_fields__]
    columns[1], columns[2], columns[7] = byteas(columns[1]), byteas(columns[2]), byteas(columns[7])
    with connection.transaction():
        connection.execute(queries.PUT_MAILS, columns)
        connection.execute(queries.TRIM_MAILS, (KEPT,))


def mails(connection: Connection, most: int, before: int = 0, q: str = "") -> list[Mail]:
    """The newest first, without their bodies: before an id, or those whose recipient or subject holds `q`."""
    rows = connection.execute(queries.MAILS, {"most": most, "before": before, "q": q.lower()})
    return [Mail(*row) for row in rows]


def find(connection: Connection, id: int) -> Mail | None:
    """One of them, whole."""
    row = connection.execute(queries.MAIL, (id,)).fetchone()
    return None if row is None else Mail(*row)


def empty(connection: Connection) -> int:
    """Take all out; returns how many."""
    return connection.execute(queries.EMPTY_MAILBOX).rowcount
