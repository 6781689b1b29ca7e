"""One run of insight as an installation does it: alone in its folder, the files first, then the tables."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from regulars.insights.load import load, loaded
from regulars.insights.run import Done, run_insight, sweep
from regulars.storage.database import Connection
from regulars.storage.engine import LakeError
from regulars.storage.folder import private_folder
from regulars.storage.lake.insight_files import FOLDER, read_insight
from regulars.storage.lake.manifest import read_manifest


def run(connection: Connection, lake: Path, as_of: date | None = None, *, full: bool = False) -> Done:
    """Bring insight to where the lake is, in the lake's folder and in the tables. Raises LakeError without a lake."""
    if read_manifest(lake) is None:
        raise LakeError(f"there is no lake in {lake} yet: `regulars up` makes it")
    with alone(lake):
        before = read_insight(lake)
        done = run_insight(lake, as_of, full=full)
        load(connection, lake, before)
    return done


def is_due(connection: Connection, lake: Path) -> bool:
    """Whether the lake has a state that insight does not show, or the tables another one than its files."""
    manifest, said = read_manifest(lake), read_insight(lake)
    if manifest is None:
        return False
    return said is None or said.state != manifest.state or loaded(connection) != said.run


def tidy(lake: Path) -> None:
    """Remove the files of past states, unless a run is under way."""
    if (lake / FOLDER).is_dir():
        with alone(lake, wait=False) as held:
            if held:
                sweep(lake)


@contextmanager
def alone(lake: Path, wait: bool = True) -> Iterator[bool]:
    """Be the only one who writes insight beside this lake; without `wait`, yields False where somebody else does."""
    private_folder(lake / FOLDER)
    handle = os.open(lake / FOLDER / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)
