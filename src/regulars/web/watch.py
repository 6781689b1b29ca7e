"""Tells pages that are open when the pipeline has taken something in: one look at the database for all of them."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from regulars.storage.live import Place, place

Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[object, ...]]]

PAUSE = 0.25
"""Seconds between two looks, while anybody listens."""
QUIET = 15.0
"""After so many seconds without news a listener is woken all the same."""
LISTENERS = 200
"""More pages than this do not grow by themselves; they show what was there when they were opened."""

_log = logging.getLogger("regulars.web")


class TooMany(Exception):
    """So many pages are open that one more would not be told."""


class Watch:
    """The listeners of one web process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._news = asyncio.Condition()
        self._last: Place | None = None
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None

    async def places(self) -> AsyncGenerator[tuple[Place, bool]]:
        """How far the pipeline is: at once, then each time that changes, and now and then without news (False).

        Raises TooMany.
        """
        if self._listeners >= LISTENERS:
            raise TooMany
        self._listeners += 1
        try:
            if self._task is None or self._task.done():
                self._last = None
                self._task = asyncio.create_task(self._look())
            seen: Place | None = None
            while True:
                async with self._news:
                    is_new = await self._changed(seen)
                if self._last is not None:
                    seen = self._last
                    yield seen, is_new
        finally:
            self._listeners -= 1

    async def _changed(self, seen: Place | None) -> bool:
        try:
            await asyncio.wait_for(self._news.wait_for(lambda: self._last not in (None, seen)), QUIET)
        except TimeoutError:
            return False
        return True

    async def _look(self) -> None:
        while self._listeners:
            try:
                async with asyncio.timeout(10), self._pool.connection(timeout=5) as connection:
                    await connection.set_isolation_level(psycopg.IsolationLevel.READ_COMMITTED)
                    now = await place(_any(connection))
            except (psycopg.Error, PoolTimeout, TimeoutError) as error:
                _log.warning("the database does not answer (%s); looking again", type(error).__name__)
                await asyncio.sleep(2)
                continue
            if now != self._last:
                async with self._news:
                    self._last = now
                    self._news.notify_all()
            await asyncio.sleep(PAUSE)


def _any(connection: Any) -> psycopg.AsyncConnection[tuple[Any, ...]]:
    found: psycopg.AsyncConnection[tuple[Any, ...]] = connection
    return found
