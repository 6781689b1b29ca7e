"""A connection that waits, read by what awaits: so that a transaction sees its own writes as every page would."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

import psycopg

from regulars.storage.database import Connection

T = TypeVar("T")
AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]


def awaited(connection: Connection) -> AsyncConnection:
    """This connection in the shape of an asynchronous one, as far as readers use it (they `execute` and fetch)."""
    return cast(AsyncConnection, _Connection(connection))


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that reads only through `awaited` to its end; it never has anything to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    coroutine.close()
    raise RuntimeError("it waits for something else than its connection")


class _Connection:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cursor(self, *, binary: bool = False) -> "_Cursor":
        return _Cursor(self._connection.cursor(binary=binary))

    async def execute(self, query: Any, values: Any = None) -> "_Cursor":
        return _Cursor(self._connection.execute(query, values))

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[None]:
        with self._connection.pipeline():
            yield


class _Cursor:
    def __init__(self, cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
        self._cursor = cursor

    async def execute(self, query: Any, values: Any = None) -> "_Cursor":
        self._cursor.execute(query, values)
        return self

    async def fetchone(self) -> tuple[Any, ...] | None:
        return self._cursor.fetchone()

    async def fetchall(self) -> list[tuple[Any, ...]]:
        return self._cursor.fetchall()

    async def __aiter__(self) -> AsyncIterator[tuple[Any, ...]]:
        for row in self._cursor:
            yield row
