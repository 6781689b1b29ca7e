"""Writes that a thread of their own sends while the batch goes on being worked out."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

R = TypeVar("R")


class Later:
    """Writes, one after the other; whoever uses the connection besides must `settle` first."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="writes")
        self._waiting: list[Future[object]] = []

    def do(self, write: Callable[..., object], *arguments: object) -> None:
        """Have this done after all that was asked for before."""
        self._waiting.append(self._pool.submit(write, *arguments))

    def end(self, finish: Callable[[], R], otherwise: Callable[[], object]) -> Future[R]:
        """Have this done when all else is, and what is asked for from now on after it; nobody need wait meanwhile.

        Where it fails, or anything since the last `settle` or `end` did, `otherwise` is done and the future raises.
        """
        before, self._waiting = self._waiting, []

        def run() -> R:
            try:
                for each in before:
                    each.result()
                return finish()
            except BaseException:
                otherwise()
                raise

        return self._pool.submit(run)

    def settle(self) -> None:
        """Return when all is done; raises what the first write that failed has raised."""
        waiting, self._waiting = self._waiting, []
        wait(waiting)
        for each in waiting:
            each.result()

    def give_up(self) -> None:
        """Return when nothing is being done any more, whatever came of it; for a transaction that is taken back."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.cancel()
        wait(waiting)


class AtOnce(Later):
    """Writes that are done when they are asked for."""

    def __init__(self) -> None:
        self._waiting = []

    def do(self, write: Callable[..., object], *arguments: object) -> None:
        """Do this."""
        write(*arguments)
