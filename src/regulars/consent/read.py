"""The rows from which a customer's standing is made, for many customers at once."""

from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg

from regulars.consent import queries
from regulars.storage.binary import byteas
from regulars.storage.database import Connection

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]


class Rows(msgspec.Struct, frozen=True):
    """The rows of `queries.ADDRESSES` and of `queries.WORDS`."""

    addresses: list[tuple[Any, ...]]
    words: list[tuple[Any, ...]]


def rows_of(connection: Connection, customers: Sequence[bytes]) -> Rows:
    """What is stored of these current customer ids."""
    wanted = byteas(customers)
    cursor = connection.cursor(binary=True)
    addresses = cursor.execute(queries.ADDRESSES, (wanted, wanted)).fetchall()
    return Rows(addresses, cursor.execute(queries.WORDS, (wanted, wanted, wanted)).fetchall())


async def rows_of_async(connection: AsyncConnection, customers: Sequence[bytes]) -> Rows:
    """As `rows_of`, in one way to the database and back."""
    wanted = byteas(customers)
    async with connection.pipeline():
        addresses = await connection.cursor(binary=True).execute(queries.ADDRESSES, (wanted, wanted))
        words = await connection.cursor(binary=True).execute(queries.WORDS, (wanted, wanted, wanted))
        return Rows(await addresses.fetchall(), await words.fetchall())
