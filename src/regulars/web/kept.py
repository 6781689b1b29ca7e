"""Something that takes a moment to find out, kept for as long as it is worth."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 64
"""So many answers are kept, of different questions."""
TIMES = 20.0
"""An answer is kept for this many times what it took to find: so never more than one part in so many is spent on it."""
LONGEST = 60.0
"""Seconds after which an answer is found anew, even where nothing came in meanwhile."""
LONG = 0.05
"""Seconds. What takes longer is found anew beside, while the old answer is given."""

_log = logging.getLogger("regulars.web")


class _Answer(Generic[T]):
    def __init__(self, value: T, version: object, at: float, took: float) -> None:
        self.value, self.version, self.at, self.took = value, version, at, took


class Kept(Generic[T]):
    """Answers by question; `version` says what a question's answer depends on, such as how far the pipeline is."""

    def __init__(self) -> None:
        self._answers: dict[object, _Answer[T]] = {}
        self._asking: dict[object, asyncio.Task[T]] = {}

    async def get(self, question: object, version: object, find: Callable[[], Awaitable[T]]) -> T:
        """The answer: as kept, or found now. Raises what `find` raises, where the answer is waited for."""
        there = self._answers.get(question)
        if there is not None:
            age = monotonic() - there.at
            if age < there.took * TIMES or (there.version == version and age < LONGEST):
                return there.value
        task = self._asking.get(question)
        if task is None:
            task = self._asking[question] = asyncio.create_task(self._find(question, version, find))
            task.add_done_callback(lambda done: self._done(question, done))
        if there is not None and there.took > LONG:
            return there.value
        return await asyncio.shield(task)

    async def _find(self, question: object, version: object, find: Callable[[], Awaitable[T]]) -> T:
        started = monotonic()
        value = await find()
        now = monotonic()
        if question not in self._answers and len(self._answers) >= MOST:
            del self._answers[next(iter(self._answers))]
        self._answers[question] = _Answer(value, version, now, now - started)
        return value

    def _done(self, question: object, task: asyncio.Task[T]) -> None:
        self._asking.pop(question, None)
        if not task.cancelled() and task.exception() is not None:
            _log.warning("a figure of Home could not be found (%s)", type(task.exception()).__name__)
