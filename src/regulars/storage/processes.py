"""Which processes run, told apart by their start time so that a reused pid is never taken for an old one."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

HAS_PROC = Path("/proc/self/stat").exists()
_PR_SET_PDEATHSIG = 1
_prctl = getattr(ctypes.CDLL(None), "prctl", None) if sys.platform == "linux" else None


def started(pid: int) -> str | None:
    """When the process started, as an opaque string that names the boot too; None if it is gone or a zombie."""
    if HAS_PROC:
        stat = _proc_stat(pid)
        return None if stat is None or stat[0] in "ZX" else f"{_boot()}:{stat[19]}"
    shown = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return None if not shown or shown.startswith("Z") else shown.partition(" ")[2].strip()


def working_in(folder: Path, name: str) -> list[int]:
    """The pids of live processes called `name` that work in `folder` (their current directory, or named in `ps`)."""
    if not HAS_PROC:
        shown = subprocess.run(["ps", "-axo", "pid=,command="], capture_output=True, text=True).stdout
        rows = [line.strip().partition(" ") for line in shown.splitlines()]
        return [int(pid) for pid, _, command in rows if name in command and str(folder) in command]
    try:
        wanted = folder.stat()
    except OSError:
        return []
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _works_in(pid, wanted, name)]


def carrying(marker: str) -> list[int]:
    """The pids of live processes whose environment holds `marker` (NAME=value); empty without /proc."""
    found = []
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if HAS_PROC else ():
        with suppress(OSError):
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            if os.fsencode(marker) in environment and started(pid) is not None:
                found.append(pid)
    return found


def wait_gone(pids: Iterable[int], seconds: float) -> list[int]:
    """Wait until the processes (of whatever parent) are gone; return those which are still there after `seconds`."""
    deadline = time.monotonic() + seconds
    left = [pid for pid in pids if started(pid) is not None]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [pid for pid in left if started(pid) is not None]
    return left


def send(pid: int, number: int, *, group: bool = False) -> None:
    """Send a signal to a process, or to its whole group; one that is gone already is no error."""
    with suppress(ProcessLookupError):
        (os.killpg if group else os.kill)(pid, number)


def die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` by which the kernel sends the child `number` when the thread that started it ends (Linux only).

    Start such a child from a thread that lives as long as the child should: in practice the main thread.
    """
    if _prctl is None:
        return None
    return partial(follow, os.getpid(), number)


def follow(parent: int, number: signal.Signals) -> None:
    """Have the kernel send this process `number` when its parent (or the thread that started it) ends; Linux only."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the kernel was asked
            os._exit(1)


def _proc_stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "boot"


def _works_in(pid: int, wanted: os.stat_result, name: str) -> bool:
    try:
        if Path(f"/proc/{pid}/comm").read_text().strip() != name:
            return False
        found = os.stat(f"/proc/{pid}/cwd")
    except OSError:
        return False
    same = (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino)
    return same and started(pid) is not None
