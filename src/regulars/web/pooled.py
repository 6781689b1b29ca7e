"""Connections that pages and look-ups share, each asked whether it still stands only if it has lain for a while."""

import time
from typing import Final

import psycopg
from psycopg_pool import AsyncConnectionPool

SURE: Final = 1.0
"""A connection that was used so many seconds ago is taken to stand; asking each time costs a way to the database."""


class Pooled(psycopg.AsyncConnection[tuple[object, ...]]):
    """A connection that knows when it was given back last, in seconds of the monotonic clock."""

    returned: float = -SURE


async def given_back(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
    """Note that a connection was used just now."""
    if isinstance(connection, Pooled):
        connection.returned = time.monotonic()


async def stands(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
    """Raises an error of psycopg where a connection that has lain for a while does not stand any more."""
    if not isinstance(connection, Pooled) or time.monotonic() - connection.returned > SURE:
        await AsyncConnectionPool.check_connection(connection)
