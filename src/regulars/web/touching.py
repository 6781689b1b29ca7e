"""Writes what is opened and clicked: what comes while one group is written goes with the next."""

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from typing import Final

import psycopg

from regulars.identity.rules import Rules
from regulars.measurement.touches import AT_ONCE, Touch, take
from regulars.model.secret import Secret
from regulars.storage.database import Connection, DatabaseError, connect

_log = logging.getLogger("regulars.web")

MOST_WAITING: Final = 5_000
LIMIT: Final = "SET statement_timeout = '10s'"


class Toucher:
    """One thread with one connection, begun with the first touch; `note` may be called by coroutines of one loop."""

    def __init__(self, conninfo: str, secret: Secret, rules: Rules) -> None:
        self._conninfo, self._secret, self._rules = conninfo, secret, rules
        self._waiting: list[tuple[Touch, asyncio.Future[bool]]] = []
        self._wake = threading.Condition()
        self._ended = False
        self._thread: threading.Thread | None = None
        self._connection: Connection | None = None

    async def note(self, touch: Touch, patience: float) -> bool:
        """Returns once it is durable, or after so many seconds; False where that is not known, or too many wait.

        Whoever opens or clicks does not wait for us longer than that: what the database cannot take is lost and said
        in the process's log.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()
        with self._wake:
            if self._ended or len(self._waiting) >= MOST_WAITING:
                return False
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, args=(loop,), name="touches", daemon=True)
                self._thread.start()
            self._waiting.append((touch, done))
            self._wake.notify()
        try:
            return await asyncio.wait_for(asyncio.shield(done), patience)
        except TimeoutError:
            return False

    async def stop(self) -> None:
        """Write what waits, then end."""
        with self._wake:
            self._ended = True
            self._wake.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 10.0)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._ended:
                    self._wake.wait()
                if not self._waiting:
                    break
                group, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            taken = self._take([touch for touch, _ in group])
            try:
                loop.call_soon_threadsafe(_tell, [done for _, done in group], taken)
            except RuntimeError:
                break
        if self._connection is not None:
            self._connection.close()

    def _take(self, touches: Sequence[Touch]) -> bool:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = connect(self._conninfo, autocommit=True)
                self._connection.execute(LIMIT)
            take(self._connection, touches, self._secret, self._rules, time.time_ns() // 1000)
        except (psycopg.Error, OSError, DatabaseError) as error:
            fields = {"count": len(touches), "error": type(error).__name__}
            _log.warning("touches_lost", extra={"fields": fields})
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return False
        return True


def _tell(waiting: Sequence[asyncio.Future[bool]], taken: bool) -> None:
    for done in waiting:
        if not done.done():
            done.set_result(taken)
