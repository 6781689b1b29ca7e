"""The lake kept current while a process lives: it wakes when the log does, and writes when the pipeline has."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from regulars.lake import queries
from regulars.lake.exporter import Exporter
from regulars.storage.database import Connection
from regulars.storage.folder import private_folder

GRACE: Final = 30.0
"""Seconds that the files of a past state stay, for whoever reads it."""
FIRST_PAUSE: Final = 0.5
SHARE: Final = 5
"""After a run it rests so many times as long as that took,"""
LONGEST_REST: Final = 20.0
"""but no longer than these seconds."""
LONGEST_WAIT: Final = 10.0
"""Seconds between two looks while the log has more than the pipeline has taken."""
IDLE: Final = 45.0
"""Seconds between two looks at what the log does not tell: what is decided, and comes to nothing, is not in it."""


class LakeBusy(Exception):
    """Another process keeps this lake."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one who writes into a lake's folder, which is made where it is missing. Raises LakeBusy."""
    private_folder(folder)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LakeBusy(f"another process keeps the lake in {folder}") from None
        yield
    finally:
        os.close(handle)


class Keeper:
    """Runs an exporter when there is something to do, and sweeps up after it."""

    def __init__(self, exporter: Exporter, connection: Connection) -> None:
        self.exporter = exporter
        self._connection = connection
        self._past: dict[Path, float] = {}
        self._pause = FIRST_PAUSE

    def turn(self) -> tuple[float, bool]:
        """Do what there is to do; returns how many seconds to rest, and whether an append to the log may end that."""
        started = time.monotonic()
        wrote = self.exporter.is_behind and self.exporter.run()
        self.sweep()
        took = time.monotonic() - started
        if self.exporter.is_behind:
            return min(LONGEST_REST, max(FIRST_PAUSE, SHARE * took)), False
        place, last = self._connection.execute(queries.PLACES).fetchone() or (0, 0)
        if last > place:
            self._pause = FIRST_PAUSE if wrote else min(LONGEST_WAIT, self._pause * 1.5)
            return self._pause, False
        self._pause = FIRST_PAUSE
        return (GRACE if self._past else IDLE), True

    def sweep(self, grace: float = GRACE) -> None:
        """Remove the files of states that have been past for so many seconds."""
        now = time.monotonic()
        unneeded = self.exporter.unneeded()
        self._past = {path: self._past.get(path, now) for path in unneeded}
        for path, since in list(self._past.items()):
            if now - since >= grace:
                path.unlink(missing_ok=True)
                del self._past[path]
