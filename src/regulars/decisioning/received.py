"""The last messages that reached a customer, each with the words why she got it."""

from typing import Any, NamedTuple

import psycopg

from regulars.decisioning import queries

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]


class Received(NamedTuple):
    """One message: when it was sent or shown (microseconds since 1970 UTC), how, what about, and why, said to her."""

    at: int
    channel: str
    purpose: str
    topic: str
    why: str


async def received(connection: AsyncConnection, customer: bytes, most: int) -> list[Received]:
    """The last messages of a current customer, newest first, over all ids that lead to her."""
    rows = await connection.cursor(binary=True).execute(queries.RECEIVED, (customer, customer, most))
    return [Received(*row) for row in await rows.fetchall()]
