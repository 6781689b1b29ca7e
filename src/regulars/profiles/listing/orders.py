"""Orders and receipts of which only the end of the number was typed."""

import re
from typing import Any

import psycopg

from regulars.model.order import Order
from regulars.profiles.listing import queries
from regulars.profiles.order_reader import held

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]


async def orders_ending(connection: AsyncConnection, ending: str, most: int) -> list[tuple[bytes | None, Order]]:
    """At most so many orders whose ids end so, in small letters or large, with the customer who owns each."""
    escaped = re.sub(r"([\\%_])", r"\\\1", ending.lower()[::-1])
    keys = await _all(connection, queries.ORDERS_ENDING, (f"{escaped}%", most))
    named = ([space for space, _ in keys], [order_id for _, order_id in keys])
    refunds = await _all(connection, queries.REFUNDS_AT, named)
    return await held(connection, await _all(connection, queries.REPORTS_AT, named), refunds)


async def _all(connection: AsyncConnection, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor = await connection.cursor(binary=True).execute(query, values)
    return await cursor.fetchall()
