"""Whose a key is: looked up in the database, remembered for a moment."""

import asyncio
import time
from collections import OrderedDict
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from regulars.collection.ports import LogUnavailable
from regulars.model.source import Source, Trust
from regulars.storage.sources import FIND, key_hash

REMEMBERED_SECONDS = 1.0
"""For how long a revoked key may still be taken, at most."""

MOST = 10_000

SECONDS = 5.0
"""A look into the database that takes longer counts as failed."""

Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[object, ...]]]


class KeyDirectory:
    """Finds the source of a key; both hits and misses are remembered, boundedly."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: OrderedDict[bytes, tuple[float, Source | None]] = OrderedDict()

    async def find(self, key: str) -> Source | None:
        """The source of a key; None when it is unknown or revoked. Raises LogUnavailable."""
        return await self._look(key)

    async def find_secret(self, key: str) -> Source | None:
        """The source of a *secret* key; a public one opens nothing. Raises LogUnavailable."""
        source = await self._look(key)
        return source if source is not None and source.trust == Trust.SERVER else None

    async def _look(self, key: str) -> Source | None:
        digest = key_hash(key)
        known = self._known.get(digest)
        now = time.monotonic()
        if known is not None and now - known[0] < REMEMBERED_SECONDS:
            return known[1]
        try:
            async with asyncio.timeout(SECONDS), self._pool.connection(timeout=SECONDS) as connection:
                row = await (await connection.execute(FIND, (digest,))).fetchone()
        except (psycopg.Error, PoolTimeout, OSError) as error:
            raise LogUnavailable("keys cannot be read") from error
        source = None if row is None else _source(row)
        self._known[digest] = (now, source)
        self._known.move_to_end(digest)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return source


def _source(row: tuple[Any, ...]) -> Source:
    name, trust, group, precedence = row
    return Source(name, Trust(trust), group, precedence)
