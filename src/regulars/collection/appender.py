"""Group commit: what arrives while one commit is on its way goes into the next, and is acknowledged with it."""

import asyncio
import contextlib
import select
from collections.abc import Callable
from time import perf_counter

import psycopg

from regulars.collection.ports import Busy, LogUnavailable
from regulars.model.frame import Frame
from regulars.storage import faults, log
from regulars.storage.database import options

MOST_BYTES = 64 << 20
"""How many bytes may wait for their commit before senders are told to slow down."""

ROW_BYTES = 4 << 20
"""A commit takes at most about this many bytes of bodies in one row."""

SECONDS = 10
"""A commit that takes longer than this counts as failed."""


class LogAppender:
    """Appends frames to the log on one connection of its own, many requests a commit.

    `appended` is told of each frame that has become durable: its items, and the seconds which that took.
    """

    def __init__(self, conninfo: str, appended: Callable[[int, float], None] | None = None) -> None:
        self._conninfo = conninfo
        self._appended = appended
        self._connection: psycopg.AsyncConnection[tuple[object, ...]] | None = None
        self._waiting: list[tuple[Frame, asyncio.Future[None]]] = []
        self._bytes = 0
        self._committing = False
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to take frames."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Commit what waits and what is on its way, then close."""
        while self._waiting or self._committing:
            await asyncio.sleep(0.01)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._connection is not None:
            await self._connection.close()

    async def append(self, frame: Frame) -> None:
        """Returns once the frame is durable. Raises Busy or LogUnavailable; then it may not be kept."""
        if self._bytes > MOST_BYTES:
            raise Busy
        started = perf_counter()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((frame, done))
        self._bytes += len(frame.body)
        self._wake.set()
        await done
        if self._appended is not None:
            self._appended(frame.items, perf_counter() - started)

    @property
    def waiting_bytes(self) -> int:
        """How many bytes of bodies wait for their commit."""
        return self._bytes

    async def ready(self) -> bool:
        """Whether the database answers and takes writes now."""
        try:
            async with asyncio.timeout(SECONDS):
                async with await self._connect() as connection:
                    row = await (await connection.execute("SELECT pg_is_in_recovery()")).fetchone()
            return row is not None and not row[0]
        except (psycopg.Error, OSError, TimeoutError):
            return False

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                self._committing = True
                group = self._take()
                error = await self._commit([frame for frame, _ in group])
                faults.hit("acknowledge.before")
                for frame, done in group:
                    self._bytes -= len(frame.body)
                    if not done.done():
                        if error is None:
                            done.set_result(None)
                        else:
                            done.set_exception(LogUnavailable(error))
                self._committing = False
                if faults.ARMED:
                    # Let the answers leave this process first.
                    await asyncio.sleep(0.01)
                    faults.hit("acknowledge.after")

    def _take(self) -> list[tuple[Frame, asyncio.Future[None]]]:
        size = 0
        for count, (frame, _) in enumerate(self._waiting):
            size += len(frame.body)
            if size > ROW_BYTES and count:
                group, self._waiting = self._waiting[:count], self._waiting[count:]
                return group
        group, self._waiting = self._waiting, []
        return group

    async def _commit(self, frames: list[Frame]) -> str | None:
        """None once committed, else what went wrong; after an error the connection is made anew."""
        try:
            async with asyncio.timeout(SECONDS):
                if self._connection is not None and _has_ended(self._connection):
                    await self._drop()
                if self._connection is None:
                    self._connection = await self._connect()
                faults.hit("append.before")
                async with self._connection.pipeline(), self._connection.transaction():
                    await self._connection.execute(log.LOCK, (log.append_lock(),))
                    await self._connection.execute(log.INSERT, log.pack(frames))
                    await self._connection.execute(log.NOTIFY)
            faults.hit("append.after")
            return None
        except (psycopg.Error, OSError, TimeoutError) as error:
            await self._drop()
            return type(error).__name__

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                await connection.close()

    async def _connect(self) -> psycopg.AsyncConnection[tuple[object, ...]]:
        return await psycopg.AsyncConnection.connect(
            self._conninfo, options=options(), autocommit=True, connect_timeout=5
        )


def _has_ended(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> bool:
    """Whether a connection that nothing is under way on is no more: then there is something to be read of it."""
    if connection.closed:
        return True
    watched = select.poll()
    watched.register(connection.pgconn.socket, select.POLLIN)
    return bool(watched.poll(0))
