"""Sorting more lines than memory holds: sorted runs on disk, merged at the end."""

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

_PREFIX = 27  # "%015d %010d ": fixed width, so that bytes sort as the numbers do


class Spool:
    """Lines to be written in the order of their arrival; at most `run` lines are held in memory."""

    def __init__(self, folder: Path, run: int = 100_000) -> None:
        self._folder = folder
        self._run = run
        self._held: list[bytes] = []
        self._runs: list[Path] = []
        self.count = 0

    def add(self, arrival: int, line: bytes) -> None:
        """Keep one line (without its newline) that arrives at `arrival`, in milliseconds since 1970."""
        self._held.append(b"%015d %010d %b\n" % (arrival, self.count, line))
        self.count += 1
        if len(self._held) >= self._run:
            self._spill()

    def _spill(self) -> None:
        self._held.sort()
        path = self._folder / f"run-{len(self._runs):05d}.tmp"
        with path.open("wb") as file:
            file.writelines(self._held)
        self._runs.append(path)
        self._held = []

    def write(self, path: Path) -> None:
        """Write all lines to `path` by arrival, ties in the order they were added, and remove the runs."""
        with ExitStack() as stack:
            self._held.sort()
            runs: list[Iterator[bytes]] = [stack.enter_context(run.open("rb")) for run in self._runs]
            out = stack.enter_context(path.open("wb"))
            out.writelines(line[_PREFIX:] for line in heapq.merge(*runs, iter(self._held)))
        for run in self._runs:
            run.unlink()
        self._runs, self._held = [], []
