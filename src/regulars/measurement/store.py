"""Results in the truth: one row each, as they were last measured."""

import time
from collections.abc import Iterable
from typing import Any

import msgspec
import psycopg

from regulars.measurement import queries
from regulars.measurement.result import Result
from regulars.storage.database import Connection

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

_decode = msgspec.json.Decoder(Result).decode
_encode = msgspec.json.Encoder().encode


def put_all(connection: Connection, results: Iterable[Result], now: int) -> int:
    """Keep these and no others; returns how many. `now` in microseconds since 1970 UTC."""
    count = 0
    with connection.transaction():
        for each in results:
            body = _encode(each).decode()
            connection.execute(queries.PUT, (each.kind, each.name, each.source, now, body))
            count += 1
        connection.execute(queries.DROP_OLDER, (now,))
    return count


def all_results(connection: Connection) -> list[Result]:
    """Every result as it was last measured, by kind and name."""
    return [_decode(row[0]) for row in connection.execute(queries.ALL)]


def age(connection: Connection) -> float | None:
    """Seconds since anything was measured; None where nothing was."""
    row = connection.execute(queries.DUE).fetchone()
    return None if row is None or row[0] is None else time.time() - row[0] / 1_000_000


async def read_all(connection: AsyncConnection) -> list[Result]:
    """As `all_results`, for pages."""
    return [_decode(row[0]) async for row in await connection.execute(queries.ALL)]


async def read_one(connection: AsyncConnection, kind: str, name: str, source: str) -> Result | None:
    """One result; None where there is none."""
    row = await (await connection.execute(queries.ONE, (kind, name, source))).fetchone()
    return None if row is None else _decode(row[0])
