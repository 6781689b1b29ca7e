"""The record of child processes, by which the next start ends what a killed `regulars up` left behind."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from regulars.cli.child import Stop
from regulars.storage.processes import carrying, send, started, wait_gone

MARKER = "REGULARS_SUPERVISED_IN"


class Entry(msgspec.Struct, frozen=True):
    """One running child: its pid, when that process started, and the signals (with seconds) to end it."""

    name: str
    pid: int
    started: str
    stop: tuple[tuple[int, float], ...]


def entry(name: str, pid: int, stop: Stop) -> Entry:
    """The entry of a process that was just started."""
    return Entry(name, pid, started(pid) or "", tuple((int(number), seconds) for number, seconds in stop))


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Replace the record (0600) in one step. A full disk is no reason to stop supervising: the marker remains."""
    temporary = path.with_suffix(".new")
    with suppress(OSError):
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(list(entries)))
        temporary.replace(path)


def end_leftovers(path: Path, folder: Path) -> list[str]:
    """End the processes of the record, last first, then any other that carries this folder's marker; name them.

    A pid that was given to another process since is left alone.
    """
    names = []
    for old in reversed(_read(path)):
        if old.started and started(old.pid) == old.started:
            names.append(old.name)
            _end(old)
    if os.environ.get(MARKER) != str(folder):  # else this very process would be one of them
        others = carrying(f"{MARKER}={folder}")
        for pid in others:
            send(pid, signal.SIGKILL)
        wait_gone(others, 5.0)
        names += [f"process {pid}" for pid in others]
    path.unlink(missing_ok=True)
    return names


def _end(old: Entry) -> None:
    for number, seconds in old.stop:
        send(old.pid, number)
        if not wait_gone([old.pid], seconds):
            return


def _read(path: Path) -> list[Entry]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Entry])
    except (OSError, msgspec.DecodeError):
        return []
