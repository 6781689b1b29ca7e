"""What a customer waits for an answer to."""

from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg

from regulars.clienteling import queries
from regulars.profiles.customer_view import IdentifierView

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class OpenQuestion(msgspec.Struct, frozen=True):
    """A question that nobody has answered yet; `at` in microseconds since 1970 UTC."""

    id: int
    subject: str
    at: int


async def open_questions(
    connection: Connection, customer: bytes, known: Sequence[IdentifierView]
) -> tuple[OpenQuestion, ...]:
    """Her open questions, newest first: those asked by her, and those from an address that is hers alone by now."""
    addresses = [each.value for each in known if each.type == "email" and not each.shared]
    rows = await connection.cursor(binary=True).execute(queries.OPEN_QUESTIONS, (customer, addresses))
    return tuple([OpenQuestion(*row) for row in await rows.fetchall()])
