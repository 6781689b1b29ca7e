"""Decides for whoever asks one at a time: what waits while one group is decided and committed goes with the next."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from regulars.decisioning.group import By, Settled, Wish, Worker

AT_ONCE: Final = 32
"""How many are decided in one transaction: while so many are weighed, the loop does nothing else."""
MOST_WAITING: Final = 2_000
WORKERS: Final = 2
"""Caps hold between them by a lock a customer."""
PATIENCE: Final = 0.02
"""So many seconds wishes wait for the group under way; then another is begun beside it."""
ENDING: Final = 10.0

_Waiting = tuple[float, Wish, asyncio.Future[Settled]]
"""Since when, for what, and who waits."""


class Busy(Exception):
    """Too many wait to be decided."""


class Decider:
    """Some workers in the loop that asks; `decide` may be called by any number of its coroutines.

    Mostly one is at work, since a group of four costs little more than one of two. Not in threads: one that computes
    would keep the loop waiting for the interpreter, and the loop it, at each way to the database.
    """

    def __init__(self, conninfo: str, by: By) -> None:
        self._idle = [Worker(conninfo, by) for _ in range(WORKERS)]
        self._busy: set[asyncio.Task[None]] = set()
        self._waiting: deque[_Waiting] = deque()
        self._ended = False

    async def decide(self, wish: Wish) -> Settled:
        """Returns once the decision is durable. Raises Nobody, Taken, Busy or Unavailable."""
        if len(self._waiting) >= MOST_WAITING or self._ended:
            raise Busy
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Settled] = loop.create_future()
        self._waiting.append((loop.time(), wish, done))
        if len(self._idle) == WORKERS:
            self._begin(loop)
        else:
            loop.call_later(PATIENCE, self._help, loop)
        return await done

    async def stop(self) -> None:
        """Decide what waits, then end."""
        self._ended = True
        if self._busy:
            await asyncio.wait(self._busy, timeout=ENDING)
        for worker in self._idle:
            await worker.close()

    def _help(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin another group where somebody has waited too long for the one under way."""
        if self._waiting and loop.time() - self._waiting[0][0] > PATIENCE / 2:
            self._begin(loop)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._idle:
            task = loop.create_task(self._work(self._idle.pop()))
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)

    async def _work(self, worker: Worker) -> None:
        """Settle what waits, group by group, until nothing does."""
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            _tell(group, await worker.settle([wish for _, wish, _ in group]))
        self._idle.append(worker)


def _tell(group: Sequence[_Waiting], found: Sequence[Settled | Exception]) -> None:
    for (_, _, done), outcome in zip(group, found, strict=True):
        if done.done():
            continue
        if isinstance(outcome, Settled):
            done.set_result(outcome)
        else:
            done.set_exception(outcome)
